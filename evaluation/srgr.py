"""SRGR: the share of joints near the real ones, counted by how much each frame means.

Semantic-relevance gesture recall (BEAT, Liu et al., ECCV 2022). "Near" is the sum of absolute
coordinate differences below a threshold, and 1/0.165 makes the mean semantic score of BEAT one;
so the measure may exceed 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch.nn.functional import interpolate

from annotations.beat2 import SemLabel
from evaluation.measurement import FEWEST_CLIPS, Measurement, shortages, weighted_mean
from evaluation.positions import Positions

Array = np.ndarray
MEAN_SCORE = 0.165
"""Of BEAT: what all successes come to."""
BEAT_METRES = 0.1
RAG_GESTURE_METRES = 0.3
FEWEST_MEANINGFUL = 300
"""Frames with a semantic score: ten seconds."""


@dataclass(frozen=True)
class ClipRecall:
    """SRGR of one clip."""

    rate: float
    frames: int
    meaningful: int
    """Frames with a semantic score."""


def clip_recall(
    generated: Positions,
    real: Positions,
    semantic: Float[Array, "frame"],
    threshold_metres: float = RAG_GESTURE_METRES,
) -> ClipRecall:
    """Score one clip; ``semantic`` is 0 to 1 a frame, 0 where nothing is meant."""
    if not len(generated) == len(real) == len(semantic):
        found = (len(generated), len(real), len(semantic))
        raise ValueError(f"both motions and the scores must be equally long, found {found}")
    apart = np.abs(generated.joints - real.joints).sum(axis=-1)
    success = (apart < threshold_metres) * semantic[:, None] / MEAN_SCORE
    return ClipRecall(float(success.mean()), len(real), int(np.count_nonzero(semantic)))


def srgr(clips: Sequence[ClipRecall], threshold_metres: float, body: str) -> Measurement:
    """Mean over frames of all clips."""
    return Measurement(
        "SRGR",
        weighted_mean([clip.rate for clip in clips], [float(clip.frames) for clip in clips]),
        "",
        "higher",
        f"within {threshold_metres:g} m, {body}",
        shortages(
            ("recordings", len(clips), FEWEST_CLIPS),
            ("frames that mean something", sum(c.meaningful for c in clips), FEWEST_MEANINGFUL),
        ),
    )


def frame_scores(labels: Sequence[SemLabel], frames: int, fps: float) -> Float[Array, "frame"]:
    """Semantic score of each frame: that of the first label it lies in, 0 outside all."""
    times = np.arange(frames) / fps
    scores = np.zeros(frames)
    for label in reversed(labels):
        inside = (label.interval.start <= times) & (times <= label.interval.end)
        scores[inside] = label.score
    return scores


def doubled(semantic: Float[Array, "frame"]) -> Float[Array, "double"]:
    """Scores at 15 fps as 30 fps, on straight lines between half-pixel centres, as published."""
    rows = torch.from_numpy(np.asarray(semantic, dtype=np.float32))[None, None]
    wide: Array = interpolate(rows, scale_factor=2, mode="linear")[0, 0].numpy()
    return wide
