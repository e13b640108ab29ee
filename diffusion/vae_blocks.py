"""Transformer blocks of the part VAEs: attention, pre- or post-norm blocks, stacks with long skips.

The skip-connected stack follows MLD (Chen et al., CVPR 2023), after U-ViT (Bao et al., CVPR 2023);
the position term inside self-attention follows DETR (Carion et al., ECCV 2020).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, relu, scaled_dot_product_attention

Activation = Literal["gelu", "relu"]


@dataclass(frozen=True)
class BlockShape:
    """Sizes and choices that all blocks of one stack share."""

    width: int
    heads: int
    ff_size: int
    dropout: float
    activation: Activation
    norm_first: bool

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not divisible by {self.heads} heads")


class Attention(nn.Module):
    """Multi-head softmax attention."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.dropout = shape.dropout
        self.projection = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def within(
        self,
        x: Float[Tensor, "batch step width"],
        position: Float[Tensor, "batch step width"] | None,
    ) -> Float[Tensor, "batch step width"]:
        """Self-attention; ``position`` is added to queries and keys, not to values."""
        if position is None:
            return self._attend(*self.projection(x).chunk(3, dim=-1))
        weight, bias = self.projection.weight, self.projection.bias
        cut = 2 * x.shape[-1]
        query, key = linear(x + position, weight[:cut], bias[:cut]).chunk(2, dim=-1)
        return self._attend(query, key, linear(x, weight[cut:], bias[cut:]))

    def across(
        self, x: Float[Tensor, "batch step width"], memory: Float[Tensor, "batch place width"]
    ) -> Float[Tensor, "batch step width"]:
        """Cross-attention from ``x`` to ``memory``."""
        weight, bias = self.projection.weight, self.projection.bias
        cut = x.shape[-1]
        key, value = linear(memory, weight[cut:], bias[cut:]).chunk(2, dim=-1)
        return self._attend(linear(x, weight[:cut], bias[:cut]), key, value)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        split = "batch step (head channel) -> batch head step channel"
        mixed = scaled_dot_product_attention(
            rearrange(query, split, head=self.heads),
            rearrange(key, split, head=self.heads),
            rearrange(value, split, head=self.heads),
            dropout_p=self.dropout if self.training else 0.0,
        )
        merged = rearrange(mixed, "batch head step channel -> batch step (head channel)")
        out: Tensor = self.out(merged)
        return out


class FeedForward(nn.Module):
    """Two linear layers around an activation."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__()
        self.widen = nn.Linear(shape.width, shape.ff_size)
        self.narrow = nn.Linear(shape.ff_size, shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        self.activation: Activation = shape.activation

    def forward(self, x: Float[Tensor, "batch step width"]) -> Float[Tensor, "batch step width"]:
        narrow: Tensor = self.narrow(self.dropout(self._activated(self.widen(x))))
        return narrow

    def _activated(self, x: Tensor) -> Tensor:
        match self.activation:
            case "gelu":
                return gelu(x)
            case "relu":
                return relu(x)
            case _:
                assert_never(self.activation)


class _Block(nn.Module):
    """Sub-layers with a residual and a layer norm each, before (``norm_first``) or after."""

    def __init__(self, shape: BlockShape, sublayers: int) -> None:
        super().__init__()
        self.norm_first = shape.norm_first
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(sublayers))
        self.dropout = nn.Dropout(shape.dropout)

    def residual(self, x: Tensor, place: int, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        """``x`` plus what the sub-layer makes of it, under norm number ``place``."""
        norm = self.norms[place]
        if self.norm_first:
            added: Tensor = x + self.dropout(sublayer(norm(x)))
            return added
        normed: Tensor = norm(x + self.dropout(sublayer(x)))
        return normed


class SelfBlock(_Block):
    """Self-attention with an optional position term, then the feed-forward layer."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__(shape, sublayers=2)
        self.self_attention = Attention(shape)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, position: Tensor | None) -> Tensor:
        x = self.residual(x, 0, lambda y: self.self_attention.within(y, position))
        return self.residual(x, 1, self.feed_forward)


class CrossBlock(_Block):
    """Self-attention, attention to a memory, then the feed-forward layer."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__(shape, sublayers=3)
        self.self_attention = Attention(shape)
        self.cross_attention = Attention(shape)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = self.residual(x, 0, lambda y: self.self_attention.within(y, None))
        x = self.residual(x, 1, lambda y: self.cross_attention.across(y, memory))
        return self.residual(x, 2, self.feed_forward)


class SkipStack(nn.Module):
    """Blocks in a U: n enter, one is in the middle, n leave, each fed by its opposite too."""

    def __init__(
        self, shape: BlockShape, layers: int, block: type[SelfBlock] | type[CrossBlock]
    ) -> None:
        """An even number of ``layers`` is rounded up to the next odd one."""
        super().__init__()
        depth = layers // 2
        self.entering = nn.ModuleList(block(shape) for _ in range(depth))
        self.middle = block(shape)
        self.joins = nn.ModuleList(nn.Linear(2 * shape.width, shape.width) for _ in range(depth))
        self.leaving = nn.ModuleList(block(shape) for _ in range(depth))
        self.norm = nn.LayerNorm(shape.width)

    def forward(
        self,
        x: Float[Tensor, "batch step width"],
        context: Float[Tensor, "batch place width"] | None,
    ) -> Float[Tensor, "batch step width"]:
        """Run the stack; ``context`` is a ``SelfBlock``'s position, a ``CrossBlock``'s memory."""
        skips: list[Tensor] = []
        for block in self.entering:
            x = block(x, context)
            skips.append(x)
        x = self.middle(x, context)
        for join, block in zip(self.joins, self.leaving, strict=True):
            x = block(join(torch.cat((x, skips.pop()), dim=-1)), context)
        normed: Tensor = self.norm(x)
        return normed
