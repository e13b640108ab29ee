"""Our generator beside the published order of work, with the same weights and the same answers.

    python benchmarks/generator.py --size released|demo --exemplars 2 --seconds 10 [--device cpu]

The baseline does what the published code does, written plainly: it gathers all conditions at every
step for both estimates, inverts every exemplar's clip within the request, guides by autograd, and
samples one window behind the other. Ours reads stored inversions. Speech features and decoding,
which both need alike, are left out. ``max_error`` is against ours with published behaviour, in
units of the baseline's largest value; ``flops_ratio`` and ``wall_ratio`` take ours with the same 50
steps of DDIM, ``default_`` ones as it is by default, with fewer steps of second order.

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
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from diffusion.config import SamplingOptions
from diffusion.denoiser import Conditions, Denoiser
from diffusion.engine import Engine
from diffusion.guidance import ClassifierFreeGuidance, gradient_steps
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import InversionOptions, Trajectory, invert
from diffusion.sampling import Noise, Sampler
from diffusion.schedule import Schedule
from diffusion.talk_request import Begun, TalkRequest
from diffusion.timed import TimedDenoiser
from diffusion.weights import load_strict
from diffusion.windows import SeedTokens, TalkWindow, plan_windows
from motion.timeline import MODEL_FPS, ChunkSpan

DEMO = Path(__file__).resolve().parents[1] / "demo" / "weights" / "denoiser"
PUBLISHED = SamplingOptions(behaviour="published", mode="guide")
SAME_STEPS = SamplingOptions(steps=50, solver="ddim")
GUIDANCE = ClassifierFreeGuidance()
SCHEDULE = Schedule.scaled_linear()
EXEMPLAR_CHUNKS = 2


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
class Setup:
    """Weights, and everything a request brings."""

    denoiser: Denoiser
    windows: Sequence[Conditions]
    clips: Sequence[Conditions]
    latents: Sequence[Tensor]
    """Clean tokens of the exemplars' clips."""

    def spans(self, window: int) -> list[tuple[int, ChunkSpan]]:
        """Exemplars of a window, spread over the talk, with the chunks where they go."""
        found = []
        for clip in range(len(self.clips)):
            turn, where = divmod(clip, len(self.windows))
            if where == window:
                start = 1 + EXEMPLAR_CHUNKS * turn
                found.append((clip, ChunkSpan(start, start + EXEMPLAR_CHUNKS)))
        return found

    @property
    def device(self) -> torch.device:
        """Where everything lies."""
        return self.denoiser.position.device

    @property
    def valid(self) -> Tensor:
        """Tokens that are no separators."""
        return self.denoiser.layout.is_latent[None].to(self.device)

    def noise(self, window: int, bank: int) -> Noise:
        """The noise of one window."""
        tokens, width = self.denoiser.layout.tokens, self.denoiser.config.latent_dim
        return Noise.drawn(0, window, tokens, width, bank).to(self.device)


def released(generator: torch.Generator) -> Denoiser:
    """The published sizes with random weights of a trained network's magnitude."""
    denoiser = Denoiser().eval().requires_grad_(False)
    for name, parameter in denoiser.named_parameters():
        if "style.out.weight" in name:
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
    return denoiser


def setup_of(size: str, exemplars: int, seconds: float, device: str) -> Setup:
    """Weights and a random request."""
    generator = torch.Generator().manual_seed(0)
    demo = load_strict(Denoiser, DEMO).requires_grad_(False) if size == "demo" else None
    denoiser = demo or released(generator)
    config = denoiser.config
    audio_steps, speaker_tokens = (499, 150) if demo is None else (150, 1)

    def conditions(speaker: int) -> Conditions:
        return Conditions(
            torch.randn(1, config.window_frames, config.text_width, generator=generator),
            torch.randn(1, audio_steps, config.audio_width, generator=generator),
            torch.full((1, speaker_tokens), speaker),
        ).to(device)

    plan = plan_windows(round(seconds * MODEL_FPS))
    shape = (1, denoiser.layout.tokens, config.latent_dim)
    latents = [torch.randn(shape, generator=generator) for _ in range(exemplars)]
    latent = denoiser.layout.is_latent[:, None]
    return Setup(
        denoiser.to(device),
        [conditions(1) for _ in plan],
        [conditions(2) for _ in latents],
        [(tokens * latent).to(device) for tokens in latents],
    )


def baseline_estimate(
    denoiser: Denoiser, x: Tensor, level: int, conditions: Conditions, valid: Tensor
) -> Tensor:
    """Both estimates, each with all conditions gathered anew."""
    timestep = torch.full((len(x),), SCHEDULE.timestep(level), device=x.device)
    dropped = torch.ones(len(x), dtype=torch.bool, device=x.device)
    with torch.no_grad():
        given = denoiser(x, timestep, conditions, None, valid)
        without = denoiser(x, timestep, conditions, dropped, valid)
    weight = GUIDANCE.weight(timestep).to(x.dtype).view(-1, 1, 1)
    return without + weight * (given - without)


def baseline_inversion(setup: Setup, clip: int, valid: Tensor) -> Tensor:
    """Latents of a clip at every level, clean to noise."""
    levels = [setup.latents[clip], setup.latents[clip]]
    for level in range(1, SCHEDULE.steps):
        x_0 = baseline_estimate(setup.denoiser, levels[-1], level, setup.clips[clip], valid)
        levels.append(SCHEDULE.move(levels[-1], x_0, level, level + 1))
    x_0 = baseline_estimate(setup.denoiser, levels[-1], SCHEDULE.steps, setup.clips[clip], valid)
    levels.append(SCHEDULE.eps(levels[-1], x_0, SCHEDULE.steps))
    return torch.stack(levels)


def by_autograd(x: Tensor, r: Tensor, mask: Tensor, k: int) -> Tensor:
    """Gradient steps on the mean squared difference."""
    for _ in range(k):
        held = x.detach().requires_grad_(True)
        loss = torch.where(mask, held - r, 0.0).square().mean()
        (gradient,) = torch.autograd.grad(loss, held)
        x = x - PUBLISHED.guidance_rate * gradient
    return x.detach()


def baseline(setup: Setup) -> Tensor:
    """Tokens of all windows in the published order of work."""
    layout = setup.denoiser.layout
    paths = [baseline_inversion(setup, clip, setup.valid) for clip in range(len(setup.clips))]
    trajectories = [
        Trajectory.of_tokens(path[:, 0], layout, SCHEDULE.timesteps, "baseline") for path in paths
    ]
    windows: list[Tensor] = []
    for window in range(len(setup.windows)):
        seed = SeedTokens.following(windows[-1], layout) if windows else None
        windows.append(baseline_window(setup, window, inserted(setup, window, trajectories), seed))
    return torch.cat(windows)


def inserted(
    setup: Setup,
    window: int,
    trajectories: Sequence[Trajectory],
    options: SamplingOptions = PUBLISHED,
    schedule: Schedule = SCHEDULE,
) -> Insertions | None:
    """Exemplars of a window laid out."""
    placed = setup.spans(window)
    if not placed:
        return None
    spans = [
        InsertedSpan(trajectories[clip], target, target, options.strength)
        for clip, target in placed
    ]
    width = setup.denoiser.config.latent_dim
    layout, published = setup.denoiser.layout, options.published
    return Insertions.of(spans, layout, schedule, width, published).to(setup.device)


def baseline_window(
    setup: Setup, window: int, held: Insertions | None, seed: SeedTokens | None
) -> Tensor:
    """One window, step by step."""
    noise, counts = setup.noise(window, SCHEDULE.steps), gradient_steps(PUBLISHED.guidance_preset)
    valid = setup.valid
    owned = None if held is None else held.mask if seed is None else held.mask & ~seed.mask
    x = noise.start
    if held is not None:
        x = torch.where(owned[..., None], held.start, x)
    for level in range(SCHEDULE.steps, 0, -1):
        if held is not None and level < SCHEDULE.steps:
            x = by_autograd(x, held.targets[level], owned[..., None], counts[level - 1])
        if seed is not None:
            noised = SCHEDULE.noised(seed.latents, level, noise.at(level))
            x = torch.where(seed.mask[..., None], noised, x)
        x_0 = baseline_estimate(setup.denoiser, x, level, setup.windows[window], valid)
        x = SCHEDULE.move(x, x_0, level, level - 1)
    return x


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


def gflop(work: Callable[[], object]) -> float:
    """Floating-point operations of a call, by torch's counter."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() / 1e9


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
    ours = ours_of(setup)
    expected, latent = baseline(setup), setup.valid[0]
    errors = []
    for each in (ours, _single_precision(ours)):
        found = each.sampled(PUBLISHED)
        errors.append(((found - expected)[:, latent].abs().max() / expected.abs().max()).item())
    default = SamplingOptions()
    works: list[Callable[[], object]] = [
        lambda: baseline(setup),
        lambda: ours.sampled(SAME_STEPS),
        lambda: ours.sampled(default),
        lambda: ours.sampled(PUBLISHED),
    ]
    counted = [gflop(work) for work in works[:3]]
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
