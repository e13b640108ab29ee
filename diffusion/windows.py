"""A talk of any length as windows of ten seconds.

Where the windows lie, what falls into each, and the tokens by which one hands its end to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

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

WindowOrder = Literal["two_rounds", "sequential"]
"""Even windows together, then odd ones between two known neighbours; or, as published, each one
behind the one before."""


@dataclass(frozen=True)
class TalkWindow:
    """One window on the timeline of a talk."""

    index: int
    after: tuple[int, ...] = ()
    """Neighbours that are sampled first, whose chunks it takes over where they share one."""

    @property
    def frames(self) -> FrameSpan:
        """Its model frames, which may end behind the talk."""
        return FrameSpan(self.index * HOP_FRAMES, self.index * HOP_FRAMES + WINDOW_FRAMES)

    @property
    def chunks(self) -> ChunkSpan:
        """Its chunks, on the talk's chunk grid."""
        return ChunkSpan(self.index * HOP_CHUNKS, self.index * HOP_CHUNKS + WINDOW_CHUNKS)

    @property
    def own_chunks(self) -> ChunkSpan:
        """Its chunks without those that it takes over from neighbours."""
        first, last = self.index - 1 in self.after, self.index + 1 in self.after
        return ChunkSpan(self.chunks.start + first, self.chunks.stop - last)


@dataclass(frozen=True)
class WindowExemplar:
    """The piece of a placed exemplar that lies in one window."""

    placed: PlacedExemplar
    target: ChunkSpan
    """Chunks of the window."""
    source: ChunkSpan
    """Chunks of the exemplar's clip."""
    start_frame: int = 0
    """Of the talk, where ``target`` begins."""

    def weights(self) -> Float[Tensor, "chunk frame"] | None:
        """How much each frame of ``target`` counts, falling to 0 on half a cosine.

        ``None`` where every frame counts in full.
        """
        held = self.placed.held
        if held is None:
            return None
        frames = self.start_frame + torch.arange(CHUNK_FRAMES * len(self.target))
        outside = torch.maximum(held.frames.start - frames, frames - (held.frames.stop - 1))
        way = (outside / (held.fade_frames + 1)).clamp(0.0, 1.0)
        return (0.5 + 0.5 * torch.cos(torch.pi * way)).reshape(-1, CHUNK_FRAMES)


def plan_windows(
    frames: int, rule: WindowRule = "covering", order: WindowOrder = "two_rounds"
) -> tuple[TalkWindow, ...]:
    """The windows of a talk of that many model frames; the last one may need padding."""
    if frames < 1:
        raise ValueError(f"a talk needs at least one frame, found {frames}")
    shared = OVERLAP_FRAMES if rule == "covering" else 0
    count = max(1, -(-(frames - shared) // HOP_FRAMES))
    return tuple(TalkWindow(index, _sampled_before(index, count, order)) for index in range(count))


def _sampled_before(index: int, count: int, order: WindowOrder) -> tuple[int, ...]:
    """Neighbours of a window that come before it."""
    match order:
        case "sequential":
            return (index - 1,) if index else ()
        case "two_rounds" if index % 2 == 0:
            return ()
        case "two_rounds":
            return tuple(each for each in (index - 1, index + 1) if each < count)
        case _:
            assert_never(order)


def exemplars_in(
    placed: Sequence[PlacedExemplar], window: TalkWindow
) -> tuple[WindowExemplar, ...]:
    """What falls into a window, cut at its borders.

    A chunk that two windows share belongs to the one that is sampled first, where an exemplar on
    that chunk has been inserted already.
    """
    inside = []
    for each in placed:
        target = each.target.clipped(window.own_chunks.start, window.own_chunks.stop)
        if len(target):
            source = ChunkSpan(*_moved(target, each.source.start - each.target.start))
            inside.append(
                WindowExemplar(
                    each,
                    ChunkSpan(*_moved(target, -window.chunks.start)),
                    source,
                    target.frames.start,
                )
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
        seed = cls.nothing(previous)
        for part in PARTS:
            seed._hold(layout.of(part, 0, 1), previous[:, layout.of(part, layout.chunks - 1)])
        return seed

    @classmethod
    def between(
        cls,
        previous: Float[Tensor, "batch token width"],
        following: Float[Tensor, "batch token width"],
        layout: LatentLayout,
    ) -> "SeedTokens":
        """For windows whose neighbours on both sides are known: their first and last chunk."""
        seed = cls.following(previous, layout)
        for part in PARTS:
            seed._hold(layout.of(part, layout.chunks - 1), following[:, layout.of(part, 0, 1)])
        return seed

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

    def _hold(self, tokens: slice, latents: Float[Tensor, "batch held width"]) -> None:
        """Put latents at some tokens, while the record is being made."""
        self.mask[:, tokens] = True
        self.latents[:, tokens] = latents

    def to(self, device: torch.device | str) -> "SeedTokens":
        """The same on another device."""
        return SeedTokens(self.mask.to(device), self.latents.to(device))
