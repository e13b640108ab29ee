"""The face against the real one: vertex error, and error of the way vertices move.

| symbol | here |
| --- | --- |
| p, g | generated and real vertices, metres |
| T, V | frames, vertices |
| MSE | sum of (p - g)^2 over 3 T V |
| LVD | sum of abs((p[t+1] - p[t]) - (g[t+1] - g[t])) over 3 T V |
| LVD, older code | the same with p[t+1] - g[t] in place of p[t+1] - p[t] |

EMAGE, Liu et al., CVPR 2024, on all 10475 vertices of SMPL-X with the body at rest. Our mannequin
has fewer, counts only those that a face moves, and reads expressions roughly and against the clip's
median: its numbers compare with each other alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from evaluation.measurement import FEWEST_CLIPS, Measurement, shortages
from evaluation.positions import ClipPair, MeasuringBody

Array = np.ndarray
FEWEST_FRAMES = 900
"""Half a minute in all."""


@dataclass(frozen=True)
class FaceError:
    """Sums of one clip, divided by vertices and coordinates but not yet by frames."""

    squared: float
    movement: float
    movement_older: float
    frames: int


def face_error(body: MeasuringBody, pair: ClipPair) -> FaceError:
    """Compare the faces of a pair, a block of frames at a time."""
    total = np.zeros(3)
    before: tuple[Array, Array] | None = None
    for ours, real in zip(body.face(pair.generated), body.face(pair.real), strict=True):
        generated, target = ours.astype(np.float64), real.astype(np.float64)
        total[0] += np.square(generated - target).sum()
        if before is not None:
            generated = np.concatenate((before[0], generated))
            target = np.concatenate((before[1], target))
        total[1:] += _movement(generated, target)
        before = (generated[-1:], target[-1:])
        coordinates = generated[0].size
    squared, movement, older = total / coordinates
    return FaceError(float(squared), float(movement), float(older), len(pair.real))


def _movement(
    generated: Float[Array, "frame vertex 3"], real: Float[Array, "frame vertex 3"]
) -> tuple[float, float]:
    """Both variants of the movement error, summed."""
    steps = real[1:] - real[:-1]
    movement = np.abs(generated[1:] - generated[:-1] - steps).sum()
    older = np.abs(generated[1:] - real[:-1] - steps).sum()
    return float(movement), float(older)


def face_measurements(clips: Sequence[FaceError], body: MeasuringBody) -> tuple[Measurement, ...]:
    """MSE and both variants of LVD over all frames of all clips."""
    frames = sum(clip.frames for clip in clips)
    lacking = shortages(("recordings", len(clips), FEWEST_CLIPS), ("frames", frames, FEWEST_FRAMES))
    sums = (
        ("face vertex MSE", "m^2", sum(clip.squared for clip in clips)),
        ("face LVD", "m", sum(clip.movement for clip in clips)),
        ("face LVD, older code", "m", sum(clip.movement_older for clip in clips)),
    )
    return tuple(
        Measurement(
            name, total / frames if frames else float("nan"), unit, "lower", body.surface, lacking
        )
        for name, unit, total in sums
    )
