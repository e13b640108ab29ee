"""Our generator beside the published order of work, with the same weights and the same answers.

    python benchmarks/generator.py --size released|demo --exemplars 2 --seconds 10 [--device cpu]

Ten seconds take a minute or two; ten minutes of speech a quarter of an hour, most of it the
baseline's. What is under way is told on the standard error stream.

The baseline (`published_order.py`) does what the published code does, written plainly: it gathers
all conditions at every step for both estimates, inverts every exemplar's clip within the request,
guides by autograd, and samples one window behind the other. Ours reads stored inversions. Speech
features and decoding, which both need alike, are left out. Ratios are ours over the baseline:

    flops_ratio, wall_ratio   ours with published behaviour: the baseline's answers, of which
                              ``max_error`` is told in units of the largest
    two_rounds_...            ours with the same 50 steps of DDIM and its own behaviour: other
                              answers, even windows together, then the odd ones
    default_...               ours as it is by default, with fewer steps of second order

Expected before measuring, at the released size with two exemplars and ten seconds: a tenth of the
operations or fewer, an eighth of the time, errors below 1e-3. At demo size the ratio of
operations is nearer one, since only 151 condition tokens are gathered again. By default about
two and a half times less again.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import torch
from published_order import baseline, baseline_inversion
from random_request import GUIDANCE, PUBLISHED, SCHEDULE, Setup, inserted, setup_of
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from diffusion.config import SamplingOptions
from diffusion.denoiser import Conditions
from diffusion.engine import Engine
from diffusion.inversion import InversionOptions, Trajectory, invert
from diffusion.sampling import Sampler
from diffusion.talk_request import Begun, TalkRequest
from diffusion.timed import TimedDenoiser
from diffusion.windows import SeedTokens, TalkWindow, plan_windows

SAME_STEPS = SamplingOptions(steps=50, solver="ddim")
LONG_SECONDS = 60.0
"""Beyond it one repetition is enough: the baseline alone takes minutes."""


@dataclass(frozen=True)
class Outcome:
    """What one comparison found."""

    size: str
    exemplars: int
    seconds: float
    device: str
    parameters: int
    threads: int
    baseline_gflop: float
    baseline_seconds: float
    gflop: float
    seconds_taken: float
    flops_ratio: float
    wall_ratio: float
    max_error: float
    max_error_single: float
    """The same with inversions kept in single precision."""
    two_rounds_gflop: float
    two_rounds_seconds: float
    two_rounds_flops_ratio: float
    two_rounds_wall_ratio: float
    default_gflop: float
    default_seconds: float
    default_flops_ratio: float
    default_wall_ratio: float


@dataclass(frozen=True, eq=False)
class Ours:
    """The engine over stored inversions."""

    setup: Setup
    engine: Engine
    trajectories: Sequence[Trajectory]

    def sampled(self, options: SamplingOptions) -> Tensor:
        """Tokens of all windows."""
        steps = options.denoising_steps
        schedule = SCHEDULE.thinned(steps) if steps < SCHEDULE.steps else SCHEDULE
        sampler = Sampler(self.setup.denoiser, schedule, options)
        weights = tuple(GUIDANCE.weight(torch.tensor(schedule.timesteps)).tolist())
        layout = self.setup.denoiser.layout

        def begin(windows: Sequence[TalkWindow], known: Mapping[int, Tensor]) -> list[Begun]:
            heard = [self.setup.windows[window.index] for window in windows]
            with torch.no_grad():
                prepared = self.setup.denoiser.prepare(_stacked(heard))
            found = []
            for row, window in enumerate(windows):
                around = [known[index] for index in window.after]
                ends = (SeedTokens.following, SeedTokens.between)[len(around) - 1]
                seed = ends(*around, layout) if around else None
                noise = self.setup.noise(window.index, schedule.steps if options.published else 0)
                held = inserted(self.setup, window.index, self.trajectories, options, schedule)
                walk = sampler.walk(noise, held, seed)
                rows = prepared[row : row + 1]
                found.append(Begun(walk, rows, schedule.timesteps, weights, refined=False))
            return found

        order = "sequential" if options.published else "two_rounds"
        frames = (len(self.setup.windows) - 1) * 135 + 150
        plan = plan_windows(frames, order=order)
        return torch.cat(list(self.engine.run(TalkRequest(plan, schedule.steps, begin))))


def _stacked(conditions: Sequence[Conditions]) -> Conditions:
    return Conditions(
        torch.cat([each.text for each in conditions]),
        torch.cat([each.audio for each in conditions]),
        torch.cat([each.speaker for each in conditions]),
    )


def ours_of(setup: Setup) -> Ours:
    """Weights folded and inversions stored, as a service has them before a request."""
    timed = TimedDenoiser.of(setup.denoiser, SCHEDULE.timesteps)
    trajectories = [
        invert(
            timed,
            SCHEDULE,
            tokens,
            setup.denoiser.prepare(heard),
            InversionOptions(iterations=0),
            "",
        )[0]
        for tokens, heard in zip(setup.latents, setup.clips, strict=True)
    ]
    return Ours(setup, Engine(lambda: timed, lambda x: x), trajectories)


def _single_precision(ours: Ours) -> Ours:
    """The same with inversions that were not rounded to half precision."""
    setup = ours.setup
    paths = [baseline_inversion(setup, clip, setup.valid) for clip in range(len(setup.clips))]
    kept = [
        Trajectory.of_tokens(path[:, 0], setup.denoiser.layout, SCHEDULE.timesteps, "single")
        for path in paths
    ]
    return replace(ours, trajectories=kept)


def tell(what: str) -> None:
    """Say what is under way, away from the figures."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")


def gflop(work: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """What a call answers, and its floating-point operations by torch's counter."""
    with FlopCounterMode(display=False) as counter:
        answer = work()
    return answer, counter.get_total_flops() / 1e9


def seconds_of(works: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median time of each call; they take turns, so that company on the machine hits all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(repeats):
        tell(f"time, {turn + 1} of {repeats}")
        for times, work in zip(taken, works, strict=True):
            began = time.perf_counter()
            work()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]


def compare(setup: Setup, size: str, seconds: float, repeats: int) -> Outcome:
    """Run both and compare."""
    tell("stored inversions")
    ours, latent, default = ours_of(setup), setup.valid[0], SamplingOptions()
    ways = (PUBLISHED, SAME_STEPS, default)
    works: list[Callable[[], Tensor]] = [lambda: baseline(setup)]
    works += [partial(ours.sampled, options) for options in ways]
    # the baseline of a long talk takes minutes: what it answers is kept where it is counted
    tell("operations")
    answers, counted = zip(*(gflop(work) for work in works), strict=True)
    tell("errors")
    single = _single_precision(ours).sampled(PUBLISHED)
    times = seconds_of(works, repeats)
    ratios = [(counted[way] / counted[0], times[way] / times[0]) for way in range(len(works))]
    return Outcome(
        size=size,
        exemplars=len(setup.clips),
        seconds=seconds,
        device=str(setup.device),
        parameters=sum(parameter.numel() for parameter in setup.denoiser.parameters()),
        threads=torch.get_num_threads(),
        baseline_gflop=counted[0],
        baseline_seconds=times[0],
        gflop=counted[1],
        seconds_taken=times[1],
        flops_ratio=ratios[1][0],
        wall_ratio=ratios[1][1],
        max_error=largest_error(answers[1], answers[0], latent),
        max_error_single=largest_error(single, answers[0], latent),
        two_rounds_gflop=counted[2],
        two_rounds_seconds=times[2],
        two_rounds_flops_ratio=ratios[2][0],
        two_rounds_wall_ratio=ratios[2][1],
        default_gflop=counted[3],
        default_seconds=times[3],
        default_flops_ratio=ratios[3][0],
        default_wall_ratio=ratios[3][1],
    )


def largest_error(found: Tensor, expected: Tensor, latent: Tensor) -> float:
    """Between tokens that are no separators, in units of the largest value."""
    error = (found - expected)[:, latent].abs().max() / expected.abs().max()
    return float(error)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=("released", "demo"), default="demo")
    parser.add_argument("--exemplars", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--repeats", type=int, help="3 unless set; 1 of a speech longer than a minute"
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda; both in single precision")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    setup = setup_of(asked.size, asked.exemplars, asked.seconds, asked.device)
    repeats = asked.repeats or (3 if asked.seconds <= LONG_SECONDS else 1)
    outcome = asdict(compare(setup, asked.size, asked.seconds, repeats))
    if not asked.json:
        for name, value in outcome.items():
            shown = f"{value:.4g}" if isinstance(value, float) else f"{value}"
            sys.stdout.write(f"{name:24} {shown:>12}\n")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
