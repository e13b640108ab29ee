"""How well a part VAE gives back what it was given."""

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from diffusion.codec import PartCodec, window_features
from diffusion.features import translation_channels
from diffusion.training.prepare import PreparedRecording
from motion.parts import ROTATION_6D, Part
from motion.rotation import geodesic, matrix_from_sixd
from motion.timeline import WINDOW_FRAMES


@dataclass(frozen=True)
class ReconstructionError:
    """Means over all frames of all windows, decoded from the posterior mean."""

    part: Part
    windows: int
    degrees: float
    """Geodesic distance, over the part's joints."""
    worst_joint_degrees: float
    """The same for the joint with the largest mean."""
    translation_cm: float | None
    """Lower body only."""
    expression: float | None
    """Face only: root mean square error of the coefficients."""


@torch.no_grad()
def reconstruction_error(
    part: Part, codec: PartCodec, recordings: tuple[PreparedRecording, ...]
) -> ReconstructionError:
    """Reconstruct every window of the recordings, one behind the other."""
    features = torch.stack(
        [
            window_features(part, recording.features[part][start : start + WINDOW_FRAMES])
            for recording in recordings
            for start in range(0, recording.frames - WINDOW_FRAMES + 1, WINDOW_FRAMES)
        ]
    )
    decoded = torch.cat([codec.decode(codec.encode(batch, None)) for batch in features.split(32)])
    angles = geodesic(_rotations(part, decoded), _rotations(part, features)) * 180.0 / math.pi
    extras = (decoded - features)[..., part.layout.rotations :]
    metres = (decoded - features)[..., translation_channels()] if part is Part.LOWER else None
    return ReconstructionError(
        part=part,
        windows=len(features),
        degrees=angles.mean().item(),
        worst_joint_degrees=angles.mean(dim=(0, 1)).max().item(),
        translation_cm=None if metres is None else metres.norm(dim=-1).mean().item() * 100.0,
        expression=extras.square().mean().sqrt().item() if part is Part.FACE else None,
    )


def reconstruction_by_split(
    part: Part, codec: PartCodec, recordings: tuple[PreparedRecording, ...]
) -> dict[str, ReconstructionError]:
    """One measurement a split: the held-out ones tell how well the VAE generalises."""
    splits = sorted({recording.split for recording in recordings})
    return {
        split: reconstruction_error(part, codec, tuple(r for r in recordings if r.split == split))
        for split in splits
    }


def _rotations(
    part: Part, features: Float[Tensor, "window frame width"]
) -> Float[Tensor, "window frame joint 3 3"]:
    sixd = rearrange(
        features[..., : part.layout.rotations],
        "window frame (joint six) -> window frame joint six",
        six=ROTATION_6D,
    )
    return matrix_from_sixd(sixd)
