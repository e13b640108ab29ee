"""Exemplars laid out for sampling: which tokens they own, and what stands there at each level."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from diffusion.inversion import Trajectory
from diffusion.latents import LatentLayout
from diffusion.schedule import Schedule
from motion.parts import INSERTED_PARTS
from motion.timeline import ChunkSpan


@dataclass(frozen=True)
class InsertedSpan:
    """Chunks of a trajectory, where they go in a window, and how strongly."""

    trajectory: Trajectory
    target: ChunkSpan
    source: ChunkSpan
    strength: float
    """0 a hint, 1 verbatim."""

    def __post_init__(self) -> None:
        if len(self.target) != len(self.source):
            raise ValueError(f"target {self.target} and source {self.source} differ in length")


@dataclass(frozen=True, eq=False)
class Insertions:
    """What exemplars ask of a batch of windows."""

    mask: Bool[Tensor, "batch token"]
    """Tokens that an exemplar owns."""
    targets: Float[Tensor, "level batch token width"]
    """For a sample at level 0 to steps: where the exemplar is then. The last one starts it."""
    strength: Float[Tensor, "batch token"]

    @classmethod
    def of(
        cls,
        spans: Sequence[InsertedSpan],
        layout: LatentLayout,
        schedule: Schedule,
        width: int,
        published: bool = False,
    ) -> "Insertions":
        """Lay the spans of one window out.

        By default a target has the noise of the sample that it is held against. As published it is
        one level ahead, and the start is pure noise.
        """
        mask = torch.zeros(1, layout.tokens, dtype=torch.bool)
        targets = torch.zeros(schedule.steps + 1, 1, layout.tokens, width)
        strength = torch.zeros(1, layout.tokens)
        for span in spans:
            trajectory = span.trajectory.under(schedule)
            for part in INSERTED_PARTS:
                tokens = layout.of(part, span.target.start, span.target.stop)
                if bool(mask[0, tokens].any()):
                    raise ValueError(f"two exemplars own chunks of {span.target}; place them apart")
                path = trajectory.span(part, span.source)
                mask[0, tokens] = True
                targets[0, 0, tokens] = path[0]
                targets[1:, 0, tokens] = path[2:] if published else path[1:-1]
                strength[0, tokens] = span.strength
        return cls(mask, targets, strength)

    @classmethod
    def stacked(cls, insertions: Sequence["Insertions"]) -> "Insertions":
        """One batch out of several."""
        return cls(
            torch.cat([each.mask for each in insertions]),
            torch.cat([each.targets for each in insertions], dim=1),
            torch.cat([each.strength for each in insertions]),
        )

    def without(self, tokens: Bool[Tensor, "batch token"]) -> "Insertions":
        """The same, leaving these tokens to someone else."""
        return replace(self, mask=self.mask & ~tokens)

    def to(self, device: torch.device | str) -> "Insertions":
        """The same on another device."""
        return Insertions(self.mask.to(device), self.targets.to(device), self.strength.to(device))

    @property
    def clean(self) -> Float[Tensor, "batch token width"]:
        """The exemplars' own latents."""
        return self.targets[0]

    @property
    def start(self) -> Float[Tensor, "batch token width"]:
        """What the exemplars' tokens start from."""
        return self.targets[-1]
