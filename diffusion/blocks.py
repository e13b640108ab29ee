"""The layers of the denoiser: linear-cost attention and time-conditioned modulation.

Attention follows Shen et al., "Efficient attention" (WACV 2021): queries are normalised over
channels, keys over time, so that keys and values first meet in one small matrix a head. The
modulation is that of MotionDiffuse (Zhang et al., 2022).

    x  tokens              e  time embedding      q, k, v  queries, keys, values
    product  softmax(k)^T v, one square matrix a head
"""

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

CONDITIONS = ("text", "audio", "speaker")
"""What a block attends to beside itself, in the order in which the results are joined."""

Product = Float[Tensor, "*batch head channel channel"]
Tokens = Float[Tensor, "batch token width"]


def key_value_product(
    key: Tokens, value: Tokens, heads: int, valid: Bool[Tensor, "batch token"] | None = None
) -> Product:
    """Gather the sequence into one matrix a head; tokens that are not ``valid`` take no part."""
    key = rearrange(key, "b n (h d) -> b h n d", h=heads)
    value = rearrange(value, "b n (h d) -> b h n d", h=heads)
    if valid is not None:
        key = key.masked_fill(~valid[:, None, :, None], torch.finfo(key.dtype).min)
    return key.softmax(dim=2).transpose(2, 3) @ value


def attend(query: Tokens, product: Product) -> Tokens:
    """Read each token's answer from the gathered matrices."""
    heads = product.shape[-3]
    query = rearrange(query, "b n (h d) -> b h n d", h=heads).softmax(dim=-1)
    return rearrange(query @ product, "b h n d -> b n (h d)")


class Style(nn.Module):
    """Modulate a sub-layer's result by the time embedding; its last layer starts at zero."""

    def __init__(self, width: int, time_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.modulation = nn.Linear(time_width, 2 * width)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, h: Tokens, e: Float[Tensor, "batch time"]) -> Tokens:
        """Return what is to be added to the residual stream."""
        scale, shift = self.modulation(functional.silu(e)).unsqueeze(1).chunk(2, dim=-1)
        styled: Tensor = self.out(functional.silu(self.norm(h) * (1 + scale) + shift))
        return styled


class SelfAttention(nn.Module):
    """Tokens attend to all valid tokens."""

    def __init__(self, width: int, heads: int, time_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.style = Style(width, time_width)

    def forward(
        self, x: Tokens, e: Float[Tensor, "batch time"], valid: Bool[Tensor, "batch token"]
    ) -> Tokens:
        """Return the styled answer, without the residual."""
        h = self.norm(x)
        product = key_value_product(self.key(h), self.value(h), self.heads, valid)
        styled: Tensor = self.style(attend(self.query(h), product), e)
        return styled


class CrossAttention(nn.Module):
    """Tokens attend to one condition, whose matrices are gathered beforehand."""

    def __init__(self, width: int, heads: int, time_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.condition_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.style = Style(width, time_width)

    def gather(self, condition: Float[Tensor, "batch step width"]) -> Product:
        """Return the condition's key-value matrices; they hold for every token and timestep."""
        h = self.condition_norm(condition)
        return key_value_product(self.key(h), self.value(h), self.heads)

    @property
    def silence(self) -> Product:
        """Return the matrices that a condition of zeros gathers: every row the values' bias."""
        bias = rearrange(self.value.bias, "(h d) -> h 1 d", h=self.heads)
        return bias.expand(-1, bias.shape[-1], -1)

    def forward(
        self, x: Tokens, e: Float[Tensor, "batch time"], product: Product | None
    ) -> Float[Tensor, "batch token_or_1 width"]:
        """Return the styled answer; without a condition it is one and the same for all tokens."""
        if product is None:
            answer = self.value.bias.expand(len(x), 1, -1)
        else:
            answer = attend(self.query(self.norm(x)), product)
        styled: Tensor = self.style(answer, e)
        return styled


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, inner_width: int, time_width: int) -> None:
        super().__init__()
        self.expand = nn.Linear(width, inner_width)
        self.contract = nn.Linear(inner_width, width)
        self.style = Style(width, time_width)

    def forward(self, x: Tokens, e: Float[Tensor, "batch time"]) -> Tokens:
        """Return the styled answer, without the residual."""
        styled: Tensor = self.style(self.contract(functional.gelu(self.expand(x))), e)
        return styled


class Block(nn.Module):
    """Self-attention, three cross-attentions side by side, their mixture, feed-forward."""

    def __init__(self, width: int, heads: int, inner_width: int, time_width: int) -> None:
        super().__init__()
        self.self_attention = SelfAttention(width, heads, time_width)
        self.cross_attention = nn.ModuleDict(
            {name: CrossAttention(width, heads, time_width) for name in CONDITIONS}
        )
        self.mix = nn.Linear(len(CONDITIONS) * width, width)
        self.feed_forward = FeedForward(width, inner_width, time_width)

    def gather(
        self, conditions: dict[str, Float[Tensor, "batch step width"]]
    ) -> Float[Tensor, "batch condition head channel channel"]:
        """Return the key-value matrices of all conditions."""
        return torch.stack([self.cross(name).gather(conditions[name]) for name in CONDITIONS], 1)

    @property
    def silence(self) -> Float[Tensor, "condition head channel channel"]:
        """Return the key-value matrices of no condition at all."""
        return torch.stack([self.cross(name).silence for name in CONDITIONS])

    def cross(self, condition: str) -> CrossAttention:
        """The attention to one condition."""
        attention = self.cross_attention[condition]
        assert isinstance(attention, CrossAttention)
        return attention

    def forward(
        self,
        x: Tokens,
        e: Float[Tensor, "batch time"],
        products: Float[Tensor, "batch condition head channel channel"] | None,
        valid: Bool[Tensor, "batch token"],
        local: Float[Tensor, "batch token width"] | None = None,
    ) -> Tokens:
        """Return the tokens after this block; ``products=None`` means unconditional.

        ``local`` is what the local path, where there is one, adds behind self-attention.
        """
        x = x + self.self_attention(x, e, valid)
        if local is not None:
            x = x + local
        answers = []
        for place, name in enumerate(CONDITIONS):
            product = None if products is None else products[:, place]
            answers.append(x + self.cross_attention[name](x, e, product))
        x = self.mix(torch.cat(answers, dim=-1))
        moved: Tensor = x + self.feed_forward(x, e)
        return moved
