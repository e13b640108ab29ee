"""A talk of any length as windows of ten seconds.

Where the windows lie, what falls into each, and the tokens by which one hands its end to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from annotations.types import PlacedExemplar
from diffusion.latents import LatentLayout
from motion.parts import PARTS
from motion.timeline import (
    CHUNK_FRAMES,
    OVERLAP_FRAMES,
    WINDOW_CHUNKS,
    WINDOW_FRAMES,
    ChunkSpan,
    FrameSpan,
)

HOP_FRAMES = WINDOW_FRAMES - OVERLAP_FRAMES
HOP_CHUNKS = HOP_FRAMES // CHUNK_FRAMES

WindowRule = Literal["covering", "published"]
"""As many windows as cover the talk, or the published count: one more where the last hop would
lie wholly in an overlap."""


@dataclass(frozen=True)
class TalkWindow:
    """One window on the timeline of a talk."""

    index: int

    @property
    def frames(self) -> FrameSpan:
        """Its model frames, which may end behind the talk."""
        return FrameSpan(self.index * HOP_FRAMES, self.index * HOP_FRAMES + WINDOW_FRAMES)

    @property
    def chunks(self) -> ChunkSpan:
        """Its chunks, on the talk's chunk grid."""
        return ChunkSpan(self.index * HOP_CHUNKS, self.index * HOP_CHUNKS + WINDOW_CHUNKS)

    @property
    def seeded(self) -> bool:
        """Whether its first chunk is the last one of a window before it."""
        return self.index > 0

    @property
    def own_chunks(self) -> ChunkSpan:
        """Its chunks without the one that the window before it owns."""
        return ChunkSpan(self.chunks.start + self.seeded, self.chunks.stop)


@dataclass(frozen=True)
class WindowExemplar:
    """The piece of a placed exemplar that lies in one window."""

    placed: PlacedExemplar
    target: ChunkSpan
    """Chunks of the window."""
    source: ChunkSpan
    """Chunks of the exemplar's clip."""


def plan_windows(frames: int, rule: WindowRule = "covering") -> tuple[TalkWindow, ...]:
    """The windows of a talk of that many model frames; the last one may need padding."""
    if frames < 1:
        raise ValueError(f"a talk needs at least one frame, found {frames}")
    shared = OVERLAP_FRAMES if rule == "covering" else 0
    count = max(1, -(-(frames - shared) // HOP_FRAMES))
    return tuple(TalkWindow(index) for index in range(count))


def exemplars_in(
    placed: Sequence[PlacedExemplar], window: TalkWindow
) -> tuple[WindowExemplar, ...]:
    """What falls into a window, cut at its borders.

    The first chunk of a later window belongs to the window before it, where an exemplar on that
    chunk has been inserted already.
    """
    inside = []
    for each in placed:
        target = each.target.clipped(window.own_chunks.start, window.own_chunks.stop)
        if len(target):
            source = ChunkSpan(*_moved(target, each.source.start - each.target.start))
            inside.append(
                WindowExemplar(each, ChunkSpan(*_moved(target, -window.chunks.start)), source)
            )
    return tuple(inside)


def _moved(span: ChunkSpan, offset: int) -> tuple[int, int]:
    return span.start + offset, span.stop + offset


@dataclass(frozen=True, eq=False)
class SeedTokens:
    """Clean tokens that a window takes over from its neighbours."""

    mask: Bool[Tensor, "batch token"]
    latents: Float[Tensor, "batch token width"]
    """Zero where the mask is false."""

    @classmethod
    def following(
        cls, previous: Float[Tensor, "batch token width"], layout: LatentLayout
    ) -> "SeedTokens":
        """The last chunk of the windows before, as the first chunk of the windows after them."""
        mask = torch.zeros(previous.shape[:2], dtype=torch.bool, device=previous.device)
        latents = torch.zeros_like(previous)
        for part in PARTS:
            first = layout.of(part, 0, 1)
            mask[:, first] = True
            latents[:, first] = previous[:, layout.of(part, layout.chunks - 1)]
        return cls(mask, latents)

    @classmethod
    def nothing(cls, like: Float[Tensor, "batch token width"]) -> "SeedTokens":
        """No tokens: for windows that follow none, in a batch with some that do."""
        mask = torch.zeros(like.shape[:2], dtype=torch.bool, device=like.device)
        return cls(mask, torch.zeros_like(like))

    @classmethod
    def stacked(cls, seeds: Sequence["SeedTokens"]) -> "SeedTokens":
        """One batch out of several."""
        return cls(
            torch.cat([each.mask for each in seeds]), torch.cat([each.latents for each in seeds])
        )

    def to(self, device: torch.device | str) -> "SeedTokens":
        """The same on another device."""
        return SeedTokens(self.mask.to(device), self.latents.to(device))
