"""The codec: windows of motion to the token sequence of the denoiser, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Self

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from diffusion.features import (
    motion_of_features,
    padded_window,
    part_features,
    window_features,
)
from diffusion.latents import LatentLayout
from diffusion.part_statistics import (
    PartStatistics,
    check_sizes,
    load_statistics,
    save_statistics,
)
from diffusion.seams import seam_correction
from diffusion.vae import PartVAE
from diffusion.weights import WeightsError, load_strict
from motion.clip import Motion
from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES, WINDOW_FRAMES

__all__ = ["Codec", "part_features", "window_features"]


class PartCodec(nn.Module):
    """One part's VAE between its statistics."""

    feature_mean: Tensor
    feature_std: Tensor
    latent_mean: Tensor
    latent_std: Tensor

    def __init__(self, vae: PartVAE, statistics: PartStatistics) -> None:
        super().__init__()
        self.vae = vae
        check_sizes(statistics, vae)
        for field in fields(statistics):
            self.register_buffer(field.name, getattr(statistics, field.name).clone())

    @property
    def statistics(self) -> PartStatistics:
        """The statistics, on the codec's device."""
        return PartStatistics(*(self.get_buffer(field.name) for field in fields(PartStatistics)))

    def encode(
        self,
        features: Float[Tensor, "batch frame width"],
        generator: torch.Generator | None,
    ) -> Float[Tensor, "batch chunk latent"]:
        posterior = self.vae.encode((features - self.feature_mean) / self.feature_std)
        latents = posterior.mean if generator is None else posterior.sample(generator)
        normalised: Tensor = (latents - self.latent_mean) / self.latent_std
        return normalised

    def decode(
        self, latents: Float[Tensor, "batch chunk latent"]
    ) -> Float[Tensor, "batch frame width"]:
        features = self.vae.decode(latents * self.latent_std + self.latent_mean)
        restored: Tensor = features * self.feature_std + self.feature_mean
        return restored

    def joined_latents(
        self, latents: Float[Tensor, "batch chunk latent"]
    ) -> Float[Tensor, "batch chunk latent"]:
        """Latents moved so that neighbouring chunks fit, as far as the linear path tells."""
        linear = self.vae.linear
        if linear is None:
            return latents
        width = self.vae.config.width
        features = linear.decode(latents * self.latent_std + self.latent_mean, width)
        correction = rearrange(
            seam_correction(features),
            "batch (chunk frame) w -> batch chunk (frame w)",
            frame=CHUNK_FRAMES,
        )
        moved: Tensor = latents + linear.to_latent(correction) / self.latent_std
        return moved


class Codec(nn.Module):
    """Four part VAEs, their statistics and the layout of their latents.

    Latents are posterior means, so that the same motion always has the same latents; give a
    ``generator`` to draw from the posterior as the published sampling does.
    """

    def __init__(
        self,
        vaes: Mapping[Part, PartVAE],
        statistics: Mapping[Part, PartStatistics] | None = None,
    ) -> None:
        """Without ``statistics``, features and latents pass unchanged."""
        super().__init__()
        _check_parts(vaes)
        given = statistics or {}
        coded = {p: PartCodec(vaes[p], given.get(p, PartStatistics.identity())) for p in PARTS}
        self.parts = nn.ModuleDict({part.value: codec for part, codec in coded.items()})
        self.layout = LatentLayout(WINDOW_FRAMES // CHUNK_FRAMES)
        self.latent_dim: int = vaes[PARTS[0]].config.latent_dim

    @classmethod
    def tiny(cls) -> Self:
        """The smallest useful codec, with random weights."""
        return cls({part: PartVAE.tiny(part.layout.width) for part in PARTS}).eval()

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.parameters()).device

    def part(self, part: Part) -> PartCodec:
        """VAE and statistics of one part."""
        found = self.parts[part]
        assert isinstance(found, PartCodec)
        return found

    @torch.no_grad()
    def encode(
        self, windows: Sequence[Motion], generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch token latent"]:
        """Tokens of windows at 15 fps; one shorter than 150 frames holds its last frame."""
        padded = [padded_window(window).motion for window in windows]
        features = {
            part: torch.stack([part_features(motion, part) for motion in padded]).to(self.device)
            for part in PARTS
        }
        return self.encode_features(features, generator)

    @torch.no_grad()
    def decode(
        self, tokens: Float[Tensor, "batch token latent"], smooth_seams: bool = False
    ) -> tuple[Motion, ...]:
        """Motions at 15 fps on the CPU; x and z of their translation start near zero."""
        features = {part: rows.cpu() for part, rows in self.decode_features(tokens).items()}
        if smooth_seams:
            features = {part: rows + seam_correction(rows) for part, rows in features.items()}
        return tuple(
            motion_of_features({part: features[part][row] for part in PARTS})
            for row in range(len(tokens))
        )

    @torch.no_grad()
    def joined(
        self, tokens: Float[Tensor, "batch token latent"]
    ) -> Float[Tensor, "batch token latent"]:
        """Tokens whose chunks fit their neighbours; unchanged for VAEs without a linear path."""
        parts = self.layout.parted(tokens)
        return self.layout.joined({p: self.part(p).joined_latents(z) for p, z in parts.items()})

    def token_mask(self, frame_mask: Bool[Tensor, "*batch 150"]) -> Bool[Tensor, "*batch token"]:
        """Which tokens stand for motion: a chunk counts when its first frame does."""
        return self.layout.mask_of_frames(frame_mask)

    def encode_features(
        self,
        features: Mapping[Part, Float[Tensor, "batch 150 width"]],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "batch token latent"]:
        """Tokens of all parts' features."""
        return self.layout.joined(
            {part: self.encode_part(part, features[part], generator) for part in PARTS}
        )

    def decode_features(
        self, tokens: Float[Tensor, "batch token latent"]
    ) -> dict[Part, Float[Tensor, "batch 150 width"]]:
        """All parts' features."""
        return {part: self.decode_part(part, z) for part, z in self.layout.parted(tokens).items()}

    def encode_part(
        self,
        part: Part,
        features: Float[Tensor, "batch 150 width"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "batch chunk latent"]:
        """Latents of one part's features."""
        return self.part(part).encode(features.to(self.device), generator)

    def decode_part(
        self, part: Part, latents: Float[Tensor, "batch chunk latent"]
    ) -> Float[Tensor, "batch 150 width"]:
        """Features that one part's latents stand for."""
        return self.part(part).decode(latents.to(self.device))

    def save(self, folder: Path) -> None:
        """Write ``vae_<part>/`` for each part, and the statistics."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            self.part(part).vae.save_pretrained(vae_folder(folder, part))
        save_statistics({part: self.part(part).statistics for part in PARTS}, folder)

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu") -> Self:
        """The codec in ``folder``; every tensor must be there, and nothing else."""
        vaes = {part: load_strict(PartVAE, vae_folder(folder, part)) for part in PARTS}
        return cls(vaes, load_statistics(folder)).to(device).eval()


def vae_folder(folder: Path, part: Part) -> Path:
    """Where a part's VAE lies in a weights folder."""
    return folder / f"vae_{part}"


def _check_parts(vaes: Mapping[Part, PartVAE]) -> None:
    """Refuse VAEs that cannot share one token sequence."""
    if absent := [part.value for part in PARTS if part not in vaes]:
        raise WeightsError(f"the VAEs of {', '.join(absent)} are missing; a codec needs all four")
    for part in PARTS:
        config = vaes[part].config
        found = (config.width, config.window_frames, config.chunk_frames)
        expected = (part.layout.width, WINDOW_FRAMES, CHUNK_FRAMES)
        if found != expected:
            raise WeightsError(
                f"the VAE of {part} has (width, window_frames, chunk_frames) {found}, expected "
                f"{expected}; is it the VAE of another part?"
            )
    dims = {part.value: vaes[part].config.latent_dim for part in PARTS}
    if len(set(dims.values())) > 1:
        raise WeightsError(f"latent_dim differs between the parts: {dims}; they must be equal")
