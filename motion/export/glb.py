"""Binary glTF 2.0: the skinned mannequin with its motion, or any viewer's starting point.

Node i of the file is joint i, in SMPL-X order. Joints rotate, the pelvis also moves; the face's
morphs have their weights animated. Rotations are unit quaternions whose signs never jump.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motion.body import default_skeleton
from motion.clip import Motion
from motion.export.gltf import (
    INDEX_BUFFER,
    VERTEX_BUFFER,
    Array,
    Buffer,
    Json,
    Tracks,
    asset,
    container,
    joint_nodes,
)
from motion.figure.expression import morph_weights
from motion.figure.shapes import MATERIALS, MORPHS
from motion.mannequin import COLOURS, mannequin
from motion.parts import JOINTS
from motion.rotation import continuous, quaternion_from_axis_angle

_MESH_NODE = JOINTS
_LICENCE = "Apache-2.0"


def write_glb(motion: Motion, path: Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write the mannequin performing a motion; ``provenance`` goes into the asset's extras."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as GLB")
    buffer = Buffer()
    offsets = default_skeleton().offsets.double().numpy().copy()
    offsets[0] += motion.translation[0].double().numpy()
    document: Json = {
        "asset": asset(motion, {"mannequin": _LICENCE}, provenance),
        "scene": 0,
        "scenes": [{"name": "chironomia", "nodes": [0, _MESH_NODE]}],
        "nodes": [*joint_nodes(offsets), {"name": "mannequin", "mesh": 0, "skin": 0}],
        "meshes": [_mesh(buffer)],
        "materials": _materials(),
        "skins": [_skin(buffer)],
        "animations": [_animation(buffer, motion)],
    }
    Path(path).write_bytes(container(document, buffer))


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


def _animation(buffer: Buffer, motion: Motion) -> Json:
    tracks = Tracks.of(buffer, motion)
    turns = continuous(quaternion_from_axis_angle(motion.poses.double())).numpy()
    places = (default_skeleton().offsets[0] + motion.translation).numpy()
    tracks.animate(0, "translation", places, "VEC3")
    for number in range(JOINTS):
        tracks.turn(number, turns[:, number])
    strengths = morph_weights(motion.expression).numpy()
    tracks.animate(_MESH_NODE, "weights", strengths.reshape(-1), "SCALAR")
    return tracks.as_json()
