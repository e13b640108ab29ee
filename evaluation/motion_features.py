"""What the trained measures see of a motion: arms, hands and head, seen from the chest, at 15 fps.

Places and directions on our own skeleton, so that body shape does not tell who it is, and nothing
of legs, face and root: a measure of gesture must not judge by how somebody stands.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import MODEL_FPS

_FINGERS = ("index", "middle", "pinky", "ring", "thumb")
_POINTING = {"left": (1.0, 0.0, 0.0), "right": (-1.0, 0.0, 0.0)}
_PALM = (0.0, -1.0, 0.0)
_SIDE_WIDTH = 4 * 3 + 2 * 3 + len(_FINGERS) + 2
FEATURE_WIDTH = 2 * _SIDE_WIDTH + 9
"""Numbers a frame."""

_METRES = 0.15
_METRES_PER_SECOND = 0.5
_RADIANS = 0.5


def motion_features(motion: Motion) -> Float[Tensor, "frame 59"]:
    """Features at 15 fps, each of a size of about 1."""
    motion = motion.resampled(MODEL_FPS)
    rotations, positions = default_skeleton().transforms(motion.poses, motion.translation)
    chest = joint("spine3")
    world_chest, origin = rotations[:, chest], positions[:, chest]
    seen = torch.einsum("fba,fjb->fja", world_chest, positions - origin[:, None])
    turned = world_chest.transpose(1, 2)[:, None] @ rotations
    columns = [_side(motion, seen, turned, side) for side in _POINTING]
    head = turned[:, joint("head")]
    columns.append(torch.stack((head[:, 0, 2], head[:, 1, 2], head[:, 1, 0]), dim=1) / _RADIANS)
    columns.append(motion.poses[:, joint("spine3")] / _RADIANS)
    columns.append(_rate(columns[-2], 5.0))
    return torch.cat(columns, dim=1)


def _side(
    motion: Motion,
    seen: Float[Tensor, "frame 55 3"],
    turned: Float[Tensor, "frame 55 3 3"],
    side: str,
) -> Float[Tensor, "frame 25"]:
    """One arm: wrist, its velocity, elbow, its velocity, pointing, palm, fingers, collar."""
    wrist, elbow, collar = (joint(f"{side}_{name}") for name in ("wrist", "elbow", "collar"))
    curls = [
        sum(
            (motion.poses[:, joint(f"{side}_{finger}{segment}")].norm(dim=-1, keepdim=True))
            for segment in (1, 2, 3)
        )
        for finger in _FINGERS
    ]
    columns = [
        seen[:, wrist] / _METRES,
        _rate(seen[:, wrist], _METRES_PER_SECOND),
        seen[:, elbow] / _METRES,
        _rate(seen[:, elbow], _METRES_PER_SECOND),
        turned[:, wrist] @ torch.tensor(_POINTING[side]),
        turned[:, wrist] @ torch.tensor(_PALM),
        torch.cat([torch.as_tensor(curl) for curl in curls], dim=1),
        motion.poses[:, collar, 1:] / _RADIANS,
    ]
    return torch.cat(columns, dim=1)


def _rate(values: Float[Tensor, "frame width"], unit: float) -> Float[Tensor, "frame width"]:
    """Change a second, in ``unit``."""
    if len(values) < 2:
        return torch.zeros_like(values)
    (rate,) = torch.gradient(values, spacing=1.0 / MODEL_FPS, dim=0)
    return rate / unit
