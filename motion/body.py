"""The body: rest skeleton, forward kinematics, foot contact."""

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion.clip import Motion
from motion.parts import CONTACT_JOINTS, JOINT_NAMES, JOINTS, PARENTS
from motion.rotation import matrix_from_axis_angle

CONTACT_STEP_METRES = 0.01
"""A foot joint that moves less than this to the next frame touches the ground."""

_MIDDLE: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, -0.35, 0.01),
    "spine1": (0.0, 0.115, -0.03),
    "spine2": (0.0, 0.14, -0.005),
    "spine3": (0.0, 0.06, 0.025),
    "neck": (0.0, 0.17, -0.03),
    "head": (0.0, 0.165, 0.025),
    "jaw": (0.0, 0.0, 0.005),
}
_LEFT: dict[str, tuple[float, float, float]] = {
    "hip": (0.06, -0.09, -0.015),
    "knee": (0.05, -0.375, 0.0),
    "ankle": (-0.03, -0.405, -0.03),
    "foot": (0.045, -0.06, 0.13),
    "collar": (0.048, 0.09, -0.005),
    "shoulder": (0.125, 0.056, -0.016),
    "elbow": (0.262, -0.045, -0.035),
    "wrist": (0.26, 0.01, -0.005),
    "eye_smplhf": (0.032, 0.045, 0.068),
    "index1": (0.108, -0.01, 0.022),
    "index2": (0.034, 0.002, 0.003),
    "index3": (0.024, -0.002, 0.0),
    "middle1": (0.116, -0.007, -0.003),
    "middle2": (0.032, 0.001, -0.004),
    "middle3": (0.025, -0.002, -0.004),
    "pinky1": (0.09, -0.016, -0.046),
    "pinky2": (0.017, -0.001, -0.012),
    "pinky3": (0.017, -0.002, -0.012),
    "ring1": (0.104, -0.01, -0.028),
    "ring2": (0.03, 0.001, -0.006),
    "ring3": (0.024, -0.002, -0.008),
    "thumb1": (0.042, -0.022, 0.03),
    "thumb2": (0.018, 0.001, 0.028),
    "thumb3": (0.022, -0.006, 0.017),
}


def _offset(name: str) -> tuple[float, float, float]:
    """Rest offset of a joint from its parent; the right side mirrors the left."""
    if name in _MIDDLE:
        return _MIDDLE[name]
    side, _, rest = name.partition("_")
    x, y, z = _LEFT[rest]
    return (x if side == "left" else -x, y, z)


@dataclass(frozen=True)
class Skeleton:
    """Rest offsets of the 55 joints from their parents, in metres.

    The root's offset is counted from the SMPL-X origin, so that BEAT2 translations put the feet
    on the ground.
    """

    offsets: Float[Tensor, "55 3"]

    def positions(
        self, poses: Float[Tensor, "*batch 55 3"], translation: Float[Tensor, "*batch 3"]
    ) -> Float[Tensor, "*batch 55 3"]:
        """World positions of the joints in metres (forward kinematics)."""
        return self.transforms(poses, translation)[1]

    def transforms(
        self, poses: Float[Tensor, "*batch 55 3"], translation: Float[Tensor, "*batch 3"]
    ) -> tuple[Float[Tensor, "*batch 55 3 3"], Float[Tensor, "*batch 55 3"]]:
        """World rotations and positions of the joints."""
        local = matrix_from_axis_angle(poses)
        offsets = self.offsets.to(poses)
        rotations, positions = [local[..., 0, :, :]], [offsets[0] + translation]
        for child in range(1, JOINTS):
            parent = PARENTS[child]
            rotations.append(rotations[parent] @ local[..., child, :, :])
            positions.append(
                positions[parent] + (rotations[parent] @ offsets[child, :, None])[..., 0]
            )
        return torch.stack(rotations, dim=-3), torch.stack(positions, dim=-2)


@cache
def default_skeleton() -> Skeleton:
    """Our own adult proportions, 1.75 m, symmetric; needs no licensed file."""
    return Skeleton(torch.tensor([_offset(name) for name in JOINT_NAMES]))


def joint_positions(motion: Motion) -> Float[Tensor, "frame 55 3"]:
    """World positions of a motion's joints on the default skeleton, metres."""
    return default_skeleton().positions(motion.poses, motion.translation)


def foot_contact(positions: Float[Tensor, "frame 55 3"]) -> Bool[Tensor, "frame 4"]:
    """Where ankles and feet rest: the next frame is under 1 cm away; the last one is True."""
    feet = positions[:, list(CONTACT_JOINTS)]
    step = (feet[1:] - feet[:-1]).norm(dim=-1)
    last = torch.ones(1, len(CONTACT_JOINTS), dtype=torch.bool, device=step.device)
    return torch.cat((step < CONTACT_STEP_METRES, last))
