"""The published denoiser and its golden cases, as our records."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from diffusion.denoiser import Conditions, Denoiser, PreparedConditions
from diffusion.insertions import Insertions
from diffusion.inversion import InversionOptions, Trajectory, inverted_levels
from diffusion.published_denoiser import denoiser_of
from diffusion.schedule import Schedule
from tests import parity


@dataclass(frozen=True, eq=False)
class Golden:
    """One file of cases with the denoiser that made it."""

    tensors: dict[str, Tensor]
    config: dict[str, Any]
    denoiser: Denoiser

    @classmethod
    def load(cls, name: str) -> "Golden":
        tensors, config = parity.load(name)
        weights, sizes = parity.load("denoiser_weights")
        denoiser = denoiser_of(parity.below(weights, "weights/"), sizes["num_heads"])
        return cls(tensors, config, denoiser.requires_grad_(False))

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule.scaled_linear(self.config.get("respace", "15,15,8,6,6"))

    def conditions(self, prefix: str = "in/", samples: int | None = None) -> Conditions:
        names = ("text", "audio", "speaker_ids")
        return Conditions(*(self.tensors[prefix + name][:samples] for name in names))

    def prepared(self, prefix: str = "in/", samples: int | None = None) -> PreparedConditions:
        return self.denoiser.prepare(self.conditions(prefix, samples))

    def inverted(self, latent: Tensor, prefix: str) -> Tensor:
        """All levels by the published inversion: no iterations."""
        return inverted_levels(
            self.denoiser,
            self.schedule,
            latent,
            self.prepared(prefix),
            InversionOptions(iterations=0),
        )

    def trajectory(self, levels: Tensor) -> Trajectory:
        """The first sample's trajectory, in single precision."""
        return Trajectory.of_tokens(
            levels[:, 0], self.denoiser.layout, self.schedule.timesteps, "golden"
        )

    def sequence(self, clean: Tensor) -> Insertions:
        """Clean tokens to be held; as published, tokens with any non-zero channel are meant."""
        targets = clean.expand(self.schedule.steps + 1, -1, -1, -1)
        mask = (clean != 0).any(dim=-1)
        return Insertions(mask, targets, torch.ones(clean.shape[:2]), mask)
