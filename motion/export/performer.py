"""The mannequin performing a motion as binary glTF, in numpy alone.

Node i of the file is joint i, in SMPL-X order. Joints rotate, the pelvis also moves; the face's
morphs have their weights animated. Rotations are unit quaternions whose signs never jump.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Float

from motion.export.decimals import blocks
from motion.export.gltf import (
    INDEX_BUFFER,
    VERTEX_BUFFER,
    Array,
    Buffer,
    Clock,
    Json,
    Tracks,
    asset,
    joint_nodes,
    write_container,
)
from motion.figure.shapes import MATERIALS, MORPHS
from motion.figure.strengths import Face
from motion.mannequin import COLOURS, mannequin
from motion.npz import MotionArrays
from motion.parts import JOINTS
from motion.proportions import rest_offsets
from motion.quaternions import quaternions_of, smooth_signs

_MESH_NODE = JOINTS
_LICENCE = "Apache-2.0"


def performed(motion: MotionArrays, provenance: Mapping[str, Any] | None = None) -> bytes:
    """The mannequin performing a short motion; ``provenance`` goes into the asset's extras."""
    file = io.BytesIO()
    write_performed(motion, file, provenance)
    return file.getvalue()


def write_performed(
    motion: MotionArrays, file: BinaryIO, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write the same as it is made: an hour takes no more memory than a minute."""
    if len(motion.poses) == 0:
        raise ValueError("a motion without frames cannot be written as GLB")
    figure, clock = _figure(), Clock(len(motion.poses), motion.fps)
    buffer = figure.buffer.copy()
    offsets = rest_offsets().astype(np.float64)
    offsets[0] += motion.translation[0].astype(np.float64)
    document: Json = {
        "asset": asset(clock, {"mannequin": _LICENCE}, provenance),
        "scene": 0,
        "scenes": [{"name": "chironomia", "nodes": [0, _MESH_NODE]}],
        "nodes": [*joint_nodes(offsets), {"name": "mannequin", "mesh": 0, "skin": 0}],
        "meshes": [figure.mesh],
        "materials": _materials(),
        "skins": [figure.skin],
        "animations": [_animation(buffer, clock, motion)],
    }
    write_container(document, buffer, file)


@dataclass(frozen=True)
class _Figure:
    """What no motion changes; nobody may write into it."""

    buffer: Buffer
    mesh: Json
    skin: Json


@cache
def _figure() -> _Figure:
    buffer = Buffer()
    return _Figure(buffer, _mesh(buffer), _skin(buffer))


def _mesh(buffer: Buffer) -> Json:
    return {
        "name": "mannequin",
        "primitives": [_primitive(buffer, number) for number in range(len(MATERIALS))],
        "weights": [0.0] * len(MORPHS),
        "extras": {"targetNames": [str(morph) for morph in MORPHS]},
    }


def _primitive(buffer: Buffer, material: int) -> Json:
    """The faces of one material with the vertices that they use."""
    body = mannequin()
    faces = body.faces_of(np.flatnonzero(body.materials == material))
    used, renumbered = np.unique(faces, return_inverse=True)

    def attribute(values: Array, kind: str, span: bool = False) -> int:
        return buffer.add(values, kind, VERTEX_BUFFER, span)

    return {
        "attributes": {
            "POSITION": attribute(body.vertices[used].astype("<f4"), "VEC3", span=True),
            "NORMAL": attribute(body.normals[used].astype("<f4"), "VEC3"),
            "JOINTS_0": attribute(body.joint_indices[used].astype("u1"), "VEC4"),
            "WEIGHTS_0": attribute(body.joint_weights[used].astype("<f4"), "VEC4"),
        },
        "indices": buffer.add(renumbered.reshape(-1).astype("<u2"), "SCALAR", INDEX_BUFFER),
        "material": material,
        "targets": [
            {"POSITION": attribute(moved[used].astype("<f4"), "VEC3", span=True)}
            for moved in body.morphs
        ],
    }


def _materials() -> list[Json]:
    return [
        {
            "name": str(material),
            "pbrMetallicRoughness": {
                "baseColorFactor": [*(channel**2.2 for channel in COLOURS[material]), 1.0],
                "metallicFactor": 0.0,
                "roughnessFactor": 0.85,
            },
        }
        for material in MATERIALS
    ]


def _skin(buffer: Buffer) -> Json:
    inverse = np.tile(np.eye(4, dtype="<f4"), (JOINTS, 1, 1))
    inverse[:, 3, :3] = -mannequin().joints
    matrices = buffer.add(inverse.reshape(JOINTS, 16), "MAT4")
    return {"inverseBindMatrices": matrices, "skeleton": 0, "joints": list(range(JOINTS))}


def _animation(buffer: Buffer, clock: Clock, motion: MotionArrays) -> Json:
    tracks = Tracks.of(buffer, clock, len(MORPHS))
    parts = tuple(blocks(clock.frames))

    def places() -> Iterator[Array]:
        return (rest_offsets()[0] + motion.translation[part] for part in parts)

    def strengths() -> Iterator[Array]:
        face = Face.of(motion.expression)
        return (face.strengths(motion.expression[part]) for part in parts)

    tracks.animate_later(0, "translation", places, "VEC3")
    for number in range(JOINTS):
        tracks.turn(number, partial(_turns, motion, number))
    tracks.animate_later(_MESH_NODE, "weights", strengths, "SCALAR")
    return tracks.as_json()


def _turns(motion: MotionArrays, number: int) -> Iterator[Float[Array, "frame 4"]]:
    """Quaternions of a joint without a jump of their sign, some frames at a time."""
    before = None
    columns = slice(3 * number, 3 * number + 3)
    for part in blocks(len(motion.poses)):
        found = quaternions_of(motion.poses[part, columns].astype(np.float64))
        smooth = smooth_signs(found if before is None else np.concatenate((before, found)))
        yield smooth if before is None else smooth[1:]
        before = smooth[-1:]
