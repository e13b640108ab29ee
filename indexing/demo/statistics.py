"""How the demo corpus compares with real recordings: angles, speeds and jerks by body group.

Angles are degrees between a joint's rotation and its mean rotation over the recording; groups
pool their joints. Speeds and jerks are those of the joint in the world, by finite differences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import joint_positions
from motion.clip import Motion
from motion.parts import LEFT_HAND, RIGHT_HAND, joint
from motion.rotation import geodesic, matrix_from_axis_angle

GROUPS: dict[str, tuple[int, ...]] = {
    "pelvis": (0,),
    "legs": (1, 2, 4, 5, 7, 8, 10, 11),
    "spine": (3, 6, 9),
    "neck and head": (12, 15),
    "collars": (13, 14),
    "shoulders": (16, 17),
    "elbows": (18, 19),
    "wrists": (20, 21),
    "jaw": (22,),
    "fingers": LEFT_HAND + RIGHT_HAND,
    "upper (part)": (3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
    "lower (part)": (0, 1, 2, 4, 5, 7, 8, 10, 11),
}
"""Joints whose angles are pooled."""


@dataclass(frozen=True)
class Quantity:
    """Median and 90th percentile of one measured quantity."""

    name: str
    median: float
    high: float


def quantities(motions: Sequence[Motion]) -> tuple[Quantity, ...]:
    """Measure motions; recordings are pooled."""
    rows = [_angles(motion) for motion in motions]
    found = [
        _summary(f"{group}, angle from mean (degrees)", [row[group] for row in rows])
        for group in GROUPS
    ]
    tracks = {
        "wrist": ("left_wrist", "right_wrist"),
        "head": ("head",),
        "pelvis": ("pelvis",),
    }
    positions = [joint_positions(motion).double() for motion in motions]
    for name, joints in tracks.items():
        paths = [
            (place[:, joint(one)], motion.fps)
            for place, motion in zip(positions, motions, strict=True)
            for one in joints
        ]
        speeds = [path.diff(dim=0).norm(dim=-1) * fps for path, fps in paths]
        jerks = [path.diff(n=3, dim=0).norm(dim=-1) * fps**3 for path, fps in paths]
        found.append(_summary(f"{name} speed (m/s)", speeds))
        found.append(_summary(f"{name} jerk (m/s^3)", jerks))
    expression = [(m.expression[:, :10] - m.expression[:, :10].mean(0)).abs() for m in motions]
    found.append(_summary("expression 1-10, from mean", expression))
    return tuple(found)


def _angles(motion: Motion) -> dict[str, Float[Tensor, "value"]]:
    matrices = matrix_from_axis_angle(motion.poses.double())
    mean = roma.special_procrustes(matrices.mean(0))
    away = torch.rad2deg(geodesic(matrices, mean.expand_as(matrices)))
    return {group: away[:, list(joints)].flatten() for group, joints in GROUPS.items()}


def _summary(name: str, values: Sequence[Float[Tensor, "*value"]]) -> Quantity:
    pooled = torch.cat([value.flatten().double() for value in values]).numpy()
    return Quantity(name, float(np.median(pooled)), float(np.quantile(pooled, 0.9)))


def comparison_table(real: Sequence[Motion], demo: Sequence[Motion]) -> str:
    """A Markdown table: median and 90th percentile of both, and their ratios."""
    lines = [
        "| quantity | real p50 / p90 | demo p50 / p90 | ratio p50 / p90 |",
        "| --- | --- | --- | --- |",
    ]
    for left, right in zip(quantities(real), quantities(demo), strict=True):
        lines.append(
            f"| {left.name} | {left.median:.2f} / {left.high:.2f} "
            f"| {right.median:.2f} / {right.high:.2f} "
            f"| {right.median / left.median:.2f} / {right.high / left.high:.2f} |"
        )
    return "\n".join(lines)
