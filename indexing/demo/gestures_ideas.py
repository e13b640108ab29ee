"""Choreography of metaphoric gestures: ideas are held, sized and moved in space."""

from indexing.demo.hands import HandShape
from indexing.demo.movement import AHEAD, BACK, DOWN, IN, UP, Movement, Pose

_S = HandShape
IDEAS: dict[str, Movement] = {
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
"""Sizes, wholes and parts, growth, balance, thought."""
