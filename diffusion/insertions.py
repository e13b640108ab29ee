"""Exemplars laid out for sampling: which tokens they own, and what stands there at each level."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from diffusion.inside_chunks import InsideChunks
from diffusion.inversion import Trajectory
from diffusion.latents import LatentLayout
from diffusion.schedule import Schedule
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import ChunkSpan


@dataclass(frozen=True)
class InsertedSpan:
    """Chunks of a trajectory, where they go in a window, and how strongly."""

    trajectory: Trajectory
    target: ChunkSpan
    source: ChunkSpan
    strength: float
    """0 a hint, 1 verbatim."""
    delay_frames: int = 0
    """By how much the motion comes later within its chunks."""
    weights: Float[Tensor, "chunk frame"] | None = None
    """How much each frame counts; ``None`` is in full."""

    def __post_init__(self) -> None:
        if len(self.target) != len(self.source):
            raise ValueError(f"target {self.target} and source {self.source} differ in length")
        if self.weights is not None and len(self.weights) != len(self.target):
            raise ValueError(f"{len(self.weights)} rows of weights do not fit {self.target}")

    def path(
        self, part: Part, trajectory: Trajectory, schedule: Schedule, inside: InsideChunks | None
    ) -> Float[Tensor, "level chunk width"]:
        """The trajectory's chunks at all levels; a delay moves the motion and leaves the noise."""
        path = trajectory.span(part, self.source)
        if inside is None or self.delay_frames == 0:
            return path
        clean = trajectory.clean[INSERTED_PARTS.index(part)].float()
        moved = inside.delayed(part, clean, self.delay_frames)[self.source.slice]
        signal = torch.tensor(schedule.alpha_bar**0.5, dtype=path.dtype)
        return path + signal[:, None, None] * (moved - path[0])


@dataclass(frozen=True, eq=False)
class Insertions:
    """What exemplars ask of a batch of windows."""

    mask: Bool[Tensor, "batch token"]
    """Tokens that an exemplar owns."""
    targets: Float[Tensor, "level batch token width"]
    """For a sample at level 0 to steps: where the exemplar is then. The last one starts it."""
    strength: Float[Tensor, "batch token"]
    starts: Bool[Tensor, "batch token"]
    """Tokens that guidance begins at an exemplar's noise: those that are its own as a whole. Where
    it is held for some frames only, fresh noise leaves more of the others to the speech."""
    share: Float[Tensor, "batch token width width"] | None = None
    """What of a token's difference counts; ``None`` is all of every token."""

    @classmethod
    def of(  # noqa: PLR0913  the spans, and what the networks are like
        cls,
        spans: Sequence[InsertedSpan],
        layout: LatentLayout,
        schedule: Schedule,
        width: int,
        published: bool = False,
        inside: InsideChunks | None = None,
    ) -> "Insertions":
        """Lay the spans of one window out.

        By default a target has the noise of the sample that it is held against. As published it is
        one level ahead, and the start is pure noise. Without ``inside`` chunks count as a whole and
        come as they are stored.
        """
        mask = torch.zeros(1, layout.tokens, dtype=torch.bool)
        starts, shares = torch.zeros_like(mask), list[tuple[slice, Tensor]]()
        targets = torch.zeros(schedule.steps + 1, 1, layout.tokens, width)
        strength = torch.zeros(1, layout.tokens)
        for span in spans:
            trajectory = span.trajectory.under(schedule)
            for part in INSERTED_PARTS:
                tokens = layout.of(part, span.target.start, span.target.stop)
                if bool(mask[0, tokens].any()):
                    raise ValueError(f"two exemplars own chunks of {span.target}; place them apart")
                path = span.path(part, trajectory, schedule, inside)
                mask[0, tokens] = True
                starts[0, tokens] = True
                targets[0, 0, tokens] = path[0]
                targets[1:, 0, tokens] = path[2:] if published else path[1:-1]
                strength[0, tokens] = span.strength
                if inside is None or span.weights is None:
                    continue
                starts[0, tokens] = False
                own = inside.shares(part, span.weights)
                if own is None:
                    strength[0, tokens] *= span.weights.mean(dim=1)
                else:
                    shares.append((tokens, own))
        return cls(mask, targets, strength, starts, _laid(shares, layout.tokens, width))

    @classmethod
    def stacked(cls, insertions: Sequence["Insertions"]) -> "Insertions":
        """One batch out of several."""
        return cls(
            torch.cat([each.mask for each in insertions]),
            torch.cat([each.targets for each in insertions], dim=1),
            torch.cat([each.strength for each in insertions]),
            torch.cat([each.starts for each in insertions]),
            _stacked([each.share for each in insertions], [each.targets for each in insertions]),
        )

    def without(self, tokens: Bool[Tensor, "batch token"]) -> "Insertions":
        """The same, leaving these tokens to someone else."""
        return replace(self, mask=self.mask & ~tokens, starts=self.starts & ~tokens)

    def to(self, device: torch.device | str) -> "Insertions":
        """The same on another device."""
        return Insertions(
            self.mask.to(device),
            self.targets.to(device),
            self.strength.to(device),
            self.starts.to(device),
            None if self.share is None else self.share.to(device),
        )

    @property
    def clean(self) -> Float[Tensor, "batch token width"]:
        """The exemplars' own latents."""
        return self.targets[0]

    @property
    def start(self) -> Float[Tensor, "batch token width"]:
        """What the exemplars' tokens start from."""
        return self.targets[-1]


def _laid(shares: Sequence[tuple[slice, Tensor]], tokens: int, width: int) -> Tensor | None:
    """The shares of some tokens among all of one window; the others count as a whole."""
    if not shares:
        return None
    laid = torch.eye(width).repeat(1, tokens, 1, 1)
    for where, own in shares:
        laid[0, where] = own
    return laid


def _stacked(shares: Sequence[Tensor | None], targets: Sequence[Tensor]) -> Tensor | None:
    """One batch; where a window's tokens count in full and another's do not, all of each."""
    if all(share is None for share in shares):
        return None
    full = [torch.eye(each.shape[-1]).repeat(1, each.shape[-2], 1, 1) for each in targets]
    pairs = zip(shares, full, strict=True)
    return torch.cat([whole if share is None else share for share, whole in pairs])
