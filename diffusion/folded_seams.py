"""Seam correction of latents with frozen weights: the same tokens, without decoding a frame.

The correction is linear in the features, and these, as far as the linear path tells, in the
latents. A border needs four frames of its two chunks only, and moves them by one vector.

    z  latents of a chunk     half  half the jump at a border, in features
    P  latents to their share in half, as the chunk before and the one behind
    T  half to what it adds to the latents before and behind
"""

from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from diffusion.codec import Codec, PartCodec
from diffusion.latents import LatentLayout
from diffusion.seams import HALF_JUMP, REACH_FRAMES, fading
from motion.parts import PARTS

Tokens = Float[Tensor, "batch token width"]
_BY_PART = "bpcx,pxy->bpcy"


@dataclass(frozen=True, eq=False)
class FoldedSeams:
    """Answers as ``Codec.joined`` does, all parts at once; the weights must not change any more."""

    layout: LatentLayout
    shares: Float[Tensor, "part latent two_widths"]
    """P; parts narrower than the widest have zeros at the end of either half."""
    offset: Float[Tensor, "part 1 width"]
    moves: Float[Tensor, "part width two_latents"]
    """T."""

    @classmethod
    @torch.no_grad()
    def of(cls, codec: Codec) -> Self:
        """Fold the linear paths; a part without one is never moved."""
        parts = [codec.part(part) for part in PARTS]
        widest = max(part.vae.config.width for part in parts)
        folded = [_folded(part, widest) for part in parts]
        return cls(codec.layout, *(torch.stack(each) for each in zip(*folded, strict=True)))

    @torch.no_grad()
    def __call__(self, tokens: Tokens) -> Tokens:
        """Tokens whose chunks fit their neighbours; zeros at separators."""
        chunks = self.layout.chunks
        # with one more at the end, every part has a separator
        parted = functional.pad(tokens, (0, 0, 0, 1)).unflatten(1, (len(PARTS), chunks + 1))
        parted[:, :, -1] = 0.0
        z = parted[:, :, :-1]
        before, behind = torch.einsum(_BY_PART, z, self.shares).chunk(2, dim=-1)
        half = before[:, :, :-1] + behind[:, :, 1:] + self.offset
        moved_before, moved_behind = torch.einsum(_BY_PART, half, self.moves).chunk(2, dim=-1)
        z[:, :, :-1] += moved_before
        z[:, :, 1:] += moved_behind
        joined: Tensor = parted.flatten(1, 2)[:, : self.layout.tokens]
        return joined


def _folded(codec: PartCodec, widest: int) -> tuple[Tensor, Tensor, Tensor]:
    """P, offset and T of one part."""
    width, latent = codec.vae.config.width, codec.vae.config.latent_dim
    device = codec.feature_mean.device
    linear = codec.vae.linear
    if linear is None:
        return (
            torch.zeros(latent, 2 * widest, device=device),
            torch.zeros(1, widest, device=device),
            torch.zeros(widest, 2 * latent, device=device),
        )
    frames = linear.to_chunk.weight.unflatten(0, (-1, width))
    half = frames.new_tensor(HALF_JUMP)
    before = torch.einsum("f,fwd->dw", half[:2], frames[-2:])
    behind = torch.einsum("f,fwd->dw", half[2:], frames[:2])
    mean, std = (each.to(frames).expand(latent) for each in (codec.latent_mean, codec.latent_std))
    offset = mean @ (before + behind)
    taken = linear.to_latent.weight.unflatten(1, (-1, width))
    fade = fading(taken)
    moves_before = torch.einsum("f,dfw->wd", fade.flip(0), taken[:, -REACH_FRAMES:])
    moves_behind = torch.einsum("f,dfw->wd", -fade, taken[:, :REACH_FRAMES])
    room = (0, widest - width)
    shares = [functional.pad(each * std[:, None], room) for each in (before, behind)]
    moves = torch.cat((moves_before / std, moves_behind / std), dim=1)
    return (
        torch.cat(shares, dim=1),
        functional.pad(offset[None], room),
        functional.pad(moves, (0, 0, *room)),
    )
