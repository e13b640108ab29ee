"""The noise schedule: which timesteps are kept, and how a latent moves between their levels.

    alpha_bar[level]  share of signal power (Ho et al., 2020)      x_t  noisy latent
    level 0           clean                                        x_0  its clean estimate
    level i + 1       the i-th kept training timestep              eps  the noise in x_t
    level steps + 1   pure noise

    h                 step of half the log signal-to-noise ratio

Moving is DDIM with eta 0 (Song et al., 2021); with ``ahead`` it is DPM-Solver++(2M) (Lu et al.,
2022).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self, TypedDict, TypeVar

import numpy as np
import torch
from jaxtyping import Float64, Int
from torch import Tensor

Array = TypeVar("Array", np.ndarray, Tensor)
Level = int | Int[Tensor, "batch"]
"""One level for all, or one for each sample of a batch (on the CPU)."""

PUBLISHED_SECTIONS = "15,15,8,6,6"
_SPACED_STEPS = 50
"""Steps of the evenly spaced schedules."""


class ScheduleEntry(TypedDict):
    """A schedule in JSON."""

    training_steps: int
    beta_start: float
    beta_end: float
    timesteps: list[int]


@dataclass(frozen=True)
class Schedule:
    """Scaled-linear noise schedule with some of its timesteps kept; nothing in it changes."""

    training_steps: int
    beta_start: float
    beta_end: float
    timesteps: tuple[int, ...]
    """Kept training timesteps, rising."""
    betas: Float64[np.ndarray, "training_step"] = field(init=False, repr=False, compare=False)
    training_alpha_bar: Float64[np.ndarray, "training_step"] = field(
        init=False, repr=False, compare=False
    )
    alpha_bar: Float64[np.ndarray, "level"] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kept = self.timesteps
        rising = all(a < b for a, b in zip(kept, kept[1:], strict=False))
        if not kept or not rising or kept[0] < 0 or kept[-1] >= self.training_steps:
            raise ValueError(
                f"timesteps must rise within 0..{self.training_steps - 1}, found {kept}"
            )
        ends = np.sqrt([self.beta_start, self.beta_end])
        betas = np.linspace(ends[0], ends[1], self.training_steps) ** 2
        training_alpha_bar = np.cumprod(1.0 - betas)
        alpha_bar = np.concatenate(([1.0], training_alpha_bar[list(kept)], [0.0]))
        for name, values in (
            ("betas", betas),
            ("training_alpha_bar", training_alpha_bar),
            ("alpha_bar", alpha_bar),
        ):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def scaled_linear(
        cls,
        kept: str | Sequence[int] = PUBLISHED_SECTIONS,
        training_steps: int = 1000,
        beta_start: float = 0.00085,
        beta_end: float = 0.012,
    ) -> Self:
        """The published schedule.

        ``kept`` is a list of timesteps, ``leading`` or ``trailing`` (evenly spaced), or counts for
        equal sections of the range such as ``15,15,8,6,6``.
        """
        timesteps = _kept(kept, training_steps) if isinstance(kept, str) else tuple(kept)
        return cls(training_steps, beta_start, beta_end, timesteps)

    @classmethod
    def from_dict(cls, entry: ScheduleEntry) -> Self:
        """The schedule that ``to_dict`` wrote."""
        return cls(
            entry["training_steps"],
            entry["beta_start"],
            entry["beta_end"],
            tuple(entry["timesteps"]),
        )

    def to_dict(self) -> ScheduleEntry:
        """Everything needed to build it again, for JSON."""
        return {
            "training_steps": self.training_steps,
            "beta_start": self.beta_start,
            "beta_end": self.beta_end,
            "timesteps": list(self.timesteps),
        }

    @property
    def steps(self) -> int:
        """Denoising steps; also the level that sampling starts from."""
        return len(self.timesteps)

    def timestep(self, level: int) -> int:
        """Training timestep of a level."""
        if not 1 <= level <= self.steps:
            raise ValueError(f"level {level} has no timestep; levels 1 to {self.steps} have one")
        return self.timesteps[level - 1]

    def thinned(self, steps: int) -> "Schedule":
        """The same with only ``steps`` of the timesteps, the cleanest and noisiest among them."""
        if not 2 <= steps <= self.steps:
            raise ValueError(f"steps must be within 2..{self.steps}, found {steps}")
        chosen = np.rint(np.linspace(0, self.steps - 1, steps)).astype(int)
        timesteps = tuple(self.timesteps[place] for place in chosen)
        return Schedule(self.training_steps, self.beta_start, self.beta_end, timesteps)

    def noised(self, x_0: Array, level: Level, eps: Array) -> Array:
        """The clean latent at ``level``, with ``eps`` as its noise."""
        signal, noise = self._roots(level, x_0)
        moved: Array = signal * x_0 + noise * eps
        return moved

    def eps(self, x_t: Array, x_0: Array, level: Level) -> Array:
        """The noise in ``x_t``, given its clean latent."""
        if bool(np.any(np.asarray(level) == 0)):
            raise ValueError("a clean latent carries no noise to move; start inversion at level 1")
        signal, noise = self._roots(level, x_t)
        eps: Array = (x_t - signal * x_0) / noise
        return eps

    def move(self, x_t: Array, x_0: Array, source: Level, target: Level) -> Array:
        """Carry ``x_t`` from one level to another, given the predicted clean latent (eq. 12).

        ``target < source`` denoises; ``target > source`` inverts.
        """
        return self.noised(x_0, target, self.eps(x_t, x_0, source))

    def ahead(self, x_0: Array, before: Array, level: int) -> Array:
        """The clean estimate that carries ``x_t`` from ``level`` to the next cleaner one.

        With the estimate ``before``, made one level noisier: x_0 + h / (2 h_before) (x_0 - before),
        the second order of DPM-Solver++(2M). The last step, to level 0, stays of first order.
        """
        if not 1 <= level < self.steps:
            raise ValueError(f"level {level} has no estimate before it, 1..{self.steps - 1} have")
        if level == 1:
            return x_0
        kept = self.alpha_bar[level - 1 : level + 2]
        step, step_before = -np.diff(np.log(kept / (1.0 - kept)))
        carried: Array = x_0 + float(step / (2.0 * step_before)) * (x_0 - before)
        return carried

    def _roots(self, level: Level, like: Array) -> tuple[Array | float, Array | float]:
        """Roots of signal and noise power, ready to multiply ``like``."""
        alpha_bar = self.alpha_bar[np.asarray(level)]
        signal, noise = np.sqrt(alpha_bar), np.sqrt(1.0 - alpha_bar)
        if alpha_bar.ndim == 0:
            return float(signal), float(noise)
        shape = (-1,) + (1,) * (like.ndim - 1)
        if isinstance(like, Tensor):
            return tuple(torch.from_numpy(root).to(like).view(shape) for root in (signal, noise))  # type: ignore[return-value]
        return signal.reshape(shape), noise.reshape(shape)


def _kept(name: str, training_steps: int) -> tuple[int, ...]:
    """Timesteps of a named spacing."""
    stride = training_steps // _SPACED_STEPS
    match name:
        case "leading":
            return tuple(range(0, training_steps, stride))
        case "trailing":
            return (0, *range(stride - 1, training_steps, stride))
    try:
        counts = [int(count) for count in name.split(",")]
    except ValueError:
        raise ValueError(
            f"spacing must be leading, trailing or counts such as 15,15,8,6,6; found {name!r}"
        ) from None
    return _sections(counts, training_steps)


def _sections(counts: Sequence[int], training_steps: int) -> tuple[int, ...]:
    """Split the range evenly and keep ``counts[i]`` timesteps of section i, both ends included.

    Positions are accumulated and then rounded, as the released weights were trained for.
    """
    size, rest = divmod(training_steps, len(counts))
    timesteps: list[int] = []
    start = 0
    for place, count in enumerate(counts):
        length = size + (place < rest)
        if not 1 <= count <= length:
            raise ValueError(f"a section of {length} timesteps cannot keep {count} of them")
        stride = (length - 1) / (count - 1) if count > 1 else 0.0
        positions = np.cumsum([0.0] + [stride] * (count - 1))
        timesteps += [start + int(position) for position in np.rint(positions)]
        start += length
    return tuple(timesteps)
