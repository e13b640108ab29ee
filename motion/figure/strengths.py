"""From FLAME expression coefficients to the mannequin's morphs, and back: an approximation.

FLAME's coefficients are principal components without names, and the mannequin's face is not
FLAME's. The map is linear in the first 36 coefficients, then cut to 0..1. How each row was found:

- mouth_open, mouth_round: ridge regression, on the two sample recordings of BEAT2, of the openness
  and rounding of the phone being spoken (correlation 0.45 on the recording left out), rounded;
- blink: the mean change at the sharp 0.2 s peaks that the coefficients 15, 19, 22, 35 share;
- smile: coefficient 0, which falls on rounded vowels and rises on spread ones;
- brows: coefficient 4, the strongest one that does not depend on the phone; its sign is a guess.

Coefficients are counted from the clip's median: means differ between people far more than moods.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from jaxtyping import Float

from motion.figure.shapes import MORPHS, Array, Morph
from motion.parts import EXPRESSIONS

_ROWS: dict[Morph, dict[int, float]] = {
    Morph.MOUTH_OPEN: {
        0: -0.42,
        1: -0.81,
        2: 0.72,
        3: 0.54,
        4: -0.15,
        5: -0.12,
        6: 0.60,
        7: -0.21,
        8: -0.63,
        9: 0.15,
        12: -0.39,
        13: -0.21,
        15: 0.10,
    },
    Morph.SMILE: {0: 0.90},
    Morph.MOUTH_ROUND: {
        0: -0.96,
        1: 0.78,
        2: -0.12,
        4: 0.24,
        5: -0.66,
        6: 0.45,
        8: -0.36,
        9: 0.30,
        10: 0.30,
        12: -0.21,
        14: 0.15,
    },
    Morph.BROWS_UP: {4: 1.6},
    Morph.BROWS_DOWN: {4: -1.6},
    Morph.BLINK: {15: -0.115, 19: 0.115, 22: 0.115, 35: 0.115},
}
_AT_MEDIAN: dict[Morph, float] = {Morph.MOUTH_OPEN: 0.28, Morph.BLINK: -0.12, Morph.SMILE: 0.10}
"""Strength when the coefficients are at their median: talking mouths stand a little open."""


@cache
def expression_map() -> Float[Array, "morph 100"]:
    """The linear map, one row a morph in the order of `MORPHS`."""
    rows = np.zeros((len(MORPHS), EXPRESSIONS), dtype=np.float32)
    for morph, coefficients in _ROWS.items():
        for coefficient, value in coefficients.items():
            rows[MORPHS.index(morph), coefficient] = value
    rows.flags.writeable = False
    return rows


@dataclass(frozen=True, eq=False)
class Face:
    """What the expressions of one clip are counted from."""

    median: Float[Array, "100"] | None
    """Lower median of each coefficient; none for a face that never moves."""

    @classmethod
    def of(cls, expression: Float[Array, "frame 100"]) -> Self:
        """Of all frames of a clip, a coefficient at a time."""
        if len(expression) == 0 or not expression.any():
            return cls(None)
        middle = (len(expression) - 1) // 2
        return cls(np.array([np.partition(row, middle)[middle] for row in expression.T]))

    def strengths(self, expression: Float[Array, "frame 100"]) -> Float[Array, "frame morph"]:
        """Strength of each morph, 0 to 1, in some of the frames."""
        if self.median is None:
            return np.zeros((len(expression), len(MORPHS)), dtype=np.float32)
        moved = (expression - self.median).astype(np.float32)
        start = np.array([_AT_MEDIAN.get(morph, 0.0) for morph in MORPHS], dtype=np.float32)
        strengths: Array = (moved @ expression_map().T + start).clip(0.0, 1.0)
        return strengths


def morph_strengths(expression: Float[Array, "frame 100"]) -> Float[Array, "frame morph"]:
    """Strength of each morph, 0 to 1, in every frame; all zero for a face that never moves."""
    return Face.of(expression).strengths(expression)
