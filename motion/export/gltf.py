"""What every glTF file of ours shares: buffers, joint nodes, animation channels, the container."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from motion.parts import JOINT_NAMES, JOINTS, PARENTS

Array = np.ndarray
Json = dict[str, Any]

_COMPONENTS = {"f4": 5126, "u2": 5123, "u1": 5121}
VERTEX_BUFFER, INDEX_BUFFER = 34962, 34963


@dataclass(frozen=True)
class Clock:
    """When the frames of a motion are."""

    frames: int
    fps: float


@dataclass
class Buffer:
    """Binary content with the views and accessors that describe it."""

    content: bytearray = field(default_factory=bytearray)
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)

    def add(self, values: Array, kind: str, target: int | None = None, span: bool = False) -> int:
        """Append an array; ``span`` records its smallest and largest values. Returns its number."""
        self.content.extend(b"\0" * (-len(self.content) % 4))
        component = _COMPONENTS[values.dtype.str[1:]]
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


@dataclass
class Tracks:
    """The channels of one animation, all on the clock of its motion."""

    buffer: Buffer
    clock: int
    samplers: list[Json] = field(default_factory=list)
    channels: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, buffer: Buffer, clock: Clock) -> "Tracks":
        """No channels yet; frame i lies at i / fps seconds."""
        times = (np.arange(clock.frames) / clock.fps).astype("<f4")
        return cls(buffer, buffer.add(times, "SCALAR", span=True))

    def animate(self, node: int, path: str, values: Array, kind: str) -> None:
        """Move one property of a node on straight lines between the frames."""
        self.channels.append(
            {"sampler": len(self.samplers), "target": {"node": node, "path": path}}
        )
        output = self.buffer.add(values.astype("<f4"), kind)
        self.samplers.append({"input": self.clock, "interpolation": "LINEAR", "output": output})

    def turn(self, node: int, wxyz: Float[Array, "frame 4"]) -> None:
        """Turn a node by unit quaternions."""
        self.animate(node, "rotation", wxyz[:, [1, 2, 3, 0]], "VEC4")

    def as_json(self) -> Json:
        """The animation."""
        return {"name": "gestures", "samplers": self.samplers, "channels": self.channels}


def asset(clock: Clock, extras: Json, provenance: Mapping[str, Any] | None) -> Json:
    """The head of the file; provenance lies in its extras."""
    known: Json = {"frames": clock.frames, "fps": clock.fps, **extras}
    if provenance is not None:
        known["provenance"] = dict(provenance)
    return {"version": "2.0", "generator": "chironomia", "extras": known}


def joint_nodes(offsets: Float[Array, "55 3"]) -> list[Json]:
    """One node a joint, in SMPL-X order, unturned, each at its offset from its parent."""
    nodes: list[Json] = []
    for number, name in enumerate(JOINT_NAMES):
        children = [child for child in range(JOINTS) if PARENTS[child] == number]
        node: Json = {"name": name, "translation": offsets[number].tolist()}
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def container(document: Json, buffer: Buffer) -> bytes:
    """Header, JSON chunk padded with blanks, binary chunk padded with zeros."""
    whole = document | {
        "bufferViews": buffer.views,
        "accessors": buffer.accessors,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    content = bytes(buffer.content) + b"\0" * (-len(buffer.content) % 4)
    header = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(content))
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    return header + chunks + struct.pack("<II", len(content), 0x004E4942) + content
