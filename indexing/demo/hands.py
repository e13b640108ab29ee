"""Hand shapes: a few joint angles a finger, from which the fifteen joints of a hand follow."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float

from indexing.demo.kinematics import matrices, rotation_vectors

FINGERS = ("index", "middle", "pinky", "ring")
CONTROLS = 4 + 1 + 3
"""Curl of four fingers, spread, thumb opposition, thumb curl, thumb lift."""


class HandShape(StrEnum):
    """What the fingers do."""

    RELAXED = "relaxed"
    OPEN = "open"
    FLAT = "flat"
    POINT = "point"
    TWO = "two"
    THREE = "three"
    PINCH = "pinch"
    RING = "ring"
    GRIP = "grip"
    FIST = "fist"


@dataclass(frozen=True)
class Fingers:
    """Controls of a hand: curls from 0 (straight) to 1 (fist)."""

    index: float
    middle: float
    pinky: float
    ring: float
    spread: float
    opposition: float
    thumb: float
    lift: float = 0.0

    @property
    def vector(self) -> Float[np.ndarray, "control"]:
        """The controls in order."""
        values = (self.index, self.middle, self.pinky, self.ring)
        return np.array([*values, self.spread, self.opposition, self.thumb, self.lift])


SHAPES: dict[HandShape, Fingers] = {
    HandShape.RELAXED: Fingers(0.34, 0.46, 0.52, 0.50, 0.0, 0.40, 0.30),
    HandShape.OPEN: Fingers(0.06, 0.08, 0.10, 0.08, 0.8, 0.05, 0.0),
    HandShape.FLAT: Fingers(0.05, 0.06, 0.10, 0.08, -0.2, 0.15, 0.15),
    HandShape.POINT: Fingers(0.04, 0.66, 0.78, 0.75, 0.0, 0.60, 0.55),
    HandShape.TWO: Fingers(0.04, 0.08, 0.78, 0.74, 0.4, 0.65, 0.60),
    HandShape.THREE: Fingers(0.04, 0.06, 0.76, 0.12, 0.5, 0.70, 0.60),
    HandShape.PINCH: Fingers(0.46, 0.52, 0.60, 0.56, 0.1, 0.80, 0.35),
    HandShape.RING: Fingers(0.50, 0.28, 0.16, 0.20, 0.4, 0.80, 0.40),
    HandShape.GRIP: Fingers(0.44, 0.48, 0.54, 0.50, 0.1, 0.60, 0.30),
    HandShape.FIST: Fingers(0.78, 0.80, 0.82, 0.82, -0.1, 0.70, 0.60),
}
"""The table of shapes."""

_BEND_DEGREES = {
    "index": (55, 68, 36),
    "middle": (68, 66, 40),
    "pinky": (60, 52, 36),
    "ring": (66, 66, 40),
}
"""Flexion of the three joints of a fully curled finger."""
_SPREAD_DEGREES = {"index": 13.0, "middle": 1.0, "pinky": -24.0, "ring": -11.0}
"""Sideways angle of the first joint of a fully spread finger."""
_REST_DEGREES = {"index": 10.0, "middle": 0.0, "pinky": -16.0, "ring": -8.0}


def hand_poses(
    controls: Float[np.ndarray, "frame control"], left: bool
) -> Float[np.ndarray, "frame 15 3"]:
    """Axis-angle of one hand's joints in SMPL-X order from its controls."""
    side = 1.0 if left else -1.0
    frames = len(controls)
    angles = np.zeros((frames, 15, 3))
    for place, finger in enumerate(FINGERS):
        curl = controls[:, place]
        sideways = _REST_DEGREES[finger] + _SPREAD_DEGREES[finger] * controls[:, 4] * (1 - curl)
        bends = _BEND_DEGREES[finger]
        for segment, bend in enumerate(bends):
            flexion = np.deg2rad(bend) * curl
            angles[:, 3 * place + segment, 2] = -side * flexion
        angles[:, 3 * place, 1] = side * np.deg2rad(sideways)
        angles[:, 3 * place, 0] = -np.deg2rad(0.35 * sideways) * curl
        angles[:, 3 * place + 1, 0] = np.deg2rad(0.2 * _REST_DEGREES[finger]) * (0.4 + curl)
    angles[:, 12:15] = _thumb(controls, side)
    return angles


def _thumb(
    controls: Float[np.ndarray, "frame control"], side: float
) -> Float[np.ndarray, "frame 3 3"]:
    """The thumb: opposition turns it under the palm, curl bends its two outer joints."""
    opposition, curl, lift = controls[:, 5], controls[:, 6], controls[:, 7]
    base = np.zeros((len(controls), 3))
    base[:, 0] = np.deg2rad(8.0 + 26.0 * opposition)
    base[:, 1] = side * np.deg2rad(6.0 + 18.0 * opposition)
    base[:, 2] = side * np.deg2rad(4.0 - 10.0 * opposition + 12.0 * lift)
    middle = np.zeros_like(base)
    middle[:, 0] = np.deg2rad(-12.0)
    middle[:, 1] = side * np.deg2rad(26.0 * curl)
    middle[:, 2] = -side * np.deg2rad(12.0 * curl)
    outer = np.zeros_like(base)
    outer[:, 0] = np.deg2rad(14.0)
    outer[:, 1] = side * np.deg2rad(4.0 + 38.0 * curl)
    stacked = np.stack((base, middle, outer), axis=1)
    return rotation_vectors(matrices(stacked))
