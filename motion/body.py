"""The body: rest skeleton, forward kinematics, foot contact."""

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion.clip import Motion
from motion.parts import CONTACT_JOINTS, JOINTS, PARENTS
from motion.proportions import rest_offsets
from motion.rotation import matrix_from_axis_angle

CONTACT_STEP_METRES = 0.01
"""A foot joint that moves less than this to the next frame touches the ground."""


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
    return Skeleton(torch.from_numpy(rest_offsets()))


def joint_positions(motion: Motion) -> Float[Tensor, "frame 55 3"]:
    """World positions of a motion's joints on the default skeleton, metres."""
    return default_skeleton().positions(motion.poses, motion.translation)


def foot_contact(positions: Float[Tensor, "frame 55 3"]) -> Bool[Tensor, "frame 4"]:
    """Where ankles and feet rest: the next frame is under 1 cm away; the last one is True."""
    feet = positions[:, list(CONTACT_JOINTS)]
    step = (feet[1:] - feet[:-1]).norm(dim=-1)
    last = torch.ones(1, len(CONTACT_JOINTS), dtype=torch.bool, device=step.device)
    return torch.cat((step < CONTACT_STEP_METRES, last))
