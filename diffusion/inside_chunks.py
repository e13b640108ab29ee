"""What whole latents cannot say: an exemplar moved by frames, or counting for some frames only.

A latent is one second. Where the VAEs have a linear path, both are linear in the latents and cost
next to nothing; elsewhere motion is moved through the VAEs, and a chunk counts by its frames' mean.

    z  normalised latents of chunks     D  latents to features     E  features to latents
    w  how much each frame counts, 0 to 1
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from diffusion.codec import Codec, PartCodec
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import CHUNK_FRAMES


@dataclass(frozen=True, eq=False)
class _Linear:
    """The linear path of one part between normalised latents and features, on the CPU."""

    decode: Float[Tensor, "chunk_width latent"]
    offset: Float[Tensor, "chunk_width"]
    encode: Float[Tensor, "latent chunk_width"]

    @classmethod
    @torch.no_grad()
    def of(cls, codec: PartCodec) -> "_Linear | None":
        linear = codec.vae.linear
        if linear is None:
            return None
        taken, shown = (each.weight.float().cpu() for each in (linear.to_latent, linear.to_chunk))
        mean, std = (
            each.float().cpu().expand(shown.shape[1])
            for each in (codec.latent_mean, codec.latent_std)
        )
        return cls(shown * std, shown @ mean, taken / std[:, None])

    def share(self, w: Float[Tensor, "frame"]) -> Float[Tensor, "latent latent"]:
        """E diag(w) D; exactly w times one where all frames weigh alike."""
        mean = w.mean()
        width = len(self.offset) // CHUNK_FRAMES
        weighed = self.encode * (w - mean).repeat_interleave(width)
        share: Tensor = mean * torch.eye(len(self.encode)) + weighed @ self.decode
        return share


class InsideChunks:
    """Frames within the chunks of a codec; its weights must not change any more."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._linear = {part: _Linear.of(codec.part(part)) for part in INSERTED_PARTS}

    @torch.no_grad()
    def delayed(
        self, part: Part, z: Float[Tensor, "chunk latent"], frames: int
    ) -> Float[Tensor, "chunk latent"]:
        """A window's latents with its motion that many frames later, its ends held."""
        if frames == 0:
            return z
        features = self._features(part, z)
        at = (torch.arange(len(features)) - frames).clamp(0, len(features) - 1)
        # as a difference, so that what the way there and back loses is not lost here
        return z + self._latents(part, features[at]) - self._latents(part, features)

    def shares(
        self, part: Part, w: Float[Tensor, "chunk frame"]
    ) -> Float[Tensor, "chunk latent latent"] | None:
        """E diag(w) D of each chunk, which takes the share of some frames out of its latent.

        ``None`` where the part's VAE has no linear path.
        """
        linear = self._linear[part]
        return None if linear is None else torch.stack([linear.share(row) for row in w])

    def _features(
        self, part: Part, z: Float[Tensor, "chunk latent"]
    ) -> Float[Tensor, "frame width"]:
        linear = self._linear[part]
        if linear is None:
            return self._codec.decode_part(part, z[None])[0].cpu()
        chunks = z @ linear.decode.T + linear.offset
        return rearrange(chunks, "chunk (frame w) -> (chunk frame) w", frame=CHUNK_FRAMES)

    def _latents(
        self, part: Part, features: Float[Tensor, "frame width"]
    ) -> Float[Tensor, "chunk latent"]:
        linear = self._linear[part]
        if linear is None:
            return self._codec.encode_part(part, features[None])[0].cpu()
        chunks = rearrange(features, "(chunk frame) w -> chunk (frame w)", frame=CHUNK_FRAMES)
        latents: Tensor = chunks @ linear.encode.T
        return latents
