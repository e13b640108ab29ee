"""Hands inside the trunk, by capsules on our own skeleton.

The trunk is two upright pairs of capsules, a little thinner than the mannequin's shirt, which bend
with pelvis and spine; each hand is a row of spheres from wrist to fingertips. A hand that touches
the belly is no fault: depths under a centimetre do not count. Other bodies are not known here, so
a recording of a slim person may show some centimetres; compare with the real recordings' value.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import joint

COUNTED_METRES = 0.01
"""Depths up to this are touch."""
LEAST_SECONDS = 10.0

_TRUNK_RADIUS = 0.09
_TRUNK = (
    # joint that carries the lower end, its place there; the same of the upper end; metres
    ("pelvis", (0.055, -0.10, -0.02), "spine2", (0.045, 0.0, 0.03)),
    ("spine2", (0.045, 0.0, 0.03), "spine3", (0.065, 0.075, -0.01)),
)
_FINGERS = ("index", "middle", "pinky", "ring", "thumb")
_PALM_RADIUS, _FINGER_RADIUS = 0.022, 0.008
_PALM_PLACES = (0.35, 0.7)
"""Spheres of the palm, as shares of the way from the wrist to the middle knuckle."""


@dataclass(frozen=True)
class Penetration:
    """Hands in the trunk over a motion."""

    share: float
    """Of frames in which a hand is deeper than touch."""
    mean_cm: float
    """Mean of the deepest point over those frames; 0 without."""
    deepest_cm: float
    reliable: bool
    why_not: str = ""


def penetration(motion: Motion) -> Penetration:
    """Measure the deepest point of either hand in every frame."""
    depth = trunk_depth(motion).clamp(min=0.0)
    counted = depth > COUNTED_METRES
    short = motion.seconds < LEAST_SECONDS
    why_not = f"{motion.seconds:.1f} s of motion, {LEAST_SECONDS:g} needed" if short else ""
    return Penetration(
        share=counted.double().mean().item(),
        mean_cm=100.0 * depth[counted].mean().item() if bool(counted.any()) else 0.0,
        deepest_cm=100.0 * depth.max().item(),
        reliable=not why_not,
        why_not=why_not,
    )


def trunk_depth(motion: Motion) -> Float[Tensor, "frame"]:
    """Depth of the deepest sphere of both hands in metres; negative is the distance."""
    rotations, positions = default_skeleton().transforms(motion.poses, motion.translation)
    spheres, radii = _hands(positions)
    depths = []
    for lower, at_lower, upper, at_upper in _TRUNK:
        for side in (1.0, -1.0):
            ends = [
                positions[:, joint(name)]
                + rotations[:, joint(name)] @ positions.new_tensor((side * x, y, z))
                for name, (x, y, z) in ((lower, at_lower), (upper, at_upper))
            ]
            depths.append(_TRUNK_RADIUS + radii - _distance(spheres, ends[0], ends[1]))
    return torch.stack(depths).amax(dim=(0, 2))


def _hands(
    positions: Float[Tensor, "frame 55 3"],
) -> tuple[Float[Tensor, "frame sphere 3"], Float[Tensor, "sphere"]]:
    """Centres and radii of the spheres of both hands."""
    centres, radii = [], []
    for side in ("left", "right"):
        wrist, knuckle = (positions[:, joint(f"{side}_{n}")] for n in ("wrist", "middle1"))
        for place in _PALM_PLACES:
            centres.append(torch.lerp(wrist, knuckle, place))
            radii.append(_PALM_RADIUS)
        for finger in _FINGERS:
            for segment in (2, 3):
                centres.append(positions[:, joint(f"{side}_{finger}{segment}")])
                radii.append(_FINGER_RADIUS)
    return torch.stack(centres, dim=1), positions.new_tensor(radii)


def _distance(
    points: Float[Tensor, "frame sphere 3"],
    start: Float[Tensor, "frame 3"],
    end: Float[Tensor, "frame 3"],
) -> Float[Tensor, "frame sphere"]:
    """From points to a segment."""
    axis = (end - start)[:, None]
    along = ((points - start[:, None]) * axis).sum(-1, keepdim=True)
    share = (along / axis.square().sum(-1, keepdim=True)).clamp(0.0, 1.0)
    distance: Tensor = (points - start[:, None] - share * axis).norm(dim=-1)
    return distance
