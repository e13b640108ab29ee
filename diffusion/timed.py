"""The denoiser with frozen weights: the same estimates, and nothing computed twice.

What depends on the timestep alone is a table. What depends on the weights alone is folded: the
affine part of a norm into the layer behind it, the last layer of each cross-attention into the
mixture of the three. Without conditions a cross-attention answers the same at every token, so
the unconditional estimate has none at all; with and without conditions share every layer that
both need. Separators, which no token attends to, are left out. Matrices and what goes into them
may be in half precision; the sum that runs through the blocks, guidance and the last layer are not.

    gain, offset  a modulation with its norm's affine part      W_k  columns of the mixture
    O_k  last layer of the k-th cross-attention                 n(x) normalised tokens

    mix(x + O_1 s_1, x + O_2 s_2, x + O_3 s_3) = (W_1 + W_2 + W_3) x + sum_k (W_k O_k) s_k + bias
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol, Self, assert_never

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from diffusion.blocks import CONDITIONS, Block
from diffusion.config import Precision
from diffusion.denoiser import Denoiser, PreparedConditions
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.latents import LatentLayout
from diffusion.time_table import SUB_LAYERS, Modulation, TimeTable, mixture_of_answers

Tokens = Float[Tensor, "batch token width"]
_CROSS = slice(1, 1 + len(CONDITIONS))


class Estimating(Protocol):
    """What samples: the timed denoiser, or something that answers in its place."""

    def weighed(
        self,
        x: Tokens,
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        weight: Float[Tensor, "batch"] | None,
    ) -> Tokens:
        """Predict x_0 with a weight of the conditional estimate for each sample."""


def _behind_norm(norm: nn.LayerNorm, layers: list[nn.Linear]) -> nn.Linear:
    """The layers side by side as one, for tokens normalised without an affine part."""
    weight = torch.cat([layer.weight for layer in layers])
    bias = torch.cat([layer.bias for layer in layers])
    return _linear(weight * norm.weight, bias + weight @ norm.bias)


def _cast(layer: nn.Linear, dtype: torch.dtype) -> nn.Linear:
    """A layer of the same numbers; the given one stays as it is."""
    return _linear(layer.weight.to(dtype), None if layer.bias is None else layer.bias.to(dtype))


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
            answered=_linear(*mixture_of_answers(block)),
            expand=forward.expand,
            contract=forward.contract,
            out=forward.style.out,
        )

    def to(self, dtype: torch.dtype) -> "FoldedBlock":
        """The same in another precision."""
        return FoldedBlock(
            self.heads,
            _cast(self.own, dtype),
            _cast(self.own_out, dtype),
            _cast(self.asked, dtype),
            _cast(self.residual, dtype),
            _cast(self.answered, dtype),
            _cast(self.expand, dtype),
            _cast(self.contract, dtype),
            _cast(self.out, dtype),
        )

    def with_own(self, x: Tokens, modulation: Modulation) -> Tokens:
        """Tokens after self-attention."""
        joined = self.own(_normal(x, self.own)).unflatten(2, (3, self.heads, -1))
        query, key, value = joined.permute(2, 0, 3, 1, 4)
        product = key.softmax(dim=-2).transpose(-1, -2) @ value
        answer = (query.softmax(dim=-1) @ product).transpose(1, 2).flatten(2)[:, :, None]
        added: Tensor = self.own_out(modulation(answer, slice(0, 1))[:, :, 0])
        return x + added

    def answers(
        self,
        x: Tokens,
        modulation: Modulation,
        products: Float[Tensor, "batch condition head channel channel"],
    ) -> Tokens:
        """What the three cross-attentions add to the mixture."""
        joined = self.asked(_normal(x, self.asked))
        query = joined.unflatten(2, (len(CONDITIONS), self.heads, -1)).permute(0, 2, 3, 1, 4)
        answer = (query.softmax(dim=-1) @ products).permute(0, 3, 1, 2, 4).flatten(3)
        added: Tensor = self.answered(modulation(answer, _CROSS).flatten(2))
        return added

    def with_forward(self, x: Tokens, modulation: Modulation) -> Tokens:
        """Tokens after the feed-forward."""
        wide = self.expand(x.to(self.expand.weight.dtype))
        h = self.contract(functional.gelu(wide))[:, :, None]
        added: Tensor = self.out(modulation(h, slice(SUB_LAYERS - 1, SUB_LAYERS))[:, :, 0])
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
    def of(
        cls,
        denoiser: Denoiser,
        timesteps: tuple[int, ...],
        dtype: torch.dtype = torch.float32,
    ) -> Self:
        """Fold the weights and fill the table; ``dtype`` is that of the matrices."""
        latent = denoiser.layout.is_latent.to(denoiser.position.device).nonzero()[:, 0]
        return cls(
            denoiser,
            TimeTable.of(denoiser, timesteps, dtype),
            tuple(FoldedBlock.of(block).to(dtype) for block in denoiser.typed_blocks),
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
        products = prepared.products.to(self.table.rows.dtype)
        local = None if prepared.local is None else prepared.local[:, :, self.latent]
        for place, (block, modulation) in enumerate(zip(self.blocks, modulations, strict=True)):
            if place:
                h = block.with_own(h, modulation)
            if local is not None:
                h[: len(local)] += local[:, place]
            h = _crossed(block, h, modulation, products[:, place])
            h = block.with_forward(h, modulation)
        if weight is not None:
            conditional, unconditional = h.chunk(2)
            h = torch.lerp(unconditional, conditional, weight.to(h.dtype).view(-1, 1, 1))
        x_0 = torch.zeros_like(x)
        x_0[:, self.latent] = self.denoiser.out(h)
        return x_0


def _normal(x: Tokens, layer: nn.Linear) -> Tokens:
    """Normalised tokens in the precision of the layer behind."""
    return functional.layer_norm(x, x.shape[-1:]).to(layer.weight.dtype)


def _crossed(
    block: FoldedBlock,
    x: Tokens,
    modulation: Modulation,
    products: Float[Tensor, "batch condition head channel channel"],
) -> Tokens:
    """Tokens after the mixture; behind the samples with products come those without."""
    given = len(products)
    mixed: Tensor = block.residual(x.to(products.dtype)).to(x.dtype)
    mixed[:given] += block.answers(x[:given], Modulation(modulation.rows[:given]), products)
    mixed[given:] += modulation.silence[given:]
    return mixed


def dtype_of(precision: Precision, device: torch.device) -> torch.dtype:
    """What a precision means on a device."""
    match precision:
        case "auto":
            fast = device.type == "cuda" or _multiplies_bfloat16()
            return torch.bfloat16 if fast else torch.float32
        case "float32":
            return torch.float32
        case "bfloat16":
            return torch.bfloat16
        case _:
            assert_never(precision)


@cache
def _multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it, and a row is multiplied alike in any company.

    Without the first it takes three times as long as single precision; without the second a window
    would depend on its batch by more than single precision's rounding. The tiles of AMX are such a
    case: what is left of a tile is multiplied in another order.
    """
    found = torch.cpu.get_capabilities()
    if not found.get("avx512_bf16", False) or found.get("amx_bf16", False):
        return False
    rows, width, wide = 640, 192, 576
    x = torch.linspace(-99.0, 99.0, rows * width).sin().view(rows, width).bfloat16()
    weight = torch.linspace(-77.0, 77.0, wide * width).cos().view(wide, width).bfloat16()
    together = functional.linear(x, weight)
    return all(
        torch.equal(functional.linear(x[:few], weight), together[:few])
        for few in (39, 40, 78, 117, 320)
    )
