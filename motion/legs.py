"""Legs that reach for given ankles: two-bone inverse kinematics on the default skeleton."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import joint
from motion.rotation import axis_angle_from_matrix, matrix_from_axis_angle

ANKLE_HEIGHT = 0.085
TOES_HEIGHT = 0.025
"""Metres from the joint down to the mannequin's sole, in the rest pose."""
STRETCH = 0.9995
"""A leg reaches for at most this share of its length, so that the knee never locks."""
_GIVE = 0.008
"""Metres before that limit over which a leg gives way, so that the knee does not snap."""


@dataclass(frozen=True)
class Leg:
    """The joints of one leg."""

    hip: int
    knee: int
    ankle: int
    toes: int

    @property
    def joints(self) -> tuple[int, ...]:
        """From the hip down."""
        return (self.hip, self.knee, self.ankle, self.toes)

    def sole_of(
        self, ankle: Float[Tensor, "3"], rotation: Float[Tensor, "3 3"]
    ) -> Float[Tensor, ""]:
        """Height of the lower of heel and ball, of a foot at that place and turn."""
        ball = ankle + rotation @ default_skeleton().offsets[self.toes].to(ankle)
        return torch.minimum(ankle[1] - ANKLE_HEIGHT, ball[1] - TOES_HEIGHT)

    @staticmethod
    def up(height: Float[Tensor, ""]) -> Float[Tensor, "3"]:
        """A height as a vector."""
        nothing = torch.zeros_like(height)
        return torch.stack([nothing, height, nothing])


LEGS: tuple[Leg, ...] = tuple(
    Leg(*(joint(f"{side}_{name}") for name in ("hip", "knee", "ankle", "foot")))
    for side in ("left", "right")
)


@dataclass(frozen=True)
class Ankles:
    """World places and turns of one ankle."""

    positions: Float[Tensor, "frame 3"]
    rotations: Float[Tensor, "frame 3 3"]


@dataclass(frozen=True)
class Stance:
    """World places and turns of hip, knee, ankle and toes, and the turns of the pelvis."""

    pelvis: Float[Tensor, "frame 3 3"]
    rotations: tuple[Float[Tensor, "frame 3 3"], ...]
    positions: tuple[Float[Tensor, "frame 3"], ...]

    @property
    def ankles(self) -> Ankles:
        """Of the ankle alone."""
        return Ankles(self.positions[2], self.rotations[2])

    @property
    def sole(self) -> Float[Tensor, "frame"]:
        """Height of the lower of heel and ball in every frame."""
        heel, ball = self.positions[2][:, 1] - ANKLE_HEIGHT, self.positions[3][:, 1] - TOES_HEIGHT
        return torch.minimum(heel, ball)


def stance(motion: Motion, leg: Leg) -> Stance:
    """Kinematics of one leg alone, in double precision."""
    offsets = default_skeleton().offsets.double()
    pelvis = matrix_from_axis_angle(motion.poses[:, 0].double())
    above, place = pelvis, offsets[0] + motion.translation.double()
    rotations, positions = [], []
    for number in leg.joints:
        place = place + above @ offsets[number]
        above = above @ matrix_from_axis_angle(motion.poses[:, number].double())
        rotations.append(above)
        positions.append(place)
    return Stance(pelvis, tuple(rotations), tuple(positions))


def reaching(
    poses: Float[Tensor, "frame 55 3"], leg: Leg, now: Stance, ankles: Ankles
) -> Float[Tensor, "frame 55 3"]:
    """Poses whose leg puts the ankle there, bent in the plane in which the knee bends."""
    offsets = default_skeleton().offsets.double()
    knee, ankle = _knee_and_ankle(now, leg, ankles.positions)
    hip = now.rotations[0]
    turned_hip = _shortest(hip @ offsets[leg.knee], knee - now.positions[0]) @ hip
    carried = turned_hip @ hip.mT @ now.rotations[1]
    turned_knee = _shortest(carried @ offsets[leg.ankle], ankle - knee) @ carried
    local = {
        leg.hip: now.pelvis.mT @ turned_hip,
        leg.knee: turned_hip.mT @ turned_knee,
        leg.ankle: turned_knee.mT @ ankles.rotations,
    }
    reached = poses.clone()
    for number, matrix in local.items():
        reached[:, number] = axis_angle_from_matrix(matrix).to(poses)
    return reached


def _knee_and_ankle(
    now: Stance, leg: Leg, target: Float[Tensor, "frame 3"]
) -> tuple[Float[Tensor, "frame 3"], Float[Tensor, "frame 3"]]:
    """Where knee and ankle come to lie; an ankle out of reach stays on the way to it."""
    offsets = default_skeleton().offsets.double()
    thigh, shin = offsets[leg.knee].norm(), offsets[leg.ankle].norm()
    hip = now.positions[0]
    way = target - hip
    length = way.norm(dim=-1, keepdim=True).clamp(min=1e-3 + (thigh - shin).abs())
    length = _softly(length, STRETCH * (thigh + shin))
    down = normalize(way, dim=-1)
    hinge = _shortest(now.positions[2] - hip, way) @ now.rotations[0][:, :, :1]
    forward = normalize(torch.linalg.cross(down, hinge[..., 0]), dim=-1)
    along = (length**2 + thigh**2 - shin**2) / (2.0 * length)
    aside = (thigh**2 - along**2).clamp(min=0.0).sqrt()
    return hip + along * down + aside * forward, hip + length * down


def _softly(length: Float[Tensor, "frame 1"], most: Float[Tensor, ""]) -> Float[Tensor, "frame 1"]:
    """A length that nears its limit without reaching it, and without a kink."""
    beyond = (length - (most - _GIVE)).clamp(min=0.0)
    return length - beyond + _GIVE * -torch.expm1(-beyond / _GIVE)


def _shortest(
    source: Float[Tensor, "frame 3"], target: Float[Tensor, "frame 3"]
) -> Float[Tensor, "frame 3 3"]:
    """The smallest rotation that takes one direction to another, not its opposite."""
    start, end = normalize(source, dim=-1), normalize(target, dim=-1)
    axis = torch.linalg.cross(start, end)
    cosine = (start * end).sum(-1)[:, None, None]
    x, y, z = axis.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(-1, 3, 3)
    identity = torch.eye(3).to(source)
    return identity + cross + cross @ cross / (1.0 + cosine).clamp(min=1e-9)
