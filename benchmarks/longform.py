"""What a long talk costs, and how its windows meet.

    python benchmarks/longform.py [--seconds 600 3600] [--device cpu] [--json]
    python benchmarks/longform.py --seams [--seconds 120] [--seeds 3] [--json]

The demo talk is repeated to the asked length and generated with the shipped weights. Memory is the
process's peak beyond what it held after a short request, the talk's own sound among it.

With ``--seams``, wrist speed and jerk over the second that two windows share and half a second on
either side stand beside those inside windows: in two rounds, and one window behind the other as
published. Exemplars of the demo corpus lie all over the talk, seams included.

Expected before measuring: time in proportion to the length; less than 1.5 GB for an hour, most of
it the sound; at seams no more jerk than the sequential way has, within a tenth.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from table import write_table
from torch import Tensor

from annotations.corpus import Corpus
from annotations.types import Exemplar, GestureLabel, GestureType, PlacedExemplar, Window
from diffusion.config import SamplingOptions
from diffusion.inversion import Trajectory
from diffusion.pipeline import GesturePipeline
from diffusion.sampling import Sampler
from diffusion.talk import Talk
from diffusion.talk_request import TalkRequest
from diffusion.windows import HOP_CHUNKS, WindowOrder, plan_windows
from motion.body import joint_positions
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import CORPUS_FPS, MODEL_FPS, ChunkSpan
from speech.audio import load_audio
from speech.loudness import level_gain
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word, read_textgrid

DEMO = Path(__file__).resolve().parents[1] / "demo"
WRISTS = [joint("left_wrist"), joint("right_wrist")]
SEAM_REACH_SECONDS = 0.5
EXEMPLAR_CHUNKS, EXEMPLAR_EVERY = 3, 5


@dataclass(frozen=True)
class Cost:
    """One talk."""

    seconds: float
    wall_seconds: float
    peak_megabytes: float
    ticks: int
    windows: int
    mean_batch: float


@dataclass(frozen=True)
class Seams:
    """Wrist motion at seams against inside windows."""

    order: str
    exemplars: int
    speed_seam: float
    speed_inside: float
    speed_ratio: float
    jerk_seam: float
    jerk_inside: float
    jerk_ratio: float
    jerk_90_seam: float
    jerk_90_inside: float
    jerk_90_ratio: float


def talk_of(seconds: float) -> Speech:
    """The demo talk again and again."""
    talk = Speech(
        load_audio(DEMO / "talk" / "talk.wav"), read_textgrid(DEMO / "talk" / "talk.TextGrid")
    )
    times = int(np.ceil(seconds / talk.seconds))
    words = tuple(
        Word(word.text, Interval(word.interval.start, word.interval.end).shifted(i * talk.seconds))
        for i in range(times)
        for word in talk.words
    )
    samples = np.tile(talk.samples, times)[: round(seconds * SAMPLE_RATE)]
    return Speech(samples, tuple(word for word in words if word.interval.end <= seconds))


def exemplars_over(seconds: float) -> list[PlacedExemplar]:
    """Exemplars of the demo corpus every five seconds, some of them on seams."""
    recordings = Corpus.open(DEMO / "corpus").recordings
    placed = []
    for place, start in enumerate(range(1, int(seconds) - EXEMPLAR_CHUNKS, EXEMPLAR_EVERY)):
        recording = recordings[place % len(recordings)]
        clip = recording.clip(0.0)
        label = GestureLabel(GestureType.METAPHORIC, "example", Interval(4.0, 4.5))
        exemplar = Exemplar(place, Window(recording.id, clip.speaker, 0.0), label)
        target, source = ChunkSpan(start, start + EXEMPLAR_CHUNKS), ChunkSpan(3, 6)
        placed.append(PlacedExemplar(exemplar, clip, target, source))
    return placed


class Stored:
    """Inversions made beforehand, as indexing does."""

    def __init__(self, pipeline: GesturePipeline, placed: Sequence[PlacedExemplar]) -> None:
        clips = list({each.clip.key: each.clip for each in placed}.values())
        found = pipeline.invert(clips)
        self._kept = {clip.key: path for clip, path in zip(clips, found, strict=True)}

    def get(self, key: str) -> Trajectory | None:
        """One of them."""
        return self._kept.get(key)


def sampled_in(
    order: WindowOrder,
    pipeline: GesturePipeline,
    speech: Speech,
    placed: Sequence[PlacedExemplar],
    options: SamplingOptions,
) -> Iterator[Tensor]:
    """A talk's tokens in either order, all else as the pipeline does it by default."""
    schedule = pipeline.config.schedule
    usual = pipeline.config.guidance
    sampler = Sampler(pipeline.denoiser, schedule, options, pipeline.seams, usual)
    talk = Talk(
        speech,
        0,
        placed,
        sampler,
        pipeline.conditions,
        pipeline.trajectory,
        pipeline.inside,
        level_gain(speech.samples),
    )
    plan = plan_windows(round(speech.seconds * MODEL_FPS), order=order)
    return pipeline.engine.run(TalkRequest(plan, schedule.steps, talk.begin))


def at_seams(count: int, windows: int, fps: float) -> Tensor:
    """Which of ``count`` frames lie in or near a second that two windows share."""
    seconds = torch.arange(count) / fps
    found = torch.zeros(count, dtype=torch.bool)
    for window in range(1, windows):
        start = window * HOP_CHUNKS
        near = (seconds >= start - SEAM_REACH_SECONDS) & (
            seconds <= start + 1.0 + SEAM_REACH_SECONDS
        )
        found |= near
    return found


def seams_of(motions: Sequence[Motion], order: str, exemplars: int) -> Seams:
    """Medians, and 90th percentiles of jerk, over both wrists and all motions."""
    values: dict[tuple[int, bool], list[Tensor]] = {}
    for motion in motions:
        wrists = joint_positions(motion)[:, WRISTS].double()
        windows = len(plan_windows(round(motion.seconds * MODEL_FPS)))
        for power in (1, 3):
            lengths = (wrists.diff(n=power, dim=0) * motion.fps**power).norm(dim=-1)
            near = at_seams(len(lengths), windows, motion.fps)
            for side in (True, False):
                values.setdefault((power, side), []).append(lengths[near == side].flatten())
    joined = {key: torch.cat(found) for key, found in values.items()}
    speed = [joined[1, side].quantile(0.5).item() for side in (True, False)]
    jerk = [joined[3, side].quantile(0.5).item() for side in (True, False)]
    high = [joined[3, side].quantile(0.9).item() for side in (True, False)]
    pairs = [(*pair, pair[0] / pair[1]) for pair in (speed, jerk, high)]
    return Seams(order, exemplars, *pairs[0], *pairs[1], *pairs[2])


def compare_seams(pipeline: GesturePipeline, seconds: float, seeds: int) -> list[Seams]:
    """Both orders, with and without exemplars."""
    speech, placed = talk_of(seconds), exemplars_over(seconds)
    stored = pipeline.with_trajectories(Stored(pipeline, placed))
    found = []
    orders: tuple[WindowOrder, ...] = ("sequential", "two_rounds")
    for given in ([], placed):
        for order in orders:
            motions = []
            for seed in range(seeds):
                options = SamplingOptions(seed=seed)
                tokens = sampled_in(order, stored, speech, given, options)
                motions.append(stored.decoded(tokens, options, round(seconds * CORPUS_FPS)))
            found.append(seams_of(motions, order, len(given)))
    return found


def cost_of(pipeline: GesturePipeline, seconds: float) -> Cost:
    """Time and memory of one talk without exemplars."""
    speech, before, held = talk_of(seconds), pipeline.engine.counters, _resident()
    held -= speech.samples.nbytes / 1e6
    began = time.perf_counter()
    motion = pipeline(speech, 0, [], SamplingOptions())
    taken, after = time.perf_counter() - began, pipeline.engine.counters
    assert len(motion) == round(30 * seconds)
    ticks, steps = after.ticks - before.ticks, after.estimates - before.estimates
    windows = after.windows - before.windows
    return Cost(seconds, taken, _peak() - held, ticks, windows, steps / ticks)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=None)
    parser.add_argument("--seams", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    pipeline = GesturePipeline.from_pretrained(DEMO / "weights", asked.device)
    pipeline(talk_of(5.0), 0, [], SamplingOptions(steps=2))
    rows: list[Cost] | list[Seams]
    if asked.seams:
        lengths = asked.seconds or [120.0]
        rows = [each for length in lengths for each in compare_seams(pipeline, length, asked.seeds)]
    else:
        rows = [cost_of(pipeline, length) for length in asked.seconds or [600.0, 3600.0]]
    if not asked.json:
        write_table(rows)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
