"""What every glTF file of ours shares: buffers, joint nodes, animation channels, the container."""

import io
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

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


Pieces = Callable[[], Iterable[Array]]
"""Gives an array row after row, some at a time, whenever it is asked."""


@dataclass
class Buffer:
    """Binary content with the views and accessors that describe it.

    What moves is not held: its numbers are asked for when the file is written.
    """

    content: bytearray = field(default_factory=bytearray)
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    later: list[Pieces] = field(default_factory=list)
    """What comes behind the content, in single precision."""
    later_bytes: int = 0

    def __len__(self) -> int:
        return len(self.content) + self.later_bytes

    def copy(self) -> "Buffer":
        """The same so far; what is added to one is not in the other."""
        lists = (list(self.views), list(self.accessors), list(self.later))
        return Buffer(bytearray(self.content), *lists, self.later_bytes)

    def add_later(self, pieces: Pieces, count: int, kind: str, columns: int) -> int:
        """Append ``count`` rows of single precision that are made when they are written."""
        self.content.extend(b"\0" * (-len(self.content) % 4))
        size = 4 * count * columns
        view: Json = {"buffer": 0, "byteOffset": len(self), "byteLength": size}
        accessor: Json = {
            "bufferView": len(self.views),
            "componentType": _COMPONENTS["f4"],
            "count": count if kind != "SCALAR" else count * columns,
            "type": kind,
        }
        self.later.append(pieces)
        self.later_bytes += size
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def pieces(self) -> Iterator[bytes | bytearray]:
        """Everything, from its first byte to its last."""
        yield self.content
        for pieces in self.later:
            for piece in pieces():
                yield np.ascontiguousarray(piece, dtype="<f4").tobytes()

    def add(self, values: Array, kind: str, target: int | None = None, span: bool = False) -> int:
        """Append an array; ``span`` records its smallest and largest values. Returns its number."""
        assert not self.later, "nothing can lie between what is written later"
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
    frames: int = 0
    morphs: int = 0
    samplers: list[Json] = field(default_factory=list)
    channels: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, buffer: Buffer, clock: Clock, morphs: int = 0) -> "Tracks":
        """No channels yet; frame i lies at i / fps seconds."""
        times = (np.arange(clock.frames) / clock.fps).astype("<f4")
        return cls(buffer, buffer.add(times, "SCALAR", span=True), clock.frames, morphs)

    def animate(self, node: int, path: str, values: Array, kind: str) -> None:
        """Move one property of a node on straight lines between the frames."""
        self._channel(node, path, self.buffer.add(values.astype("<f4"), kind))

    def animate_later(self, node: int, path: str, pieces: Pieces, kind: str) -> None:
        """The same by rows that are made when they are written: vectors, or strengths of morphs."""
        columns = {"VEC3": 3, "VEC4": 4}.get(kind, self.morphs)
        self._channel(node, path, self.buffer.add_later(pieces, self.frames, kind, columns))

    def _channel(self, node: int, path: str, output: int) -> None:
        self.channels.append(
            {"sampler": len(self.samplers), "target": {"node": node, "path": path}}
        )
        self.samplers.append({"input": self.clock, "interpolation": "LINEAR", "output": output})

    def turn(self, node: int, wxyz: Callable[[], Iterable[Float[Array, "frame 4"]]]) -> None:
        """Turn a node by unit quaternions."""
        self.animate_later(
            node, "rotation", lambda: (some[:, [1, 2, 3, 0]] for some in wxyz()), "VEC4"
        )

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
    """A file as bytes."""
    file = io.BytesIO()
    write_container(document, buffer, file)
    return file.getvalue()


def write_container(document: Json, buffer: Buffer, file: BinaryIO) -> None:
    """Header, JSON chunk padded with blanks, binary chunk padded with zeros."""
    whole = document | {
        "bufferViews": buffer.views,
        "accessors": buffer.accessors,
        "buffers": [{"byteLength": len(buffer)}],
    }
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    padding = -len(buffer) % 4
    length = len(buffer) + padding
    file.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + length))
    file.write(struct.pack("<II", len(text), 0x4E4F534A) + text)
    file.write(struct.pack("<II", length, 0x004E4942))
    for piece in buffer.pieces():
        file.write(piece)
    file.write(b"\0" * padding)
