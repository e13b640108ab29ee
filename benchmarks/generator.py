"""Our generator beside the published order of work, with the same weights and the same answers.

    python benchmarks/generator.py --size released|demo --exemplars 2 --seconds 10 [--device cpu]

The baseline (`published_order.py`) does what the published code does, written plainly: it gathers
all conditions at every step for both estimates, inverts every exemplar's clip within the request,
guides by autograd, and samples one window behind the other. Ours reads stored inversions. Speech
features and decoding, which both need alike, are left out. ``max_error`` is against ours with
published behaviour, in units of the baseline's largest value; ``flops_ratio`` and ``wall_ratio``
take ours with the same 50 steps of DDIM, ``default_`` ones as it is by default, with fewer steps of
second order.

Expected before measuring, at the released size with two exemplars and ten seconds: 1/10 of the
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
    ours_gflop: float
    flops_ratio: float
    baseline_seconds: float
    ours_seconds: float
    wall_ratio: float
    default_gflop: float
    default_seconds: float
    default_flops_ratio: float
    default_wall_ratio: float
    published_ours_seconds: float
    """Ours with published behaviour: windows one behind the other."""
    max_error: float
    max_error_single: float
    """The same with inversions kept in single precision."""


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


def gflop(work: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """What a call answers, and its floating-point operations by torch's counter."""
    with FlopCounterMode(display=False) as counter:
        answer = work()
    return answer, counter.get_total_flops() / 1e9


def seconds_of(works: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median time of each call; they take turns, so that company on the machine hits all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for times, work in zip(taken, works, strict=True):
            began = time.perf_counter()
            work()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]


def compare(setup: Setup, size: str, seconds: float, repeats: int) -> Outcome:
    """Run both and compare."""
    ours, latent, default = ours_of(setup), setup.valid[0], SamplingOptions()
    works: list[Callable[[], Tensor]] = [
        lambda: baseline(setup),
        lambda: ours.sampled(SAME_STEPS),
        lambda: ours.sampled(default),
        lambda: ours.sampled(PUBLISHED),
    ]
    # the baseline of a long talk takes minutes: what it answers is kept where it is counted
    (expected, *_), counted = zip(*(gflop(work) for work in works[:3]), strict=True)
    errors = []
    for each in (ours, _single_precision(ours)):
        found = each.sampled(PUBLISHED)
        errors.append(((found - expected)[:, latent].abs().max() / expected.abs().max()).item())
    times = seconds_of(works, repeats)
    return Outcome(
        size,
        len(setup.clips),
        seconds,
        str(setup.device),
        sum(parameter.numel() for parameter in setup.denoiser.parameters()),
        torch.get_num_threads(),
        counted[0],
        counted[1],
        counted[0] / counted[1],
        times[0],
        times[1],
        times[0] / times[1],
        counted[2],
        times[2],
        counted[0] / counted[2],
        times[0] / times[2],
        times[3],
        errors[0],
        errors[1],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=("released", "demo"), default="demo")
    parser.add_argument("--exemplars", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cpu or cuda; both in single precision")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    setup = setup_of(asked.size, asked.exemplars, asked.seconds, asked.device)
    outcome = asdict(compare(setup, asked.size, asked.seconds, asked.repeats))
    if not asked.json:
        for name, value in outcome.items():
            shown = f"{value:.4g}" if isinstance(value, float) else f"{value}"
            sys.stdout.write(f"{name:24} {shown:>12}\n")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
