"""What the denoiser's blocks take from the timestep alone, as a table.

A norm's affine part and a modulation are one: norm(x)(1 + scale) + shift = n(x) gain + offset.
"""

from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from diffusion.blocks import CONDITIONS, Block, Style
from diffusion.denoiser import Denoiser

SUB_LAYERS = len(CONDITIONS) + 2
"""Self-attention, the cross-attentions, feed-forward: each has a gain and an offset."""


@dataclass(frozen=True, eq=False)
class Modulation:
    """What one block takes from the timesteps of a batch."""

    rows: Float[Tensor, "batch row width"]
    """Gains of all sub-layers, their offsets, and what the cross-attentions add to the mixture
    when there are no conditions."""

    @property
    def silence(self) -> Float[Tensor, "batch 1 width"]:
        """The last row."""
        return self.rows[:, -1:]

    def __call__(
        self, h: Float[Tensor, "*batch layer_width"], sub_layers: slice
    ) -> Float[Tensor, "*batch layer_width"]:
        """Normalised ``h``, modulated and passed through SiLU; one sub-layer or several at once.

        For several, ``h`` has an axis for them before the channels.
        """
        gain = self.rows[:, None, :SUB_LAYERS][:, :, sub_layers]
        offset = self.rows[:, None, SUB_LAYERS:-1][:, :, sub_layers]
        normal = functional.layer_norm(h, h.shape[-1:])
        return functional.silu(torch.addcmul(offset, normal, gain), inplace=True)


@dataclass(frozen=True, eq=False)
class TimeTable:
    """The modulations of every block at every kept timestep."""

    timesteps: tuple[int, ...]
    rows: Float[Tensor, "timestep block row width"]
    places: Int[Tensor, "training_step"]
    """Place of each training timestep among the kept ones; behind the last if it is not kept."""

    @classmethod
    def of(cls, denoiser: Denoiser, timesteps: tuple[int, ...], dtype: torch.dtype) -> Self:
        """Evaluate what depends on the timestep at each of them."""
        device = denoiser.position.device
        kept = torch.tensor(timesteps, device=device)
        active = functional.silu(denoiser.time_vectors(kept))
        rows = torch.stack([_block_rows(block, active) for block in denoiser.typed_blocks], dim=1)
        places = torch.full((max(timesteps) + 1,), len(timesteps), device=device)
        places[kept] = torch.arange(len(timesteps), device=device)
        return cls(timesteps, rows.to(dtype), places)

    def at(self, timestep: Int[Tensor, "batch"]) -> tuple[Modulation, ...]:
        """Modulations of each block, for samples at kept timesteps of their own."""
        rows = self.rows[self.places[timestep]]
        return tuple(Modulation(block) for block in rows.unbind(1))


def _block_rows(
    block: Block, active: Float[Tensor, "timestep time"]
) -> Float[Tensor, "timestep row width"]:
    """Gains, offsets and silence of one block; ``active`` is SiLU of the time embedding."""
    crosses = [block.cross(name) for name in CONDITIONS]
    styles = [block.self_attention.style, *(each.style for each in crosses)]
    styles.append(block.feed_forward.style)
    gains, offsets = zip(*(_affine(style, active) for style in styles), strict=True)
    silent = []
    for place, cross in enumerate(crosses, start=1):
        normal = functional.layer_norm(cross.value.bias, cross.value.bias.shape)
        silent.append(functional.silu(normal * gains[place] + offsets[place]))
    silence = functional.linear(torch.cat(silent, -1), *mixture_of_answers(block))
    return torch.stack((*gains, *offsets, silence), dim=1)


def _affine(style: Style, active: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and offset of a style."""
    scale, shift = style.modulation(active).chunk(2, dim=-1)
    return style.norm.weight * (1 + scale), style.norm.bias * (1 + scale) + shift


def mixture_of_answers(block: Block) -> tuple[Tensor, Tensor]:
    """(W_1 O_1, W_2 O_2, W_3 O_3) side by side, and all of the mixture's bias."""
    columns = block.mix.weight.chunk(len(CONDITIONS), dim=1)
    outs = [block.cross(name).style.out for name in CONDITIONS]
    weight = torch.cat([w @ out.weight for w, out in zip(columns, outs, strict=True)], dim=1)
    bias = block.mix.bias + sum(w @ out.bias for w, out in zip(columns, outs, strict=True))
    return weight, bias
