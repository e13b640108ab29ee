"""The choreography: every movement as data.

Places are in the frame of the chest, metres from spine3, seen from the moving hand: outward
(away from the midline), up, forward. Palms are directions in the same frame. What each sense and
type does follows the literature on recurrent gestures (McNeill, Kendon, Calbris, Mueller,
Bressem, Hinnell; sizes from a study of 785 clips of television speech).
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


_S = HandShape
_ITEM = (
    Pose(0.12, -0.12, 0.26, IN, _S.OPEN, 5),
    (Pose(0.34, -0.10, 0.33, (-0.8, 0.6, 0.2), _S.OPEN, 10),),
)
_COUNTED = Pose(0.05, -0.16, 0.27, UP, _S.RELAXED, 5)
_FINGERS = Pose(0.16, 0.05, 0.27, IN, _S.POINT, 10)

MOVEMENTS: dict[str, Movement] = {
    # relations
    "item_right": Movement("right", *_ITEM, 0.38, 0.7, nod=4, turn=10),
    "item_left": Movement("left", *_ITEM, 0.38, 0.7, nod=4, turn=10),
    "transit": Movement(
        "lead",
        Pose(0.24, -0.18, 0.28, UP, _S.RELAXED),
        (Pose(0.16, -0.10, 0.32, UP, _S.RELAXED),),
        0.42,
        0.1,
    ),
    "shrug_up": Movement(
        "both",
        Pose(0.17, -0.18, 0.26, IN),
        (Pose(0.33, -0.10, 0.31, (0.2, 1.0, 0.3), _S.OPEN, -5),),
        0.4,
        0.45,
        tilt=7,
        shrug=7,
    ),
    "firm": Movement(
        "lead",
        Pose(0.19, 0.06, 0.27, IN, _S.RING),
        (Pose(0.19, -0.10, 0.33, IN, _S.RING, -8),),
        0.28,
        0.3,
        nod=7,
    ),
    "hop": Movement(
        "lead",
        Pose(0.10, -0.06, 0.30, DOWN, _S.RELAXED),
        (Pose(0.18, 0.0, 0.32, DOWN, _S.RELAXED), Pose(0.30, -0.12, 0.33, DOWN, _S.OPEN)),
        0.24,
        0.35,
        nod=4,
        turn=5,
    ),
    "count_one": Movement(
        "lead", _FINGERS, (Pose(0.10, -0.09, 0.29, IN, _S.POINT),), 0.32, 0.9, _COUNTED, nod=5
    ),
    "count_two": Movement(
        "lead",
        Pose(0.18, 0.07, 0.28, IN, _S.TWO, 10),
        (Pose(0.11, -0.08, 0.30, IN, _S.TWO),),
        0.32,
        0.9,
        _COUNTED,
        nod=5,
    ),
    "count_three": Movement(
        "lead",
        Pose(0.19, 0.09, 0.29, IN, _S.THREE, 10),
        (Pose(0.12, -0.07, 0.31, IN, _S.THREE),),
        0.32,
        0.9,
        _COUNTED,
        nod=5,
    ),
    "weigh_left": Movement(
        "left",
        Pose(0.22, -0.20, 0.30, UP),
        (Pose(0.28, -0.02, 0.33, UP, _S.OPEN, -5),),
        0.4,
        0.35,
        tilt=5,
        turn=6,
    ),
    "weigh_right": Movement(
        "right",
        Pose(0.22, -0.20, 0.30, UP),
        (Pose(0.28, -0.02, 0.33, UP, _S.OPEN, -5),),
        0.4,
        0.35,
        tilt=5,
        turn=6,
    ),
    "weigh_both": Movement(
        "alternate",
        Pose(0.24, -0.10, 0.31, UP),
        (Pose(0.25, 0.02, 0.32, UP), Pose(0.25, -0.18, 0.32, UP), Pose(0.25, -0.06, 0.32, UP)),
        0.36,
        0.2,
        tilt=4,
    ),
    "present": Movement(
        "lead",
        Pose(0.13, -0.17, 0.24, BACK, _S.RELAXED),
        (Pose(0.25, -0.10, 0.40, UP, _S.OPEN, -5),),
        0.36,
        0.5,
        nod=5,
        turn=4,
    ),
    "ring": Movement(
        "lead",
        Pose(0.17, 0.0, 0.26, AHEAD, _S.RING, 10),
        (Pose(0.20, -0.02, 0.38, AHEAD, _S.RING, 5), Pose(0.20, -0.07, 0.35, AHEAD, _S.RING)),
        0.28,
        0.4,
        nod=5,
    ),
    "cycle": Movement(
        "lead",
        Pose(0.18, -0.14, 0.27, IN, _S.RELAXED),
        (
            Pose(0.19, 0.00, 0.26, IN, _S.RELAXED),
            Pose(0.21, 0.00, 0.36, IN, _S.OPEN),
            Pose(0.20, -0.14, 0.36, IN, _S.RELAXED),
            Pose(0.19, -0.13, 0.26, IN, _S.RELAXED),
            Pose(0.20, 0.00, 0.27, IN, _S.RELAXED),
            Pose(0.22, -0.03, 0.36, UP, _S.OPEN),
        ),
        0.2,
        0.25,
        tilt=3,
    ),
    "push_over": Movement(
        "lead",
        Pose(0.06, -0.10, 0.27, IN, _S.OPEN, 10),
        (Pose(0.32, -0.09, 0.36, AHEAD, _S.OPEN, 12),),
        0.4,
        0.25,
        turn=8,
    ),
    "place_down": Movement(
        "lead",
        Pose(0.30, 0.0, 0.34, DOWN, _S.OPEN),
        (Pose(0.31, -0.16, 0.36, DOWN, _S.OPEN, 12),),
        0.3,
        0.4,
        nod=6,
        turn=6,
    ),
    "to_self": Movement(
        "lead",
        Pose(0.24, -0.12, 0.38, UP, _S.OPEN),
        (Pose(0.12, -0.05, 0.22, BACK, _S.RELAXED, -8),),
        0.38,
        0.4,
        tilt=4,
    ),
    "lift": Movement(
        "lead",
        Pose(0.20, -0.20, 0.30, UP, _S.RELAXED),
        (Pose(0.24, 0.08, 0.33, IN, _S.POINT, 8),),
        0.42,
        1.2,
        tilt=5,
    ),
    "release": Movement(
        "lead",
        Pose(0.24, 0.08, 0.33, IN, _S.OPEN),
        (Pose(0.27, -0.12, 0.38, UP, _S.OPEN),),
        0.36,
        0.4,
        nod=6,
    ),
    "reach": Movement(
        "lead",
        Pose(0.16, -0.14, 0.24, DOWN, _S.PINCH),
        (Pose(0.18, -0.02, 0.44, DOWN, _S.PINCH),),
        0.36,
        0.4,
        nod=4,
    ),
    "earlier": Movement(
        "left",
        Pose(0.14, -0.04, 0.30, IN, _S.OPEN),
        (Pose(0.33, -0.10, 0.31, IN, _S.OPEN),),
        0.38,
        0.5,
        nod=3,
        turn=9,
    ),
    "later": Movement(
        "right",
        Pose(0.10, 0.0, 0.30, IN, _S.OPEN),
        (Pose(0.22, 0.03, 0.33, IN, _S.OPEN), Pose(0.37, -0.10, 0.32, IN, _S.OPEN)),
        0.25,
        0.4,
        nod=3,
        turn=9,
    ),
    "together": Movement(
        "both",
        Pose(0.15, 0.02, 0.26, IN, _S.OPEN),
        (Pose(0.16, -0.12, 0.36, IN, _S.OPEN),),
        0.36,
        0.5,
        nod=5,
    ),
    "sweep": Movement(
        "lead",
        Pose(0.04, -0.10, 0.30, DOWN, _S.FLAT),
        (Pose(0.38, -0.13, 0.31, DOWN, _S.FLAT, 8),),
        0.36,
        0.35,
        tilt=4,
    ),
    # pointing
    "down_here": Movement(
        "lead",
        Pose(0.17, 0.0, 0.28, DOWN, _S.POINT),
        (Pose(0.17, -0.21, 0.36, DOWN, _S.POINT, -10),),
        0.32,
        0.5,
        nod=7,
    ),
    "point_far": Movement(
        "lead",
        Pose(0.18, -0.06, 0.24, DOWN, _S.POINT),
        (Pose(0.36, 0.11, 0.38, DOWN, _S.POINT, 5),),
        0.4,
        0.6,
        turn=18,
    ),
    "point_near": Movement(
        "lead",
        Pose(0.17, 0.02, 0.24, DOWN, _S.POINT),
        (Pose(0.15, -0.08, 0.39, DOWN, _S.POINT),),
        0.3,
        0.4,
        nod=5,
    ),
    "point_side": Movement(
        "lead",
        Pose(0.14, -0.06, 0.27, DOWN, _S.POINT),
        (Pose(0.38, -0.06, 0.29, IN, _S.POINT),),
        0.34,
        0.4,
        turn=10,
    ),
    "self": Movement(
        "lead",
        Pose(0.18, -0.14, 0.32, BACK, _S.OPEN),
        (Pose(0.08, -0.02, 0.185, BACK, _S.OPEN, -15),),
        0.38,
        0.5,
        nod=4,
    ),
    "to_you": Movement(
        "lead",
        Pose(0.17, -0.14, 0.25, UP, _S.RELAXED),
        (Pose(0.19, -0.04, 0.43, UP, _S.OPEN),),
        0.36,
        0.5,
        nod=5,
    ),
    "we_all": Movement(
        "both",
        Pose(0.11, -0.13, 0.27, BACK, _S.OPEN),
        (Pose(0.25, -0.06, 0.39, UP, _S.OPEN), Pose(0.36, -0.12, 0.32, UP, _S.OPEN)),
        0.34,
        0.3,
    ),
    "behind": Movement(
        "lead",
        Pose(0.20, -0.08, 0.34, IN, _S.OPEN),
        (Pose(0.26, 0.14, 0.20, BACK, _S.OPEN, -10),),
        0.42,
        0.4,
        tilt=5,
    ),
    "point_up": Movement(
        "lead",
        Pose(0.20, -0.10, 0.30, IN, _S.POINT),
        (Pose(0.26, 0.24, 0.28, IN, _S.POINT),),
        0.38,
        0.5,
        nod=-6,
    ),
    # tracing and enacting
    "throw": Movement(
        "lead",
        Pose(0.32, 0.16, 0.16, AHEAD, _S.FIST, 10),
        (Pose(0.24, 0.08, 0.43, DOWN, _S.OPEN, -20),),
        0.32,
        0.25,
        turn=8,
        nod=4,
    ),
    "open_door": Movement(
        "both",
        Pose(0.06, -0.05, 0.31, BACK, _S.FLAT),
        (Pose(0.36, -0.05, 0.34, IN, _S.FLAT),),
        0.44,
        0.4,
    ),
    "pour": Movement(
        "lead",
        Pose(0.24, 0.02, 0.30, IN, _S.GRIP),
        (Pose(0.16, 0.05, 0.33, DOWN, _S.GRIP, -10), Pose(0.15, 0.0, 0.33, OUT, _S.GRIP, -10)),
        0.34,
        0.5,
        Pose(0.08, -0.16, 0.28, IN, _S.GRIP),
        tilt=6,
    ),
    "climb": Movement(
        "alternate",
        Pose(0.16, 0.0, 0.32, AHEAD, _S.GRIP),
        (
            Pose(0.16, 0.17, 0.34, AHEAD, _S.GRIP),
            Pose(0.16, -0.06, 0.32, AHEAD, _S.GRIP),
            Pose(0.16, 0.20, 0.34, AHEAD, _S.GRIP),
        ),
        0.34,
        0.15,
        nod=-5,
    ),
    "push": Movement(
        "both",
        Pose(0.18, -0.04, 0.20, AHEAD, _S.OPEN, 30),
        (Pose(0.18, -0.03, 0.43, AHEAD, _S.OPEN, 35),),
        0.44,
        0.4,
        nod=4,
    ),
    "round": Movement(
        "both",
        Pose(0.05, 0.10, 0.33, DOWN, _S.RELAXED),
        (Pose(0.20, 0.0, 0.34, IN, _S.RELAXED), Pose(0.07, -0.15, 0.34, UP, _S.RELAXED)),
        0.36,
        0.3,
    ),
    "tall": Movement(
        "lead",
        Pose(0.24, -0.16, 0.31, DOWN, _S.FLAT),
        (Pose(0.27, 0.27, 0.27, DOWN, _S.FLAT, 12),),
        0.44,
        0.5,
        nod=-7,
    ),
    "around": Movement(
        "lead",
        Pose(0.10, -0.08, 0.26, DOWN, _S.POINT),
        (
            Pose(0.22, -0.04, 0.24, DOWN, _S.POINT),
            Pose(0.30, -0.06, 0.34, DOWN, _S.POINT),
            Pose(0.19, -0.07, 0.42, DOWN, _S.POINT),
            Pose(0.08, -0.06, 0.34, DOWN, _S.POINT),
            Pose(0.18, -0.06, 0.25, DOWN, _S.POINT),
        ),
        0.23,
        0.2,
        turn=5,
    ),
    "typing": Movement(
        "alternate",
        Pose(0.10, -0.14, 0.33, DOWN, _S.RELAXED, 15),
        tuple(
            Pose(0.10, -0.14 + (0.035 if step % 2 == 0 else -0.035), 0.33, DOWN, _S.RELAXED, 15)
            for step in range(6)
        ),
        0.16,
        0.15,
        nod=5,
    ),
    "running": Movement(
        "alternate",
        Pose(0.22, -0.08, 0.26, IN, _S.FIST),
        tuple(Pose(0.22, -0.06, 0.36 if step % 2 == 0 else 0.17, IN, _S.FIST) for step in range(5)),
        0.22,
        0.1,
    ),
    "flat": Movement(
        "lead",
        Pose(0.05, -0.05, 0.32, DOWN, _S.FLAT),
        (Pose(0.37, -0.05, 0.33, DOWN, _S.FLAT),),
        0.5,
        0.35,
        turn=6,
    ),
    # holding, sizing and moving ideas
    "wide": Movement(
        "both",
        Pose(0.10, -0.07, 0.30, IN, _S.OPEN),
        (Pose(0.42, 0.0, 0.30, IN, _S.OPEN, -5),),
        0.42,
        0.6,
        nod=-3,
    ),
    "pinch": Movement(
        "lead",
        Pose(0.20, -0.10, 0.26, IN, _S.OPEN),
        (Pose(0.15, 0.07, 0.32, AHEAD, _S.PINCH, 5),),
        0.36,
        0.6,
        nod=5,
        tilt=3,
    ),
    "whole": Movement(
        "both",
        Pose(0.24, 0.08, 0.30, IN, _S.RELAXED),
        (Pose(0.28, -0.06, 0.36, IN, _S.RELAXED), Pose(0.15, -0.17, 0.33, UP, _S.RELAXED)),
        0.36,
        0.35,
    ),
    "bowl": Movement(
        "both",
        Pose(0.20, -0.20, 0.28, UP, _S.RELAXED),
        (Pose(0.15, -0.07, 0.34, UP, _S.RELAXED),),
        0.38,
        0.5,
        nod=3,
    ),
    "slice": Movement(
        "lead",
        Pose(0.20, 0.06, 0.28, IN, _S.FLAT),
        (Pose(0.15, -0.14, 0.34, IN, _S.FLAT, -6),),
        0.28,
        0.35,
        Pose(0.10, -0.18, 0.28, UP, _S.OPEN),
        nod=5,
    ),
    "rise": Movement(
        "lead",
        Pose(0.20, -0.19, 0.31, UP, _S.OPEN),
        (Pose(0.29, 0.14, 0.31, UP, _S.OPEN),),
        0.5,
        0.4,
        nod=-5,
    ),
    "temple": Movement(
        "lead",
        Pose(0.21, 0.02, 0.28, BACK, _S.POINT),
        (Pose(0.19, 0.27, 0.17, BACK, _S.POINT, -10),),
        0.42,
        0.4,
        tilt=5,
    ),
    "all_around": Movement(
        "both",
        Pose(0.10, -0.02, 0.36, DOWN, _S.OPEN),
        (Pose(0.28, -0.01, 0.37, DOWN, _S.OPEN), Pose(0.40, -0.09, 0.26, DOWN, _S.OPEN)),
        0.32,
        0.35,
        turn=4,
    ),
    "bring_together": Movement(
        "both",
        Pose(0.34, -0.02, 0.31, IN, _S.RELAXED),
        (Pose(0.07, -0.08, 0.34, IN, _S.RELAXED),),
        0.42,
        0.4,
        nod=4,
    ),
}
"""By the names that patterns use."""

BEAT_HOME = Pose(0.22, -0.12, 0.30, (-0.7, 0.5, 0.2), HandShape.OPEN)
"""Where hands beat time when no other gesture is held."""
