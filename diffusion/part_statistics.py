"""Statistics of a part: what brings its features and latents near zero mean and unit variance."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

from diffusion.vae import PartVAE
from diffusion.weights import WeightsError, read_tensors
from motion.parts import PARTS, Part

STATISTICS_FILE = "statistics.safetensors"
_LEAST_STD = 1e-3
"""A latent channel that varies less carries nothing worth magnifying."""


@dataclass(frozen=True)
class PartStatistics:
    """What brings a part's features and latents near zero mean and unit variance.

    A vector has one number a channel, or a single one for all channels.
    """

    feature_mean: Float[Tensor, "channel"]
    feature_std: Float[Tensor, "channel"]
    latent_mean: Float[Tensor, "channel"]
    latent_std: Float[Tensor, "channel"]

    def __post_init__(self) -> None:
        for field in fields(self):
            found = getattr(self, field.name)
            if found.ndim != 1:
                raise ValueError(f"{field.name} must be a vector, found {tuple(found.shape)}")
            if field.name.endswith("std") and not bool((found > 0).all()):
                raise ValueError(f"{field.name} must be positive in every channel")

    @classmethod
    def identity(cls) -> Self:
        """Change nothing, as with the published weights."""
        return cls(torch.zeros(1), torch.ones(1), torch.zeros(1), torch.ones(1))

    @classmethod
    def of_features(cls, mean: Float[Tensor, "channel"], std: Float[Tensor, "channel"]) -> Self:
        """Statistics of features; latents are left as they are."""
        return replace(cls.identity(), feature_mean=mean, feature_std=std)

    def with_latents(self, latents: Float[Tensor, "*batch latent"]) -> Self:
        """The same features, and statistics of ``latents`` that bring them to unit mean square.

        A channel is divided by the root of its own deviation times the overall one: channels that
        carry more of the motion stay larger, so that the denoiser minds them more.
        """
        rows = latents.flatten(0, -2)
        own = rows.std(dim=0, correction=0).clamp(min=_LEAST_STD)
        shared = own.mean().sqrt() * own.sqrt()
        return replace(self, latent_mean=rows.mean(dim=0), latent_std=shared)

    def normalised(self, features: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        """What the VAE sees for ``features``."""
        return (features - self.feature_mean.to(features)) / self.feature_std.to(features)

    def restored(self, features: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        """The features that the VAE's output stands for."""
        return features * self.feature_std.to(features) + self.feature_mean.to(features)


def save_statistics(statistics: Mapping[Part, PartStatistics], folder: Path) -> None:
    """Write the statistics of all parts into a weights folder."""
    tensors = {
        f"{part}.{field.name}": getattr(statistics[part], field.name).cpu().contiguous()
        for part in PARTS
        for field in fields(PartStatistics)
    }
    save_file(tensors, folder / STATISTICS_FILE)


def load_statistics(folder: Path) -> dict[Part, PartStatistics]:
    """Statistics of all parts in a weights folder."""
    path = folder / STATISTICS_FILE
    found = read_tensors(path)
    names = [field.name for field in fields(PartStatistics)]
    expected = {f"{part}.{name}" for part in PARTS for name in names}
    if found.keys() != expected:
        raise WeightsError(
            f"{path} does not fit; missing tensors: {sorted(expected - found.keys())}, "
            f"unexpected tensors: {sorted(found.keys() - expected)}"
        )
    try:
        return {p: PartStatistics(*(found[f"{p}.{name}"] for name in names)) for p in PARTS}
    except ValueError as error:
        raise WeightsError(f"{path} does not fit: {error}") from error


def check_sizes(statistics: PartStatistics, vae: PartVAE) -> None:
    """Refuse statistics of other widths than the VAE's."""
    widths = {"feature": vae.config.width, "latent": vae.config.latent_dim}
    for field in fields(statistics):
        found, width = len(getattr(statistics, field.name)), widths[field.name.split("_")[0]]
        if found not in (1, width):
            raise WeightsError(f"{field.name} has {found} channels; expected {width} or 1")
