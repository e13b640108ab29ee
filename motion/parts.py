"""The 55 SMPL-X joints and the four body parts: the only file with joint numbers.

Order and parents follow the SMPL-X model (Pavlakos et al., CVPR 2019); the split into parts
follows EMAGE (Liu et al., CVPR 2024) as used by RAG-Gesture (CVPR 2025).
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise

_HAND = ("index", "middle", "pinky", "ring", "thumb")
_FINGERS = tuple(f"{finger}{segment}" for finger in _HAND for segment in (1, 2, 3))

JOINT_NAMES: tuple[str, ...] = (
    *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2"),
    *("left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck"),
    *("left_collar", "right_collar", "head", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    *("jaw", "left_eye_smplhf", "right_eye_smplhf"),
    *(f"left_{finger}" for finger in _FINGERS),
    *(f"right_{finger}" for finger in _FINGERS),
)
"""Names in SMPL-X order; a joint's number is its place here."""

PARENTS: tuple[int, ...] = (
    *(-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15),
    *(20, 25, 26, 20, 28, 29, 20, 31, 32, 20, 34, 35, 20, 37, 38),
    *(21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49, 50, 21, 52, 53),
)
"""Parent of each joint; -1 for the root. A parent always comes before its children."""

JOINTS = len(JOINT_NAMES)
EXPRESSIONS = 100
BETAS = 300
ROTATION_6D = 6
TRANSLATION = 3


def joint(name: str) -> int:
    """Number of the joint called ``name``."""
    return JOINT_NAMES.index(name)


CONTACT_JOINTS: tuple[int, ...] = (7, 8, 10, 11)
"""Left and right ankle, left and right foot: the joints whose ground contact is recorded."""

LEFT_HAND: tuple[int, ...] = tuple(range(25, 40))
RIGHT_HAND: tuple[int, ...] = tuple(range(40, 55))
EYES: tuple[int, ...] = (23, 24)
"""Covered by no part: always zero in generated motion."""


class Part(StrEnum):
    """A slice of the body with a VAE of its own."""

    UPPER = "upper"
    HANDS = "hands"
    FACE = "face"
    LOWER = "lower"

    @property
    def layout(self) -> "PartLayout":
        """Joints and feature widths of this part."""
        return _LAYOUTS[self]


@dataclass(frozen=True)
class PartLayout:
    """Feature vector of a part: its joints' 6D rotations, then its extra channels."""

    joints: tuple[int, ...]
    extras: tuple[int, ...] = ()
    """Widths of the channels behind the rotations: expression for the face, translation and
    contact below."""

    @property
    def rotations(self) -> int:
        """Width of the rotation channels."""
        return len(self.joints) * ROTATION_6D

    @property
    def extra(self) -> int:
        """Width of all channels behind the rotations."""
        return sum(self.extras)

    @property
    def width(self) -> int:
        """Width of the whole feature vector."""
        return self.rotations + self.extra

    @property
    def channel_groups(self) -> tuple[slice, ...]:
        """Channels of one kind and unit each, in order."""
        stops = tuple(accumulate((self.rotations, *self.extras)))
        return tuple(slice(*span) for span in pairwise((0, *stops)))


_LAYOUTS = {
    Part.UPPER: PartLayout((3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)),
    Part.HANDS: PartLayout(LEFT_HAND + RIGHT_HAND),
    Part.FACE: PartLayout((22,), (EXPRESSIONS,)),
    Part.LOWER: PartLayout((0, 1, 2, 4, 5, 7, 8, 10, 11), (TRANSLATION, len(CONTACT_JOINTS))),
}

PARTS: tuple[Part, ...] = tuple(Part)
"""Order of the parts in the latent sequence."""

INSERTED_PARTS: tuple[Part, ...] = (Part.UPPER, Part.HANDS)
"""Parts that retrieved exemplars are woven into."""
