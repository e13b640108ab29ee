"""How fast each hand moves, in numpy alone, for those who only look."""

import numpy as np
from jaxtyping import Float

from motion.npz import MotionArrays
from motion.parts import JOINTS, PARENTS, joint
from motion.proportions import rest_offsets
from motion.quaternions import product, quaternions_of, turned

Array = np.ndarray
SMOOTHED_SECONDS = 0.1


def hand_speeds(motion: MotionArrays) -> tuple[Float[Array, "frame"], Float[Array, "frame"]]:
    """Speeds of the left and the right wrist as seen from the pelvis, metres a second.

    Smoothed over 0.1 s, as where indexing looks for strokes; the faster of both peaks there.
    """
    poses = motion.poses.reshape(len(motion.poses), JOINTS, 3).astype(np.float64)
    turns = quaternions_of(poses)
    return _speed(turns, "left_wrist", motion.fps), _speed(turns, "right_wrist", motion.fps)


def _speed(turns: Float[Array, "frame 55 4"], name: str, fps: float) -> Float[Array, "frame"]:
    if len(turns) < 2:
        return np.zeros(len(turns))
    velocity = np.gradient(_from_pelvis(turns, name), 1.0 / fps, axis=0)
    return _smoothed(np.linalg.norm(velocity, axis=-1), round(SMOOTHED_SECONDS * fps / 2))


def _from_pelvis(turns: Float[Array, "frame 55 4"], name: str) -> Float[Array, "frame 3"]:
    """Where a joint is, seen from a pelvis that does not turn."""
    chain = [joint(name)]
    while (above := PARENTS[chain[-1]]) > 0:
        chain.append(above)
    offsets = rest_offsets().astype(np.float64)
    place = np.zeros((len(turns), 3))
    world = np.zeros((len(turns), 4))
    world[:, 0] = 1.0
    for number in reversed(chain):
        place = place + turned(world, offsets[number])
        world = product(world, turns[:, number])
    return place


def _smoothed(speed: Float[Array, "frame"], reach: int) -> Float[Array, "frame"]:
    """Mean over ``reach`` frames to both sides, fewer at the ends."""
    sums = np.concatenate(([0.0], np.cumsum(speed)))
    first = np.clip(np.arange(len(speed)) - reach, 0, None)
    last = np.clip(np.arange(len(speed)) + reach + 1, None, len(speed))
    mean: Array = (sums[last] - sums[first]) / (last - first)
    return mean
