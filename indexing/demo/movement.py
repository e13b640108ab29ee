"""Poses and movements: the words in which the choreography is written.

Places are in the frame of the chest, metres from spine3, seen from the moving hand: outward
(away from the midline), up, forward. Palms are directions in the same frame.
"""

from dataclasses import dataclass
from typing import Literal

from indexing.demo.hands import HandShape

Hand = Literal["lead", "other", "both", "left", "right", "alternate"]
Direction = tuple[float, float, float]

UP: Direction = (-0.25, 1.0, 0.1)
DOWN: Direction = (-0.1, -1.0, 0.1)
IN: Direction = (-1.0, 0.1, 0.1)
OUT: Direction = (1.0, 0.2, 0.3)
AHEAD: Direction = (-0.2, 0.2, 1.0)
BACK: Direction = (-0.4, 0.3, -1.0)


@dataclass(frozen=True)
class Pose:
    """Where the wrist is, where the palm looks, what the fingers do."""

    outward: float
    up: float
    forward: float
    palm: Direction = UP
    shape: HandShape = HandShape.OPEN
    bend: float = 0.0
    """Wrist extension in degrees, positive lifts the hand."""


@dataclass(frozen=True)
class Movement:
    """Preparation, stroke and hold of one gesture; the retraction is the planner's."""

    hand: Hand
    preparation: Pose
    stroke: tuple[Pose, ...]
    """Passed in turn; the first is aimed at the word."""
    step_seconds: float = 0.36
    hold_seconds: float = 0.3
    support: Pose | None = None
    """What the opposite hand holds meanwhile."""
    nod: float = 0.0
    """Degrees the head dips at the stroke."""
    turn: float = 0.0
    """Degrees of gaze and torso towards the gesturing side."""
    tilt: float = 0.0
    """Degrees the head tilts."""
    shrug: float = 0.0
    """Degrees the collars rise."""


BEAT_HOME = Pose(0.22, -0.12, 0.30, (-0.7, 0.5, 0.2), HandShape.OPEN)
"""Where hands beat time when no other gesture is held."""
