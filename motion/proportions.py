"""Proportions of the default body: where each joint rests, seen from its parent. Numpy alone."""

import numpy as np
from jaxtyping import Float32

from motion.parts import JOINT_NAMES

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


def rest_offsets() -> Float32[np.ndarray, "55 3"]:
    """Rest offsets of the 55 joints from their parents in metres, the root's from the origin."""
    return np.array([_offset(name) for name in JOINT_NAMES], dtype=np.float32)
