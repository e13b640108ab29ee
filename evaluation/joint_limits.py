"""How often joints bend as no person's do.

Limits are wide: active ranges of motion of adults (Norkin and White, *Measurement of Joint Motion*)
and a margin, since fits of markers to a body model spread an angle over neighbouring joints.
Hinges are judged by where the next bone points in the frame of the one before.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion.clip import Motion
from motion.parts import joint
from motion.rotation import matrix_from_axis_angle

_TURNS_DEGREES = {
    "spine1": 45.0,
    "spine2": 45.0,
    "spine3": 45.0,
    "neck": 60.0,
    "head": 60.0,
    "collar": 50.0,
    "shoulder": 150.0,
    "wrist": 110.0,
    "hip": 125.0,
    "ankle": 65.0,
    "jaw": 45.0,
}
"""Largest turn from the rest pose, about any axis."""
_ELBOW_DEGREES = (-15.0, 165.0)
_KNEE_DEGREES = (-12.0, 165.0)
_FINGER_DEGREES = (-50.0, 125.0)
"""From stretched backwards to bent; finger joints, thumbs left out."""
_FINGERS = ("index", "middle", "ring", "pinky")


@dataclass(frozen=True)
class LimitBreaches:
    """Over all frames and judged joints."""

    share: float
    """Of frames and joints that lie outside."""
    excess_degrees: float
    """Mean excess where there is one; 0 without."""
    worst_joint: str
    """The joint outside most often; empty where none is."""
    worst_share: float


def limit_breaches(motion: Motion) -> LimitBreaches:
    """Judge every joint with a limit in every frame."""
    excess = {name: values.clamp(min=0.0) for name, values in _excess(motion).items()}
    every = torch.stack(list(excess.values()))
    outside = every > 0
    shares = {name: (values > 0).double().mean().item() for name, values in excess.items()}
    worst = max(shares, key=lambda name: shares[name])
    return LimitBreaches(
        share=outside.double().mean().item(),
        excess_degrees=every[outside].mean().item() if bool(outside.any()) else 0.0,
        worst_joint=worst if shares[worst] > 0 else "",
        worst_share=shares[worst],
    )


def _excess(motion: Motion) -> dict[str, Float[Tensor, "frame"]]:
    """Degrees beyond the limit of each judged joint; negative inside."""
    poses = motion.poses.double()
    found: dict[str, Tensor] = {}
    for name, limit in _TURNS_DEGREES.items():
        for side in _sides(name):
            turn = torch.rad2deg(poses[:, joint(side)].norm(dim=-1))
            # a turn of more than half a circle is a shorter one the other way
            found[side] = torch.minimum(turn, (360.0 - turn).abs()) - limit
    for side, out in (("left", 1.0), ("right", -1.0)):
        for name, bend, limits in _hinges(poses, side, out):
            found[name] = torch.maximum(bend - limits[1], limits[0] - bend)
    return found


def _sides(name: str) -> tuple[str, ...]:
    paired = name in {"collar", "shoulder", "wrist", "hip", "ankle"}
    return (f"left_{name}", f"right_{name}") if paired else (name,)


def _hinges(
    poses: Float[Tensor, "frame 55 3"], side: str, out: float
) -> list[tuple[str, Float[Tensor, "frame"], tuple[float, float]]]:
    """Bending of elbow, knee and finger joints in degrees; ``out`` is +1 on the left.

    At rest arms lie along x, legs hang along -y, the person faces +z and palms look down.
    """
    hinges = []
    elbow = _turned(poses, f"{side}_elbow", (out, 0.0, 0.0))
    hinges.append((f"{side}_elbow", _angle(elbow[:, 2], out * elbow[:, 0]), _ELBOW_DEGREES))
    knee = _turned(poses, f"{side}_knee", (0.0, -1.0, 0.0))
    hinges.append((f"{side}_knee", _angle(-knee[:, 2], -knee[:, 1]), _KNEE_DEGREES))
    for finger in _FINGERS:
        for segment in (1, 2, 3):
            name = f"{side}_{finger}{segment}"
            bone = _turned(poses, name, (out, 0.0, 0.0))
            hinges.append((name, _angle(-bone[:, 1], out * bone[:, 0]), _FINGER_DEGREES))
    return hinges


def _turned(
    poses: Float[Tensor, "frame 55 3"], name: str, bone: tuple[float, float, float]
) -> Float[Tensor, "frame 3"]:
    """Where a bone points after its joint's rotation, in the frame of the parent."""
    rotation = matrix_from_axis_angle(poses[:, joint(name)])
    return rotation @ torch.tensor(bone, dtype=poses.dtype)


def _angle(bent: Float[Tensor, "frame"], straight: Float[Tensor, "frame"]) -> Tensor:
    """Degrees from straight; half a turn backwards counts as far backwards as forwards."""
    angle = torch.atan2(bent, straight)
    # beyond a quarter turn backwards only bending all the way round is meant
    wrapped = torch.where(angle < -math.pi / 2, angle + 2 * math.pi, angle)
    return torch.rad2deg(wrapped)
