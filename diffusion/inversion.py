"""DDIM run backwards: the path on which a stored clip's latents turn into noise.

An inversion depends on the clip alone, not on any query, so it is done once, when the clip is
indexed, and stored as a ``Trajectory``.

    x_t  latent at a level      x_0  its clean estimate
    c    how far the next latent moves with x_0; negative
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from diffusion.denoiser import PreparedConditions
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.latents import LatentLayout
from diffusion.schedule import Schedule
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import ChunkSpan

Tokens = Float[Tensor, "batch token width"]
Refinement = Callable[[Tokens], Tokens]
"""What is done to every clean estimate, such as fitting chunks to their neighbours."""

_LATENTS = "latents"


class Estimator(Protocol):
    """A denoiser, in plain or timed form."""

    @property
    def layout(self) -> LatentLayout:
        """Where its tokens lie."""
        ...

    def mixed(
        self,
        x: Tokens,
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        guidance: ClassifierFreeGuidance | None,
    ) -> Tokens:
        """Predict x_0 with classifier-free guidance."""
        ...


class TrajectoryError(ValueError):
    """A stored trajectory does not fit what is asked of it."""


@dataclass(frozen=True)
class InversionOptions:
    """How a clip is inverted."""

    guidance: ClassifierFreeGuidance | None = ClassifierFreeGuidance()
    iterations: int = 3
    """Fixed-point iterations a step; 0 is the published form, which is lossy."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The inserted parts of one clip at every level, from clean to pure noise."""

    latents: Float[Tensor, "level part chunk width"]
    """Levels 0 to steps + 1 of the schedule; half precision. Levels 0 and 1 are both the clean
    latent: inversion takes it for the first noisy one, whose noise is negligible."""
    timesteps: tuple[int, ...]
    """Training timesteps of levels 1 to steps."""
    weights_id: str
    """Which weights it was made with."""

    @classmethod
    def of_tokens(
        cls,
        levels: Float[Tensor, "level token width"],
        layout: LatentLayout,
        timesteps: tuple[int, ...],
        weights_id: str,
    ) -> Self:
        """Keep the inserted parts of an inversion, in the precision of ``levels``."""
        if len(levels) != len(timesteps) + 2:
            raise TrajectoryError(
                f"{len(timesteps)} timesteps need {len(timesteps) + 2} levels, found {len(levels)}"
            )
        parts = [levels[:, layout.of(part)] for part in INSERTED_PARTS]
        return cls(torch.stack(parts, dim=1).contiguous(), timesteps, weights_id)

    @property
    def steps(self) -> int:
        """Denoising steps of its schedule."""
        return len(self.timesteps)

    @property
    def clean(self) -> Float[Tensor, "part chunk width"]:
        """The clip's own latents."""
        return self.latents[0]

    def at(self, level: int) -> Float[Tensor, "part chunk width"]:
        """The latents with the noise of ``level``: 0 is clean, steps + 1 pure noise."""
        if not 0 <= level <= self.steps + 1:
            raise TrajectoryError(f"level {level} is outside 0..{self.steps + 1}")
        return self.latents[level]

    def span(self, part: Part, chunks: ChunkSpan) -> Float[Tensor, "level chunk width"]:
        """One part's latents of some chunks at all levels, in single precision."""
        if chunks.stop > self.latents.shape[2]:
            raise TrajectoryError(f"{chunks} ends behind the {self.latents.shape[2]} stored chunks")
        return self.latents[:, INSERTED_PARTS.index(part), chunks.slice].float()

    def under(self, schedule: Schedule) -> "Trajectory":
        """The same for a schedule that keeps some of its timesteps."""
        if schedule.timesteps == self.timesteps:
            return self
        absent = set(schedule.timesteps) - set(self.timesteps)
        if absent:
            raise TrajectoryError(
                f"the trajectory has no timesteps {sorted(absent)}; invert the clip again under "
                "this schedule"
            )
        kept = [1 + self.timesteps.index(timestep) for timestep in schedule.timesteps]
        levels = self.latents[[0, *kept, self.steps + 1]]
        return replace(self, latents=levels, timesteps=schedule.timesteps)

    def to_bytes(self) -> bytes:
        """A safetensors file in half precision."""
        note = json.dumps({"timesteps": self.timesteps, "weights_id": self.weights_id})
        return save({_LATENTS: self.latents.half().contiguous()}, {"trajectory": note})

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The trajectory in a safetensors file's content."""
        try:
            latents = load(content)[_LATENTS]
        except (SafetensorError, KeyError) as error:
            raise TrajectoryError(f"these bytes hold no trajectory: {error}") from error
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return cls._read(latents, header.get("__metadata__") or {})

    def save(self, path: Path) -> None:
        """Write ``to_bytes`` to a file."""
        path.write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: Path) -> Self:
        """The trajectory in a file; its latents stay on disk until they are read."""
        try:
            with safe_open(path, "pt") as archive:
                return cls._read(archive.get_tensor(_LATENTS), archive.metadata() or {})
        except SafetensorError as error:
            raise TrajectoryError(f"{path} holds no trajectory: {error}") from error

    @classmethod
    def _read(cls, latents: Tensor, metadata: dict[str, str]) -> Self:
        if "trajectory" not in metadata:
            raise TrajectoryError("this safetensors file holds no trajectory")
        note = json.loads(metadata["trajectory"])
        return cls(latents, tuple(note["timesteps"]), note["weights_id"])


def invert(  # noqa: PLR0913  what sampling is given, and a name
    denoiser: Estimator,
    schedule: Schedule,
    tokens: Float[Tensor, "batch token width"],
    prepared: PreparedConditions,
    options: InversionOptions,
    weights_id: str,
    refine: Refinement | None = None,
) -> tuple[Trajectory, ...]:
    """Invert clips under their OWN conditions; one trajectory each, in half precision.

    ``refine`` is what sampling applies to every clean estimate: one cannot undo the other without.
    """
    levels = inverted_levels(denoiser, schedule, tokens, prepared, options, refine).half().cpu()
    return tuple(
        Trajectory.of_tokens(levels[:, clip], denoiser.layout, schedule.timesteps, weights_id)
        for clip in range(levels.shape[1])
    )


@torch.no_grad()
def inverted_levels(
    denoiser: Estimator,
    schedule: Schedule,
    tokens: Float[Tensor, "batch token width"],
    prepared: PreparedConditions,
    options: InversionOptions,
    refine: Refinement | None = None,
) -> Float[Tensor, "level batch token width"]:
    """All tokens of clips at levels 0 to steps + 1.

    The clean latent stands for level 1 as well (see ``Schedule.move``). Without iterations, x_0 is
    taken from the level that is left, although going back it will come from the level that is
    reached; iterations look for the latent from which denoising returns.
    """

    def estimated(x: Tensor, level: int) -> Tensor:
        timestep = torch.full((len(x),), schedule.timestep(level), device=x.device)
        x_0 = denoiser.mixed(x, timestep, prepared, options.guidance)
        return x_0 if refine is None else refine(x_0)

    levels = [tokens, tokens]
    x_0 = estimated(tokens, 1)
    for level in range(1, schedule.steps):
        x = levels[-1]
        reached = schedule.move(x, x_0, level, level + 1)
        for _ in range(options.iterations):
            x_0 = estimated(reached, level + 1)
            aim = schedule.move(x, x_0, level, level + 1)
            reached = reached + (aim - reached) / (1.0 - _sensitivity(schedule, level))
        if options.iterations == 0:
            x_0 = estimated(reached, level + 1)
        levels.append(reached)
    levels.append(schedule.eps(levels[-1], x_0, schedule.steps))
    return torch.stack(levels)


def _sensitivity(schedule: Schedule, level: int) -> float:
    """C of a step to the next level: d x' / d x_0.

    Plain iteration diverges where c is below -1 and x_0 follows x_t, as it does near the clean
    end; dividing its step by 1 - c converges for any dependence of x_0 on x_t between 0 and 1.
    """
    a, b = schedule.alpha_bar[level], schedule.alpha_bar[level + 1]
    return float(np.sqrt(b) - np.sqrt(a) * np.sqrt((1.0 - b) / (1.0 - a)))
