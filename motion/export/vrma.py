"""VRM animation (VRMC_vrm_animation 1.0): humanoid bones and expressions for any VRM avatar.

A VRM's rest pose is a strict T-pose, SMPL-X's is not: arms slope, legs spread, feet point outwards.
The file's skeleton is therefore ours made straight, and every bone is turned by what was taken from
it, so that each joint still stands where the motion puts it. Node i is joint i, in SMPL-X order,
followed by one node an expression, whose x is its strength. The ground lies at height zero.

Eyes and jaw move in the file but are no humanoid bones: the format keeps gaze apart, which our
motion does not have, and avatars open the mouth by expressions.
"""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import default_skeleton
from motion.clip import Motion
from motion.export.arkit import FaceCurves
from motion.export.decimals import blocks
from motion.export.gltf import (
    Array,
    Buffer,
    Clock,
    Json,
    Tracks,
    asset,
    joint_nodes,
    write_container,
)
from motion.parts import JOINT_NAMES, JOINTS, PARENTS, joint
from motion.rotation import continuous, matrix_from_axis_angle
from motion.timeline import FrameSpan

EXTENSION = "VRMC_vrm_animation"
STANDING = 0.955
"""Height of the pelvis over the ground in the rest pose, metres."""

_MIDDLE = {
    "hips": "pelvis",
    "spine": "spine1",
    "chest": "spine2",
    "upperChest": "spine3",
    "neck": "neck",
    "head": "head",
}
_SIDE = {
    "UpperLeg": "hip",
    "LowerLeg": "knee",
    "Foot": "ankle",
    "Toes": "foot",
    "Shoulder": "collar",
    "UpperArm": "shoulder",
    "LowerArm": "elbow",
    "Hand": "wrist",
}
_FINGERS = {"Index": "index", "Middle": "middle", "Ring": "ring", "Little": "pinky"}
_SEGMENTS = ("Proximal", "Intermediate", "Distal")
_DIGITS = (*_FINGERS.values(), "thumb")
_THUMB = ("Metacarpal", "Proximal", "Distal")

EXPRESSIONS: tuple[str, ...] = ("aa", "ou", "ee", "blink")
"""Presets that the motion drives."""


def _bones() -> dict[str, str]:
    names = dict(_MIDDLE)
    for side in ("left", "right"):
        names |= {f"{side}{bone}": f"{side}_{name}" for bone, name in _SIDE.items()}
        for number in range(3):
            thumb = f"{side}Thumb{_THUMB[number]}"
            names[thumb] = f"{side}_thumb{number + 1}"
            for bone, name in _FINGERS.items():
                names[f"{side}{bone}{_SEGMENTS[number]}"] = f"{side}_{name}{number + 1}"
    return names


BONES: dict[str, str] = _bones()
"""Joint of each VRM bone."""


def write_vrma(motion: Motion, path: Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write a motion for VRM avatars; ``provenance`` goes into the asset's extras."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as VRMA")
    buffer = Buffer()
    nodes = joint_nodes(straight_offsets().numpy())
    nodes += [{"name": name} for name in EXPRESSIONS]
    roots = [0, *range(JOINTS, len(nodes))]
    document: Json = {
        "asset": asset(Clock(len(motion), motion.fps), {}, provenance),
        "extensionsUsed": [EXTENSION],
        "extensions": {EXTENSION: _extension()},
        "scene": 0,
        "scenes": [{"name": "chironomia", "nodes": roots}],
        "nodes": nodes,
        "animations": [_animation(buffer, motion)],
    }
    with Path(path).open("wb") as file:
        write_container(document, buffer, file)


def _extension() -> Json:
    return {
        "specVersion": "1.0",
        "humanoid": {"humanBones": {bone: {"node": joint(name)} for bone, name in BONES.items()}},
        "expressions": {
            "preset": {name: {"node": JOINTS + place} for place, name in enumerate(EXPRESSIONS)}
        },
    }


def _animation(buffer: Buffer, motion: Motion) -> Json:
    tracks = Tracks.of(buffer, Clock(len(motion), motion.fps))
    tracks.animate_later(0, "translation", partial(_places, motion), "VEC3")
    for number in range(JOINTS):
        tracks.turn(number, partial(_turns, motion, number))
    curves = FaceCurves.of(motion)
    for place, name in enumerate(EXPRESSIONS):
        strength = partial(_strength, curves, name)
        tracks.animate_later(JOINTS + place, "translation", strength, "VEC3")
    return tracks.as_json()


def _places(motion: Motion) -> Iterator[Array]:
    """Where the pelvis is, some frames at a time, as everything that moves is made."""
    offset = default_skeleton().offsets[0]
    return ((offset + motion.translation[part]).numpy() for part in blocks(len(motion)))


def _turns(motion: Motion, number: int) -> Iterator[Float[Array, "frame 4"]]:
    """Quaternions of a joint without a jump of their sign."""
    before: Tensor | None = None
    for part in blocks(len(motion)):
        some = motion[FrameSpan(part.start, part.stop)]
        wxyz = roma.quat_xyzw_to_wxyz(roma.rotmat_to_unitquat(straightened(some, number)))
        smooth = continuous(wxyz if before is None else torch.cat((before, wxyz)))
        yield (smooth if before is None else smooth[1:]).numpy()
        before = smooth[-1:]


def _strength(curves: FaceCurves, name: str) -> Iterator[Float[Array, "frame 3"]]:
    """How strongly an expression shows, as the x of its node."""
    for part in blocks(len(curves.motion)):
        found = curves.some(FrameSpan(part.start, part.stop))
        strengths = {
            "aa": found["JawOpen"] - found["MouthClose"],
            "ou": found["MouthPucker"],
            "ee": found["MouthSmileLeft"],
            "blink": found["EyeBlinkLeft"],
        }
        values = np.zeros((part.stop - part.start, 3))
        values[:, 0] = strengths[name]
        yield values


def straightened(motion: Motion, number: int) -> Float[Tensor, "frame 3 3"]:
    """Local rotations of a joint on the straight skeleton that put it where the motion has it."""
    turns = corrections()
    above = turns[PARENTS[number]] if number else torch.eye(3).double()
    return above.mT @ matrix_from_axis_angle(motion.poses[:, number].double()) @ turns[number]


@cache
def straight_offsets() -> Float[Tensor, "55 3"]:
    """Rest offsets of the strict T-pose; the pelvis stands on the ground at height zero."""
    offsets, turns = default_skeleton().offsets.double(), corrections()
    straight = offsets.clone()
    straight[0] = torch.tensor([0.0, STANDING, 0.0])
    for child in range(1, JOINTS):
        straight[child] = turns[PARENTS[child]].mT @ offsets[child]
    return straight


@cache
def corrections() -> Float[Tensor, "55 3 3"]:
    """For each joint, the turn from the strict T-pose to SMPL-X's rest pose."""
    offsets = default_skeleton().offsets.double()
    turns = torch.eye(3, dtype=torch.float64).repeat(JOINTS, 1, 1)
    for number, name in enumerate(JOINT_NAMES):
        child = _next(name)
        if child is not None:
            rest = offsets[joint(child)]
            turns[number] = _between(_straight(name, rest), rest)
        elif name.endswith(("_foot", *(f"{finger}3" for finger in _DIGITS))):
            turns[number] = turns[PARENTS[number]]
    return turns


def _next(name: str) -> str | None:
    """The joint that a straight bone points to; none for bones that keep their turn."""
    side, _, part = name.partition("_")
    chain = {"hip": "knee", "knee": "ankle", "ankle": "foot"}
    chain |= {"shoulder": "elbow", "elbow": "wrist", "wrist": "middle1"}
    if part in chain:
        return f"{side}_{chain[part]}"
    if part[:-1] in _DIGITS and part[-1] in "12":
        return f"{name[:-1]}{int(part[-1]) + 1}"
    return None


def _straight(name: str, rest: Float[Tensor, "3"]) -> Float[Tensor, "3"]:
    """Direction of a bone in the strict T-pose, given the one it has."""
    side, _, part = name.partition("_")
    outwards = 1.0 if side == "left" else -1.0
    if part in {"hip", "knee"}:
        return torch.tensor([0.0, -1.0, 0.0]).double()
    if part == "ankle":
        return torch.stack([torch.zeros(()).double(), rest[1], rest[[0, 2]].norm()])
    if part.startswith("thumb"):
        return torch.tensor([outwards, 0.0, 1.0]).double()
    return torch.tensor([outwards, 0.0, 0.0]).double()


def _between(source: Float[Tensor, "3"], target: Float[Tensor, "3"]) -> Float[Tensor, "3 3"]:
    """The smallest turn from one direction to another."""
    start, end = source / source.norm(), target / target.norm()
    axis = torch.linalg.cross(start, end)
    sine = axis.norm()
    angle = torch.atan2(sine, start @ end)
    turn: Tensor = roma.rotvec_to_rotmat(axis / sine.clamp(min=1e-12) * angle)
    return turn
