"""BVH: the skeleton and its motion as text, for Blender, MotionBuilder and retargeters.

Lengths are centimetres. The rest pose is SMPL-X's: a T-pose facing +z, y up. Joint names and order
are SMPL-X's. Each joint turns by ``Zrotation Xrotation Yrotation`` in degrees, applied from left to
right (R = Rz Rx Ry), unwrapped: a channel never jumps by a turn. The root's three positions are
where the pelvis is; its offset is zero.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import roma
from jaxtyping import Float

from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import JOINT_NAMES, JOINTS, PARENTS
from motion.rotation import matrix_from_axis_angle

CENTIMETRES = 100.0
"""In a metre."""
_TIP_CENTIMETRES = 2.0
"""Length of the bones behind the last joints: finger tips, toes, eyes."""
_FULL_TURN = 2.0 * math.pi

Angles = Float[np.ndarray, "frame 55 3"]


def write_bvh(motion: Motion, path: Path) -> None:
    """Write a motion at its own frame rate; expression and shape have no place in the format."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as BVH")
    skeleton = default_skeleton()
    places = (skeleton.offsets[0] + motion.translation).double().numpy() * CENTIMETRES
    turns = np.degrees(euler_angles(motion))
    order = list(_depth_first(0))
    rows = np.concatenate([places, turns[:, order].reshape(len(motion), -1)], axis=1)
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("HIERARCHY\n")
        file.writelines(_hierarchy(0, skeleton.offsets.double().numpy() * CENTIMETRES, 0))
        file.write(f"MOTION\nFrames: {len(motion)}\nFrame Time: {1.0 / motion.fps:.10f}\n")
        np.savetxt(file, rows, fmt="%.5f")


def euler_angles(motion: Motion) -> Angles:
    """Angles about z, x and y of every joint in radians, each near the frame before's."""
    matrices = matrix_from_axis_angle(motion.poses.double()).reshape(-1, 3, 3)
    found = roma.rotmat_to_euler("ZXY", matrices, as_tuple=False)
    angles: Angles = found.numpy().reshape(len(motion), JOINTS, 3)
    return unwrapped(angles)


def unwrapped(angles: Angles) -> Angles:
    """The same rotations by the angles that lie nearest to the frame before's.

    Every rotation has two forms, (z, x, y) and (z + pi, pi - x, y + pi), each up to whole turns.
    """
    chosen = np.empty_like(angles)
    chosen[0] = angles[0]
    half = np.array([math.pi, math.pi, math.pi])
    mirror = np.array([1.0, -1.0, 1.0])
    for frame in range(1, len(angles)):
        before = chosen[frame - 1]
        forms = np.stack([angles[frame], half + mirror * angles[frame]])
        forms -= _FULL_TURN * np.rint((forms - before) / _FULL_TURN)
        nearer = np.abs(forms - before).sum(axis=-1).argmin(axis=0)
        chosen[frame] = forms[nearer, np.arange(JOINTS)]
    return chosen


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
