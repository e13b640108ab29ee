"""The denoiser with frozen weights: the same estimates, and nothing computed twice.

What depends on the timestep alone is a table. What depends on the weights alone is folded: the
affine part of a norm into the layer behind it, the last layer of each cross-attention into the
mixture of the three. Without conditions a cross-attention answers the same at every token, so
the unconditional estimate has none at all; with and without conditions share every layer that
both need. Separators, which no token attends to, are left out.

    gain, offset  a modulation with its norm's affine part      W_k  columns of the mixture
    O_k  last layer of the k-th cross-attention                 n(x) normalised tokens

    mix(x + O_1 s_1, x + O_2 s_2, x + O_3 s_3) = (W_1 + W_2 + W_3) x + sum_k (W_k O_k) s_k + bias
"""

from dataclasses import dataclass
from typing import Self

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from diffusion.blocks import CONDITIONS, Block, Style
from diffusion.denoiser import Denoiser, PreparedConditions
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.latents import LatentLayout

Tokens = Float[Tensor, "batch token width"]
_SUB_LAYERS = len(CONDITIONS) + 2
"""Self-attention, the cross-attentions, feed-forward: each has a gain and an offset."""
_CROSS = slice(1, 1 + len(CONDITIONS))


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
        gain = self.rows[:, None, :_SUB_LAYERS][:, :, sub_layers]
        offset = self.rows[:, None, _SUB_LAYERS:-1][:, :, sub_layers]
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
    def of(cls, denoiser: Denoiser, timesteps: tuple[int, ...]) -> Self:
        """Evaluate what depends on the timestep at each of them."""
        device = denoiser.position.device
        kept = torch.tensor(timesteps, device=device)
        active = functional.silu(denoiser.time_vectors(kept))
        rows = torch.stack([_block_rows(block, active) for block in denoiser.typed_blocks], dim=1)
        places = torch.full((max(timesteps) + 1,), len(timesteps), device=device)
        places[kept] = torch.arange(len(timesteps), device=device)
        return cls(timesteps, rows, places)

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
    silence = functional.linear(torch.cat(silent, -1), *_mixture_of_answers(block))
    return torch.stack((*gains, *offsets, silence), dim=1)


def _affine(style: Style, active: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and offset of a style: norm(h)(1 + scale) + shift = n(h) gain + offset."""
    scale, shift = style.modulation(active).chunk(2, dim=-1)
    return style.norm.weight * (1 + scale), style.norm.bias * (1 + scale) + shift


def _mixture_of_answers(block: Block) -> tuple[Tensor, Tensor]:
    """(W_1 O_1, W_2 O_2, W_3 O_3) side by side, and all of the mixture's bias."""
    columns = block.mix.weight.chunk(len(CONDITIONS), dim=1)
    outs = [block.cross(name).style.out for name in CONDITIONS]
    weight = torch.cat([w @ out.weight for w, out in zip(columns, outs, strict=True)], dim=1)
    bias = block.mix.bias + sum(w @ out.bias for w, out in zip(columns, outs, strict=True))
    return weight, bias


def _behind_norm(norm: nn.LayerNorm, layers: list[nn.Linear]) -> nn.Linear:
    """The layers side by side as one, for tokens normalised without an affine part."""
    weight = torch.cat([layer.weight for layer in layers])
    bias = torch.cat([layer.bias for layer in layers])
    return _linear(weight * norm.weight, bias + weight @ norm.bias)


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A layer of these numbers."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device="meta")
    layer.weight = nn.Parameter(weight.contiguous(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer


@dataclass(frozen=True, eq=False)
class FoldedBlock:
    """One block's weights, folded."""

    heads: int
    own: nn.Linear
    """Query, key and value of the self-attention."""
    own_out: nn.Linear
    asked: nn.Linear
    """Queries of the three cross-attentions."""
    residual: nn.Linear
    """W_1 + W_2 + W_3, without bias."""
    answered: nn.Linear
    """The cross-attentions' last layers and their mixture."""
    expand: nn.Linear
    contract: nn.Linear
    out: nn.Linear

    @classmethod
    def of(cls, block: Block) -> Self:
        """Fold a block."""
        own, forward = block.self_attention, block.feed_forward
        crosses = [block.cross(name) for name in CONDITIONS]
        asked = [_behind_norm(cross.norm, [cross.query]) for cross in crosses]
        columns = block.mix.weight.chunk(len(CONDITIONS), dim=1)
        return cls(
            heads=own.heads,
            own=_behind_norm(own.norm, [own.query, own.key, own.value]),
            own_out=own.style.out,
            asked=_linear(
                torch.cat([each.weight for each in asked]), torch.cat([each.bias for each in asked])
            ),
            residual=_linear(torch.stack(columns).sum(dim=0), None),
            answered=_linear(*_mixture_of_answers(block)),
            expand=forward.expand,
            contract=forward.contract,
            out=forward.style.out,
        )

    def with_own(self, x: Tokens, modulation: Modulation) -> Tokens:
        """Tokens after self-attention."""
        joined = self.own(functional.layer_norm(x, x.shape[-1:]))
        query, key, value = rearrange(joined, "b n (c h d) -> c b h n d", c=3, h=self.heads)
        product = key.softmax(dim=-2).transpose(-1, -2) @ value
        answer = rearrange(query.softmax(dim=-1) @ product, "b h n d -> b n 1 (h d)")
        added: Tensor = self.own_out(modulation(answer, slice(0, 1))[:, :, 0])
        return x + added

    def answers(
        self,
        x: Tokens,
        modulation: Modulation,
        products: Float[Tensor, "batch condition head channel channel"],
    ) -> Tokens:
        """What the three cross-attentions add to the mixture."""
        count = len(CONDITIONS)
        joined = self.asked(functional.layer_norm(x, x.shape[-1:]))
        query = rearrange(joined, "b n (c h d) -> b c h n d", c=count, h=self.heads)
        answer = rearrange(query.softmax(dim=-1) @ products, "b c h n d -> b n c (h d)")
        added: Tensor = self.answered(modulation(answer, _CROSS).flatten(2))
        return added

    def with_forward(self, x: Tokens, modulation: Modulation) -> Tokens:
        """Tokens after the feed-forward."""
        h = self.contract(functional.gelu(self.expand(x)))[:, :, None]
        added: Tensor = self.out(modulation(h, slice(_SUB_LAYERS - 1, _SUB_LAYERS))[:, :, 0])
        return x + added


@dataclass(frozen=True, eq=False)
class TimedDenoiser:
    """Answers as ``Denoiser.mixed`` does at the timesteps of one schedule.

    Zeros stand at separators. The weights must not change any more.
    """

    denoiser: Denoiser
    table: TimeTable
    blocks: tuple[FoldedBlock, ...]
    latent: Int[Tensor, "latent_token"]
    """Tokens that are no separators."""
    positions: Float[Tensor, "latent_token width"]

    @classmethod
    @torch.no_grad()
    def of(cls, denoiser: Denoiser, timesteps: tuple[int, ...]) -> Self:
        """Fold the weights and fill the table."""
        latent = denoiser.layout.is_latent.to(denoiser.position.device).nonzero()[:, 0]
        return cls(
            denoiser,
            TimeTable.of(denoiser, timesteps),
            tuple(FoldedBlock.of(block) for block in denoiser.typed_blocks),
            latent,
            denoiser.positions[latent] + denoiser.embed.bias,
        )

    @property
    def layout(self) -> LatentLayout:
        """The denoiser's."""
        return self.denoiser.layout

    def mixed(
        self,
        x: Tokens,
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        guidance: ClassifierFreeGuidance | None,
    ) -> Tokens:
        """Predict x_0 with classifier-free guidance; ``None`` is the conditional one alone."""
        weight = None if guidance is None else guidance.weight(timestep)
        return self.weighed(x, timestep, prepared, weight)

    @torch.no_grad()
    def weighed(
        self,
        x: Tokens,
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        weight: Float[Tensor, "batch"] | None,
    ) -> Tokens:
        """Predict x_0 with a weight of the conditional estimate for each sample."""
        modulations = self.table.at(timestep)
        h = functional.linear(x[:, self.latent], self.denoiser.embed.weight) + self.positions
        h = self.blocks[0].with_own(h, modulations[0])
        if weight is not None:
            h = torch.cat((h, h))
            modulations = tuple(Modulation(each.rows.repeat(2, 1, 1)) for each in modulations)
        for place, (block, modulation) in enumerate(zip(self.blocks, modulations, strict=True)):
            if place:
                h = block.with_own(h, modulation)
            h = _crossed(block, h, modulation, prepared.products[:, place])
            h = block.with_forward(h, modulation)
        if weight is not None:
            conditional, unconditional = h.chunk(2)
            h = torch.lerp(unconditional, conditional, weight.to(h.dtype).view(-1, 1, 1))
        x_0 = torch.zeros_like(x)
        x_0[:, self.latent] = self.denoiser.out(h)
        return x_0


def _crossed(
    block: FoldedBlock,
    x: Tokens,
    modulation: Modulation,
    products: Float[Tensor, "batch condition head channel channel"],
) -> Tokens:
    """Tokens after the mixture; behind the samples with products come those without."""
    given = len(products)
    mixed: Tensor = block.residual(x)
    mixed[:given] += block.answers(x[:given], Modulation(modulation.rows[:given]), products)
    mixed[given:] += modulation.silence[given:]
    return mixed
