"""A tiny generation at the start: a worker that cannot make motion must not count as ready."""

import numpy as np
import structlog
import torch

from diffusion.config import SamplingOptions
from service.errors import UnavailableError
from service.generator import Generator
from service.options import GestureOptions
from service.pace import paced
from speech.transcript import SAMPLE_RATE, Speech

TEXT = "On the one hand it was huge, but on the other hand nobody came."
STEPS = 2

_log = structlog.get_logger(__name__)


def warm_up(generator: Generator) -> None:
    """Run the main path once, on a sentence and silence; raises where no motion comes of it."""
    words = paced(TEXT)
    samples = np.zeros(round(words[-1].interval.end * SAMPLE_RATE), dtype=np.float32)
    options = GestureOptions(sampling=SamplingOptions(steps=STEPS))
    speaker = generator.pipeline.config.speakers[0]
    motion = generator.generate(
        Speech(samples, words), speaker, options, lambda *_progress: None
    ).motion
    tensors = (motion.poses, motion.translation, motion.expression)
    if not all(bool(torch.isfinite(each).all()) for each in tensors):
        raise UnavailableError(
            "weights_unsound",
            "the first generation holds values that are not finite",
            field="CHIRONOMIA_WEIGHTS",
            remedy="try CHIRONOMIA_PRECISION=float32; if it stays so, the weights are damaged",
        )
    _log.info("warmed up", seconds_made=round(motion.seconds, 2))
