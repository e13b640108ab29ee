"""The token layout: where each part's latents lie in the sequence that the denoiser sees."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES, WINDOW_CHUNKS


@dataclass(frozen=True)
class LatentLayout:
    """Parts laid end to end along time, one separator token between neighbours."""

    chunks: int = WINDOW_CHUNKS

    def __post_init__(self) -> None:
        if self.chunks < 1:
            raise ValueError(f"a layout needs at least one chunk, found {self.chunks}")

    @property
    def tokens(self) -> int:
        """Length of the sequence."""
        return len(PARTS) * self.chunks + len(PARTS) - 1

    @property
    def separators(self) -> tuple[int, ...]:
        """Tokens that belong to no part: zero, and masked out."""
        return tuple((self.chunks + 1) * place - 1 for place in range(1, len(PARTS)))

    def of(self, part: Part, start: int = 0, stop: int | None = None) -> slice:
        """Tokens of ``part`` from chunk ``start`` up to, not including, chunk ``stop``."""
        stop = self.chunks if stop is None else stop
        if not 0 <= start <= stop <= self.chunks:
            raise ValueError(f"chunks {start}:{stop} are outside 0:{self.chunks}")
        offset = PARTS.index(part) * (self.chunks + 1)
        return slice(offset + start, offset + stop)

    @property
    def is_latent(self) -> Bool[Tensor, "token"]:
        """True at tokens of a part, False at separators."""
        mask = torch.ones(self.tokens, dtype=torch.bool)
        mask[list(self.separators)] = False
        return mask

    def joined(
        self, latents: Mapping[Part, Float[Tensor, "*batch chunk width"]]
    ) -> Float[Tensor, "*batch token width"]:
        """The sequence of all parts' latents, zeros between them."""
        absent = [part.value for part in PARTS if part not in latents]
        if absent:
            raise ValueError(f"latents of {', '.join(absent)} are missing; give all of {PARTS}")
        first = latents[PARTS[0]]
        tokens = first.new_zeros(*first.shape[:-2], self.tokens, first.shape[-1])
        for part in PARTS:
            found = latents[part]
            if found.shape != first.shape or found.shape[-2] != self.chunks:
                raise ValueError(
                    f"latents of {part} have shape {tuple(found.shape)}; expected "
                    f"{(*first.shape[:-2], self.chunks, first.shape[-1])} like the other parts"
                )
            tokens[..., self.of(part), :] = found
        return tokens

    def parted(
        self, tokens: Float[Tensor, "*batch token width"]
    ) -> dict[Part, Float[Tensor, "*batch chunk width"]]:
        """Each part's latents; separators are left out."""
        self._check_length(tokens.shape[-2])
        return {part: tokens[..., self.of(part), :] for part in PARTS}

    def mask_of_frames(
        self, frame_mask: Bool[Tensor, "*batch frame"]
    ) -> Bool[Tensor, "*batch token"]:
        """Which tokens stand for motion: a chunk counts when its first frame does."""
        chunk_mask = frame_mask[..., ::CHUNK_FRAMES]
        if chunk_mask.shape[-1] != self.chunks:
            frames = self.chunks * CHUNK_FRAMES
            raise ValueError(f"frame mask covers {frame_mask.shape[-1]} frames; expected {frames}")
        mask = torch.zeros(
            *chunk_mask.shape[:-1], self.tokens, dtype=torch.bool, device=frame_mask.device
        )
        for part in PARTS:
            mask[..., self.of(part)] = chunk_mask
        return mask

    def _check_length(self, found: int) -> None:
        if found != self.tokens:
            raise ValueError(
                f"{found} tokens do not fit {self.chunks} chunks a part; expected {self.tokens}"
            )
