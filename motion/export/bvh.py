"""BVH: the skeleton and its motion as text, for Blender, MotionBuilder and retargeters.

Lengths are centimetres. The rest pose is SMPL-X's: a T-pose facing +z, y up. Joint names and order
are SMPL-X's. Each joint turns by ``Zrotation Xrotation Yrotation`` in degrees, applied from left to
right (R = Rz Rx Ry), unwrapped: a channel never jumps by a turn. The root's three positions are
where the pelvis is; its offset is zero.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion.body import default_skeleton
from motion.clip import Motion
from motion.export.decimals import blocks, decimal_lines
from motion.parts import JOINT_NAMES, JOINTS, PARENTS
from motion.rotation import matrix_from_axis_angle

CENTIMETRES = 100.0
"""In a metre."""
_TIP_CENTIMETRES = 2.0
"""Length of the bones behind the last joints: finger tips, toes, eyes."""
_FULL_TURN = 2.0 * math.pi
_LOCKED = 1e-7
"""Cosine of x below which z and y turn about the same axis."""

Angles = Float[np.ndarray, "frame 55 3"]


def write_bvh(motion: Motion, path: Path) -> None:
    """Write a motion at its own frame rate; expression and shape have no place in the format."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as BVH")
    skeleton = default_skeleton()
    order = list(_depth_first(0))
    with path.open("wb") as file:
        file.write(b"HIERARCHY\n")
        for line in _hierarchy(0, skeleton.offsets.double().numpy() * CENTIMETRES, 0):
            file.write(line.encode())
        head = f"MOTION\nFrames: {len(motion)}\nFrame Time: {1.0 / motion.fps:.10f}\n"
        file.write(head.encode())
        for part, angles in zip(blocks(len(motion)), _angles_of(motion), strict=True):
            places = (skeleton.offsets[0] + motion.translation[part]).double().numpy() * CENTIMETRES
            turns = np.degrees(angles[:, order].reshape(len(angles), -1))
            rows = np.concatenate([places, turns], axis=1)
            file.writelines(line + b"\n" for line in decimal_lines(rows, 5, " "))


def euler_angles(motion: Motion) -> Angles:
    """Angles about z, x and y of every joint in radians, each near the frame before's."""
    angles: Angles = np.empty((len(motion), JOINTS, 3))
    for part, found in zip(blocks(len(motion)), _angles_of(motion), strict=True):
        angles[part] = found
    return angles


def _angles_of(motion: Motion) -> Iterator[Angles]:
    """The same block by block."""
    found = (motion.poses[part].double() for part in blocks(len(motion)))
    return unwrapped(_zxy(matrix_from_axis_angle(poses).numpy()) for poses in found)


def _zxy(R: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Angles of R = Rz Rx Ry; where x is a quarter turn, z alone stands for z and y."""
    across = np.hypot(R[..., 0, 1], R[..., 1, 1])
    locked = across < _LOCKED
    z = np.where(
        locked,
        np.arctan2(R[..., 1, 0], R[..., 0, 0]),
        np.arctan2(-R[..., 0, 1], R[..., 1, 1]),
    )
    y = np.where(locked, 0.0, np.arctan2(-R[..., 2, 0], R[..., 2, 2]))
    return np.stack([z, np.arctan2(R[..., 2, 1], across), y], axis=-1)


def unwrapped(blocks_of_angles: Iterable[Angles]) -> Iterator[Angles]:
    """The same rotations by the angles that lie nearest to the frame before's.

    Every rotation has two forms, (z, x, y) and (z + pi, pi - x, y + pi), each up to whole turns.
    Which form a frame takes depends on the frame before's only by whether it is to change: two
    forms of one kind are as far apart as two of the other.
    """
    last: Angles | None = None
    for angles in blocks_of_angles:
        if last is None:
            last, last_changed, last_turned = (
                angles[:1],
                np.zeros((1, angles.shape[1]), bool),
                angles[:1],
            )
        behind = np.concatenate((last, angles))
        stays, changes = (_distance(behind[:-1], form[1:]) for form in (behind, _other(behind)))
        changed = (last_changed + np.cumsum(changes < stays, axis=0)) % 2 == 1
        forms = np.where(changed[..., None], _other(angles), angles)
        turned = np.unwrap(np.concatenate((last_turned, forms)), axis=0)[1:]
        yield turned
        last, last_changed, last_turned = angles[-1:], changed[-1:], turned[-1:]


def _other(angles: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """The other form of each rotation."""
    other: Float[np.ndarray, "*batch 3"] = math.pi + np.array([1.0, -1.0, 1.0]) * angles
    return other


def _distance(
    left: Float[np.ndarray, "*batch 3"], right: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch"]:
    """Sum of the turns between two forms, each the short way round."""
    apart = right - left
    apart -= _FULL_TURN * np.rint(apart / _FULL_TURN)
    distance: Float[np.ndarray, "*batch"] = np.abs(apart).sum(axis=-1)
    return distance


def _depth_first(number: int) -> Iterator[int]:
    """Joints in the order of the hierarchy, which is that of the channels."""
    yield number
    for child in _children(number):
        yield from _depth_first(child)


def _children(number: int) -> list[int]:
    return [child for child in range(JOINTS) if PARENTS[child] == number]


def _hierarchy(number: int, offsets: Float[np.ndarray, "55 3"], depth: int) -> Iterator[str]:
    """Lines of a joint and everything below it."""
    tab = "\t" * depth
    offset = np.zeros(3) if depth == 0 else offsets[number]
    positions = "Xposition Yposition Zposition " if depth == 0 else ""
    channels = 6 if depth == 0 else 3
    yield f"{tab}{'JOINT' if depth else 'ROOT'} {JOINT_NAMES[number]}\n{tab}{{\n"
    yield f"{tab}\tOFFSET {_numbers(offset)}\n"
    yield f"{tab}\tCHANNELS {channels} {positions}Zrotation Xrotation Yrotation\n"
    children = _children(number)
    for child in children:
        yield from _hierarchy(child, offsets, depth + 1)
    if not children:
        tip = offsets[number] / max(float(np.linalg.norm(offsets[number])), 1e-9)
        yield f"{tab}\tEnd Site\n{tab}\t{{\n"
        yield f"{tab}\t\tOFFSET {_numbers(tip * _TIP_CENTIMETRES)}\n{tab}\t}}\n"
    yield f"{tab}}}\n"


def _numbers(values: Float[np.ndarray, "3"]) -> str:
    return " ".join(f"{value:.5f}" for value in values)
