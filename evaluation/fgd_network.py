"""The network whose features the Frechet gesture distance compares: published as VAESKConv.

An autoencoder of 6D rotations (EMAGE, Liu et al., CVPR 2024): the encoder convolves over edges of
the skeleton and time, halving time in every layer and merging edges in chains; the decoder, plain
convolutions, only serves training. Modules have the names of the released checkpoint.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d

from evaluation.edges import EdgeGraph
from motion.parts import PARENTS, ROTATION_6D

KERNEL, STRIDE = 4, 2
NORM_GROUPS = 10
RESIDUAL_BLOCKS = 2
_SLOPE = 0.2


@dataclass(frozen=True)
class FgdConfig:
    """Shape of the network; the defaults are those of the published one."""

    parents: tuple[int, ...] = PARENTS
    growth: tuple[int, ...] = (1, 1, 2, 1)
    """By how much each layer multiplies the channels of an edge."""

    @property
    def width(self) -> int:
        """Channels of a frame of rotations."""
        return ROTATION_6D * len(self.parents)

    @property
    def stride(self) -> int:
        """Frames that one feature stands for."""
        stride: int = STRIDE ** len(self.growth)
        return stride


class EdgeConv(nn.Module):
    """A convolution over time in which an edge sees only its neighbours."""

    mask: Tensor

    def __init__(
        self, graph: EdgeGraph, inside: int, outside: int, kernel: int, padding: int
    ) -> None:
        """Channels per edge ``inside`` and ``outside``."""
        super().__init__()
        self.padding = padding
        mask = torch.zeros(len(graph), outside, len(graph), inside, kernel)
        for edge, neighbours in enumerate(graph.neighbours()):
            mask[edge, :, list(neighbours)] = 1.0
        mask = rearrange(mask, "a out b into k -> (a out) (b into) k")
        bound = mask.sum(dim=(1, 2)).rsqrt()
        self.register_buffer("mask", mask)
        self.weight = nn.Parameter((2 * torch.rand_like(mask) - 1) * bound[:, None, None] * mask)
        self.bias = nn.Parameter((2 * torch.rand_like(bound) - 1) * bound)

    def forward(
        self, x: Float[Tensor, "batch channel frame"]
    ) -> Float[Tensor, "batch channel_out half"]:
        """Half as many frames."""
        weight = self.weight * self.mask
        return conv1d(x, weight, self.bias, stride=STRIDE, padding=self.padding)


class EdgePool(nn.Module):
    """The mean over each group of edges."""

    weight: Tensor

    def __init__(self, graph: EdgeGraph, channels: int, last: bool) -> None:
        """Every edge has ``channels``; ``last`` merges whole chains."""
        super().__init__()
        groups = graph.pools(last)
        share = torch.zeros(len(groups), len(graph))
        for place, group in enumerate(groups):
            share[place, list(group)] = 1.0 / len(group)
        self.register_buffer("weight", torch.kron(share, torch.eye(channels)))

    def forward(
        self, x: Float[Tensor, "batch channel frame"]
    ) -> Float[Tensor, "batch pooled frame"]:
        """Fewer edges."""
        return self.weight @ x


class EdgeResidual(nn.Module):
    """Normalised convolution plus shortcut, merged, through tanh."""

    def __init__(self, graph: EdgeGraph, inside: int, outside: int, last: bool) -> None:
        """Channels per edge ``inside`` and ``outside``."""
        super().__init__()
        self.residual = nn.Sequential(
            EdgeConv(graph, inside, outside, KERNEL, padding=(KERNEL - 1) // 2),
            nn.GroupNorm(NORM_GROUPS, outside * len(graph)),
        )
        self.shortcut = EdgeConv(graph, inside, outside, kernel=1, padding=0)
        merges = len(graph.pools(last)) < len(graph)
        pool = [EdgePool(graph, outside, last)] if merges else []
        self.common = nn.Sequential(*pool, nn.Tanh())

    def forward(self, x: Float[Tensor, "batch channel frame"]) -> Float[Tensor, "batch out half"]:
        """Half as many frames, perhaps fewer edges."""
        merged: Tensor = self.common(self.residual(x) + self.shortcut(x))
        return merged


class EdgeEncoder(nn.Module):
    """Rotations to features."""

    def __init__(self, config: FgdConfig) -> None:
        """One residual layer for each factor of growth."""
        super().__init__()
        self.layers = nn.ModuleList()
        graph, channels = EdgeGraph.of_skeleton(config.parents), ROTATION_6D
        for place, factor in enumerate(config.growth):
            last = place == len(config.growth) - 1
            layer = EdgeResidual(graph, channels, channels * factor, last)
            self.layers.append(nn.Sequential(layer))
            channels *= factor
            self.features = channels * len(graph.pools(last))
            graph = graph.pooled()

    def forward(
        self, rotations: Float[Tensor, "batch frame width"]
    ) -> Float[Tensor, "batch step feature"]:
        """One feature for every ``config.stride`` frames."""
        x = rearrange(rotations, "batch frame width -> batch width frame")
        for layer in self.layers:
            x = layer(x)
        return rearrange(x, "batch feature step -> batch step feature")


class ResidualBlock(nn.Module):
    """Two convolutions over time beside the identity."""

    def __init__(self, channels: int) -> None:
        """Keep ``channels``."""
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv1d(channels, channels, 3, padding=1),
        )

    def forward(
        self, x: Float[Tensor, "batch channel step"]
    ) -> Float[Tensor, "batch channel step"]:
        """Same shape."""
        moved: Tensor = x + self.model(x)
        return moved


class Decoder(nn.Module):
    """Features back to rotations."""

    def __init__(self, features: int, width: int, doublings: int) -> None:
        """Double time ``doublings`` times; the last doubling widens to ``width``."""
        super().__init__()
        layers: list[nn.Module] = [ResidualBlock(features) for _ in range(RESIDUAL_BLOCKS)]
        for place in range(doublings):
            outside = width if place == doublings - 1 else features
            layers += [
                nn.Upsample(scale_factor=2, mode="nearest"),
                nn.Conv1d(features, outside, 3, padding=1),
                nn.LeakyReLU(_SLOPE),
            ]
        self.main = nn.Sequential(*layers, nn.Conv1d(width, width, 3, padding=1))

    def forward(
        self, features: Float[Tensor, "batch step feature"]
    ) -> Float[Tensor, "batch frame width"]:
        """Rotations, not made orthonormal."""
        x: Tensor = self.main(rearrange(features, "batch step feature -> batch feature step"))
        return rearrange(x, "batch width frame -> batch frame width")


class FgdNetwork(nn.Module):
    """The autoencoder."""

    def __init__(self, config: FgdConfig | None = None) -> None:
        """Random weights; `evaluation.fgd_weights` loads trained ones."""
        super().__init__()
        self.config = config or FgdConfig()
        self.encoder = EdgeEncoder(self.config)
        self.decoder = Decoder(self.encoder.features, self.config.width, len(self.config.growth))

    def forward(
        self, rotations: Float[Tensor, "batch frame width"]
    ) -> Float[Tensor, "batch frame width"]:
        """Rotations after the bottleneck; frames must be a multiple of ``config.stride``."""
        rebuilt: Tensor = self.decoder(self.encoder(rotations))
        return rebuilt
