"""Binary glTF 2.0: the skinned mannequin with its motion, or any viewer's starting point.

Node i of the file is joint i, in SMPL-X order. Joints rotate, the pelvis also moves; the face's
morphs have their weights animated. Rotations are unit quaternions whose signs never jump.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motion.body import default_skeleton
from motion.clip import Motion
from motion.figure.expression import morph_weights
from motion.figure.shapes import MATERIALS, MORPHS, Array
from motion.mannequin import COLOURS, mannequin
from motion.parts import JOINT_NAMES, JOINTS, PARENTS
from motion.rotation import continuous, quaternion_from_axis_angle

_FLOAT, _USHORT, _UBYTE = 5126, 5123, 5121
_VERTEX_BUFFER, _INDEX_BUFFER = 34962, 34963
_MESH_NODE = JOINTS
_LICENCE = "Apache-2.0"

Json = dict[str, Any]


@dataclass
class _Buffer:
    """Binary content with the views and accessors that describe it."""

    content: bytearray = field(default_factory=bytearray)
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)

    def add(self, values: Array, kind: str, target: int | None = None, span: bool = False) -> int:
        """Append an array; ``span`` records its smallest and largest values. Returns its number."""
        self.content.extend(b"\0" * (-len(self.content) % 4))
        component = {"f4": _FLOAT, "u2": _USHORT, "u1": _UBYTE}[values.dtype.str[1:]]
        view: Json = {"buffer": 0, "byteOffset": len(self.content), "byteLength": values.nbytes}
        if target is not None:
            view["target"] = target
        accessor: Json = {
            "bufferView": len(self.views),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if span:
            flat = values.reshape(len(values), -1)
            accessor["min"], accessor["max"] = flat.min(axis=0).tolist(), flat.max(axis=0).tolist()
        self.content.extend(np.ascontiguousarray(values).tobytes())
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def write_glb(motion: Motion, path: Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write the mannequin performing a motion; ``provenance`` goes into the asset's extras."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as GLB")
    buffer = _Buffer()
    document: Json = {
        "asset": _asset(motion, provenance),
        "scene": 0,
        "scenes": [{"name": "chironomia", "nodes": [0, _MESH_NODE]}],
        "nodes": [*_joint_nodes(motion), {"name": "mannequin", "mesh": 0, "skin": 0}],
        "meshes": [_mesh(buffer)],
        "materials": _materials(),
        "skins": [_skin(buffer)],
        "animations": [_animation(buffer, motion)],
    }
    document["bufferViews"], document["accessors"] = buffer.views, buffer.accessors
    document["buffers"] = [{"byteLength": len(buffer.content)}]
    Path(path).write_bytes(_container(document, bytes(buffer.content)))


def _asset(motion: Motion, provenance: Mapping[str, Any] | None) -> Json:
    extras: Json = {"frames": len(motion), "fps": motion.fps, "mannequin": _LICENCE}
    if provenance is not None:
        extras["provenance"] = dict(provenance)
    return {"version": "2.0", "generator": "chironomia", "extras": extras}


def _joint_nodes(motion: Motion) -> list[Json]:
    offsets = default_skeleton().offsets.double()
    nodes: list[Json] = []
    for number, name in enumerate(JOINT_NAMES):
        children = [child for child in range(JOINTS) if PARENTS[child] == number]
        node: Json = {"name": name, "translation": offsets[number].tolist()}
        if number == 0:
            node["translation"] = (offsets[0] + motion.translation[0].double()).tolist()
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _mesh(buffer: _Buffer) -> Json:
    return {
        "name": "mannequin",
        "primitives": [_primitive(buffer, number) for number in range(len(MATERIALS))],
        "weights": [0.0] * len(MORPHS),
        "extras": {"targetNames": [str(morph) for morph in MORPHS]},
    }


def _primitive(buffer: _Buffer, material: int) -> Json:
    """The faces of one material with the vertices that they use."""
    body = mannequin()
    faces = body.faces_of(np.flatnonzero(body.materials == material))
    used, renumbered = np.unique(faces, return_inverse=True)

    def attribute(values: Array, kind: str, span: bool = False) -> int:
        return buffer.add(values, kind, _VERTEX_BUFFER, span)

    return {
        "attributes": {
            "POSITION": attribute(body.vertices[used].astype("<f4"), "VEC3", span=True),
            "NORMAL": attribute(body.normals[used].astype("<f4"), "VEC3"),
            "JOINTS_0": attribute(body.joint_indices[used].astype("u1"), "VEC4"),
            "WEIGHTS_0": attribute(body.joint_weights[used].astype("<f4"), "VEC4"),
        },
        "indices": buffer.add(renumbered.reshape(-1).astype("<u2"), "SCALAR", _INDEX_BUFFER),
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


def _skin(buffer: _Buffer) -> Json:
    inverse = np.tile(np.eye(4, dtype="<f4"), (JOINTS, 1, 1))
    inverse[:, 3, :3] = -mannequin().joints
    matrices = buffer.add(inverse.reshape(JOINTS, 16), "MAT4")
    return {"inverseBindMatrices": matrices, "skeleton": 0, "joints": list(range(JOINTS))}


def _animation(buffer: _Buffer, motion: Motion) -> Json:
    times = (np.arange(len(motion)) / motion.fps).astype("<f4")
    clock = buffer.add(times, "SCALAR", span=True)
    turns = continuous(quaternion_from_axis_angle(motion.poses.double())).numpy()
    places = (default_skeleton().offsets[0] + motion.translation).numpy().astype("<f4")
    strengths = morph_weights(motion.expression).numpy().astype("<f4")
    samplers: list[Json] = []
    channels: list[Json] = []

    def animate(node: int, path: str, output: int) -> None:
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append({"input": clock, "interpolation": "LINEAR", "output": output})

    animate(0, "translation", buffer.add(places, "VEC3"))
    for number in range(JOINTS):
        xyzw = turns[:, number][:, [1, 2, 3, 0]].astype("<f4")
        animate(number, "rotation", buffer.add(xyzw, "VEC4"))
    animate(_MESH_NODE, "weights", buffer.add(strengths.reshape(-1), "SCALAR"))
    return {"name": "gestures", "samplers": samplers, "channels": channels}


def _container(document: Json, content: bytes) -> bytes:
    """Header, JSON chunk padded with blanks, binary chunk padded with zeros."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    content += b"\0" * (-len(content) % 4)
    header = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(content))
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    return header + chunks + struct.pack("<II", len(content), 0x004E4942) + content
