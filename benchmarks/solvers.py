"""Fewer steps: what DDIM and DPM-Solver++(2M) lose at 5, 10, 15, 20 and 50 of them.

    python benchmarks/solvers.py [--windows 12] [--steps 5 10 15 20 50] [--json]

Ten-second windows of the demo corpus with their own sound and words, the shipped weights, the same
noise for all rows. ``distance`` is from the solution with 500 DDIM steps, root mean square over
latents, in units of that solution's spread; ``frechet`` the distance of decoded motion's features
from those of the corpus, beside the same between two halves of the corpus; ``fidelity`` degrees
between inserted spans and their exemplars (upper body, hands), with two exemplars a window under
the default guidance; ``jerk`` the wrists' 90th percentile in m/s^3, without exemplars.

Expected before measuring: the second order at 15 steps as near to the solution as DDIM at 50, and
nothing to choose between them in what can be seen; at 5 steps both visibly off.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
from table import write_table
from torch import Tensor

from annotations.corpus import Corpus, Recording
from diffusion.config import SamplingOptions, Solver
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import Trajectory
from diffusion.pipeline import GesturePipeline
from diffusion.sampling import Noise, Sampler
from diffusion.schedule import Schedule
from diffusion.timed import TimedDenoiser
from evaluation.frechet import FeatureStatistics, frechet_distance
from evaluation.insertion import degrees_between
from evaluation.kinematics import wrist_kinematics
from evaluation.motion_features import motion_features
from motion.clip import Motion
from motion.parts import Part
from motion.timeline import CORPUS_FPS, ChunkSpan, FrameSpan

DEMO = Path(__file__).resolve().parents[1] / "demo"
REFERENCE_STEPS = 500
TARGETS = (ChunkSpan(1, 4), ChunkSpan(6, 9))
SOLVERS: tuple[Solver, ...] = ("ddim", "dpm")


@dataclass(frozen=True)
class Row:
    """One solver at one number of steps."""

    solver: str
    steps: int
    distance: float
    frechet: float
    upper_degrees: float
    hands_degrees: float
    jerk_90: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Setup:
    """A batch of windows with their exemplars."""

    pipeline: GesturePipeline
    motions: Sequence[Motion]
    """The real ones, which also serve as exemplars for the window before."""
    prepared: object
    noise: Noise
    paths: Sequence[Trajectory]

    def insertions(self, schedule: Schedule) -> Insertions:
        """Two spans of the next window's motion in each window."""
        layout, width = self.pipeline.codec.layout, self.pipeline.codec.latent_dim
        strength = SamplingOptions().strength
        rows = []
        for window in range(len(self.motions)):
            path = self.paths[(window + 1) % len(self.paths)]
            spans = [InsertedSpan(path, target, target, strength) for target in TARGETS]
            rows.append(Insertions.of(spans, layout, schedule, width))
        return Insertions.stacked(rows)

    def sampled(
        self, schedule: Schedule, options: SamplingOptions, insertions: Insertions | None = None
    ) -> Tensor:
        """Clean tokens of all windows."""
        timed = TimedDenoiser.of(self.pipeline.denoiser, schedule.timesteps)
        usual = self.pipeline.config.guidance
        sampler = Sampler(timed, schedule, options, self.pipeline.seams, usual)
        return sampler.sample(self.noise, self.prepared, insertions)


def setup_of(pipeline: GesturePipeline, windows: int) -> Setup:
    """The first windows of the corpus' recordings, a quarter of a recording apart."""
    recordings = Corpus.open(DEMO / "corpus").recordings
    clips = [clip_of(recordings, place) for place in range(windows)]
    prepared = pipeline.conditions([clip.speech() for clip in clips], [c.speaker for c in clips])
    layout, width = pipeline.codec.layout, pipeline.codec.latent_dim
    drawn = [Noise.drawn(0, window, layout.tokens, width) for window in range(windows)]
    motions = [clip.motion() for clip in clips]
    return Setup(pipeline, motions, prepared, Noise.stacked(drawn), pipeline.invert(clips))


def clip_of(recordings: Sequence[Recording], place: int):  # noqa: ANN201
    """A clip of one recording after the other."""
    turn, which = divmod(place, len(recordings))
    return recordings[which].clip(5.0 + 10.0 * turn)


def decoded(pipeline: GesturePipeline, tokens: Tensor) -> list[Motion]:
    """Every window as a motion of its own at 30 fps."""
    return [motion.resampled(CORPUS_FPS, "start") for motion in pipeline.codec.decode(tokens)]


def statistics_of(motions: Sequence[Motion]) -> FeatureStatistics:
    """Features of all frames together."""
    return FeatureStatistics.merged(
        FeatureStatistics.of(motion_features(motion).numpy()) for motion in motions
    )


def fidelity(motions: Sequence[Motion], setup: Setup, part: Part) -> float:
    """Degrees between inserted spans and their exemplars."""
    found = []
    for window, motion in enumerate(motions):
        exemplar = setup.motions[(window + 1) % len(motions)]
        for target in TARGETS:
            frames = FrameSpan(target.start * CORPUS_FPS, target.stop * CORPUS_FPS)
            found.append(degrees_between(motion[frames], exemplar[frames], part))
    return fmean(found)


def row_of(setup: Setup, solver: Solver, steps: int, reference: Tensor, corpus) -> Row:  # noqa: ANN001
    """Measure one solver at one number of steps."""
    pipeline = setup.pipeline
    schedule = pipeline.config.schedule
    if steps < schedule.steps:
        schedule = schedule.thinned(steps)
    plain = SamplingOptions(mode="none", solver=solver)
    began = time.perf_counter()
    tokens = setup.sampled(schedule, plain)
    taken = time.perf_counter() - began
    held = setup.sampled(schedule, replace(plain, mode="guide"), setup.insertions(schedule))
    free, inserted = decoded(pipeline, tokens), decoded(pipeline, held)
    latent = pipeline.codec.layout.is_latent
    apart = (tokens - reference)[:, latent].square().mean().sqrt() / reference[:, latent].std()
    return Row(
        solver,
        steps,
        apart.item(),
        frechet_distance(statistics_of(free), corpus),
        fidelity(inserted, setup, Part.UPPER),
        fidelity(inserted, setup, Part.HANDS),
        float(np.mean([wrist_kinematics(motion).jerk_90 for motion in free])),
        taken,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=12)
    parser.add_argument("--steps", type=int, nargs="+", default=[5, 10, 15, 20, 50])
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    pipeline = GesturePipeline.from_pretrained(DEMO / "weights")
    setup = setup_of(pipeline, asked.windows)
    fine = Schedule.scaled_linear([round(i * 999 / 499) for i in range(REFERENCE_STEPS)])
    reference = setup.sampled(fine, SamplingOptions(mode="none"))
    corpus = statistics_of(setup.motions)
    halves = [statistics_of(setup.motions[start::2]) for start in (0, 1)]
    rows = [
        row_of(setup, solver, steps, reference, corpus)
        for solver in SOLVERS
        for steps in asked.steps
    ]
    solution = decoded(pipeline, reference)
    print_table(rows, asked.json)
    sys.stdout.write(
        json.dumps(
            {
                "rows": [asdict(row) for row in rows],
                "reference_frechet": frechet_distance(statistics_of(solution), corpus),
                "halves_frechet": frechet_distance(*halves),
                "reference_jerk_90": fmean(wrist_kinematics(m).jerk_90 for m in solution),
                "corpus_jerk_90": fmean(wrist_kinematics(m).jerk_90 for m in setup.motions),
            }
        )
        + "\n"
    )


def print_table(rows: Sequence[Row], quiet: bool) -> None:
    """One line a row under the names of its values."""
    if quiet:
        return
    write_table(rows)


if __name__ == "__main__":
    main()
