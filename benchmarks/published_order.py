"""The published order of work, written plainly: the baseline of `generator.py`.

All conditions are gathered at every step for both estimates, every exemplar's clip is inverted
within the request, guidance is by autograd, and one window is sampled behind the other.
"""

import torch
from random_request import GUIDANCE, PUBLISHED, SCHEDULE, Setup, inserted
from torch import Tensor

from diffusion.denoiser import Conditions, Denoiser
from diffusion.guidance import gradient_steps
from diffusion.insertions import Insertions
from diffusion.inversion import Trajectory
from diffusion.windows import SeedTokens


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
