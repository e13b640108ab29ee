"""Sampling with exemplars and seeds: the loop, and what is held where at each level.

Everything random comes in as ``Noise``, drawn for each window by itself; nothing else is random.

    x  current sample     level  its noise level, from steps down to 0     r  an exemplar's latents
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from diffusion.config import SamplingOptions
from diffusion.denoiser import Denoiser, PreparedConditions
from diffusion.guidance import (
    PUBLISHED_GUIDANCE,
    ClassifierFreeGuidance,
    classifier_free,
    gradient_steps,
    published_pull,
    pull,
    step_strength,
)
from diffusion.insertions import Insertions
from diffusion.schedule import Schedule
from diffusion.windows import SeedTokens

Tokens = Float[Tensor, "batch token width"]


class SamplingStoppedError(Exception):
    """Sampling was asked to stop."""


class NotFiniteError(ArithmeticError):
    """The networks gave numbers that no motion can be made of."""


@dataclass(frozen=True, eq=False)
class Noise:
    """The randomness of a batch of windows."""

    start: Tokens
    bank: Float[Tensor, "step batch token width"] | None = None
    """Fresh noise for each step, cleanest first; the published way to hold tokens needs it.
    Without it held tokens keep their start noise at every level, which is deterministic."""

    @classmethod
    def drawn(cls, seed: int, window: int, tokens: int, width: int, bank_steps: int = 0) -> "Noise":
        """The noise of one window of a request, the same in any company."""
        entropy = np.random.SeedSequence([seed, window]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(entropy[0]) >> 1)
        start = torch.randn(1, tokens, width, generator=generator)
        if not bank_steps:
            return cls(start)
        return cls(start, torch.randn(bank_steps, 1, tokens, width, generator=generator))

    @classmethod
    def stacked(cls, noises: "list[Noise]") -> "Noise":
        """One batch out of several."""
        banks = [each.bank for each in noises if each.bank is not None]
        if banks and len(banks) != len(noises):
            raise ValueError("some windows have a noise bank and some have none; draw them alike")
        start = torch.cat([each.start for each in noises])
        return Noise(start, torch.cat(banks, dim=1) if banks else None)

    def to(self, device: torch.device | str) -> "Noise":
        """The same on another device."""
        bank = None if self.bank is None else self.bank.to(device)
        return Noise(self.start.to(device), bank)

    def at(self, level: int) -> Tokens:
        """What tokens held at ``level`` are noised with."""
        return self.start if self.bank is None or level == 0 else self.bank[level - 1]


@dataclass(frozen=True)
class Watch:
    """Who is told how far sampling is, and who may end it."""

    report: Callable[[int, int], None] | None = None
    """Called with steps done and steps in all."""
    should_stop: Callable[[], bool] | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """State at one level, where an estimate is due; at level 0 the sample is clean."""

    level: int
    x_t: Tokens
    moved: Tokens
    """The same before exemplars and seed were put in."""
    x_0: Tokens | None = None
    """Clean estimate that led there; none led to the start."""


Walk = Generator[Step, Tokens, None]


@dataclass(frozen=True)
class Sampler:
    """From noise to clean tokens, by DDIM (eta 0) or DPM-Solver++(2M)."""

    denoiser: Denoiser
    schedule: Schedule
    options: SamplingOptions
    refine: Callable[[Tokens], Tokens] | None = None
    """Applied to every clean estimate; the published method has nothing of the kind."""
    usual: ClassifierFreeGuidance | None = PUBLISHED_GUIDANCE
    """Guidance of the weights, where the options name none."""

    @property
    def guidance(self) -> ClassifierFreeGuidance | None:
        """How the two estimates are weighed."""
        return classifier_free(self.options, self.usual)

    def sample(
        self,
        noise: Noise,
        prepared: PreparedConditions,
        insertions: Insertions | None = None,
        seed: SeedTokens | None = None,
        watch: Watch | None = None,
    ) -> Tokens:
        """Clean tokens of a batch of windows."""
        watch = watch or Watch()
        x = noise.start
        for done, step in enumerate(self.steps(noise, prepared, insertions, seed), start=1):
            x = step.x_t
            if watch.report is not None:
                watch.report(done, self.schedule.steps)
            if watch.should_stop is not None and watch.should_stop():
                raise SamplingStoppedError(f"stopped after {done} of {self.schedule.steps} steps")
        return x

    def steps(
        self,
        noise: Noise,
        prepared: PreparedConditions,
        insertions: Insertions | None = None,
        seed: SeedTokens | None = None,
    ) -> Iterator[Step]:
        """Every step, one by one; the last one's ``x_t`` is clean."""
        walk = self.walk(noise, insertions, seed)
        step = next(walk)
        while step.level > 0:
            step = walk.send(self._estimated(step, prepared))
            yield step

    def walk(
        self,
        noise: Noise,
        insertions: Insertions | None = None,
        seed: SeedTokens | None = None,
    ) -> Walk:
        """The way from noise to clean tokens: yields a step, is sent its x_0, until level 0.

        Whoever walks gives the estimates, so that those of many walks can be made together.
        """
        if insertions is not None and seed is not None:
            insertions = insertions.without(seed.mask)
        steps = self.schedule.steps
        start = self._held(noise.start, steps, noise, insertions, seed)
        step = Step(steps, start, noise.start)
        for level in range(steps, 0, -1):
            x_0 = yield step
            carried = self._carried(x_0, step)
            moved = self.schedule.move(step.x_t, carried, level, level - 1)
            x = self._held(moved, level - 1, noise, insertions, seed)
            step = Step(level - 1, x, moved, x_0)
        yield step

    def _carried(self, x_0: Tokens, step: Step) -> Tokens:
        """The clean estimate that the next step moves with."""
        match self.options.chosen_solver:
            case "ddim":
                return x_0
            case "dpm":
                return x_0 if step.x_0 is None else self.schedule.ahead(x_0, step.x_0, step.level)
            case _:
                assert_never(self.options.chosen_solver)

    @torch.no_grad()
    def _estimated(self, step: Step, prepared: PreparedConditions) -> Tokens:
        x = step.x_t
        timestep = torch.full((len(x),), self.schedule.timestep(step.level), device=x.device)
        x_0 = self.denoiser.mixed(x, timestep, prepared, self.guidance)
        return x_0 if self.refine is None else self.refine(x_0)

    def _held(
        self,
        x: Tokens,
        level: int,
        noise: Noise,
        insertions: Insertions | None,
        seed: SeedTokens | None,
    ) -> Tokens:
        """The sample with exemplars and seed where they belong at its level."""
        if self.options.published and level == 0:
            return x
        if insertions is not None:
            x = self._inserted(x, level, noise, insertions)
        if seed is not None and not self._seed_lost(level, insertions):
            held = self.schedule.noised(seed.latents, level, noise.at(level))
            x = torch.where(seed.mask[..., None], held, x)
        return x

    def _inserted(self, x: Tokens, level: int, noise: Noise, insertions: Insertions) -> Tokens:
        """The sample with exemplars in it, in the way the mode asks for."""
        mask, first = insertions.mask[..., None], level == self.schedule.steps
        match self.options.mode:
            case "none":
                return x
            case "outpaint":
                held = self.schedule.noised(insertions.clean, level, noise.at(level))
                return torch.where(mask, held, x)
            case _ if first:
                alone = self.options.mode == "initialise"
                starts = mask if alone else insertions.starts[..., None]
                return torch.where(starts, insertions.start, x)
            case "initialise":
                return x
            case "guide":
                return self._guided(x, level, insertions)
            case "released":
                r = insertions.targets[level]
                return torch.where(mask, self.schedule.noised(r, level, noise.at(level)), x)
            case _:
                assert_never(self.options.mode)

    def _guided(self, x: Tokens, level: int, insertions: Insertions) -> Tokens:
        """The sample pulled towards the exemplars."""
        options, steps = self.options, self.schedule.steps
        r = insertions.targets[level]
        if options.published:
            k = gradient_steps(options.guidance_preset, steps)[level - 1]
            return published_pull(x, r, insertions.mask, k, options.guidance_rate)
        s = step_strength(insertions.strength, options.strength_schedule, level, steps)
        return pull(x, r, insertions.mask, s, insertions.share)

    def _seed_lost(self, level: int, insertions: Insertions | None) -> bool:
        """Whether the released code has lost its seed: its loop overwrites it at the first step."""
        released = self.options.mode == "released" and insertions is not None
        return released and level < self.schedule.steps
