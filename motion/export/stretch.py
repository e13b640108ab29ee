"""Stretches of a GLB that `performer` wrote, read without the rest of the file; numpy alone."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Float32

from motion.export.gltf import Array, Buffer, Clock, Json, Tracks, asset, container
from motion.timeline import FrameSpan

_COMPONENTS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
_BEFORE_JSON, _BEFORE_CONTENT = 20, 8
_UNMOVED = ("scene", "scenes", "nodes", "meshes", "materials", "skins")


@dataclass(frozen=True)
class _Track:
    """What moves one property: where its values lie in the file."""

    node: int
    path: str
    kind: str
    offset: int
    shape: tuple[int, int]


@dataclass(frozen=True)
class Performance:
    """A GLB of the mannequin: what its file says, and where the frames lie."""

    file: Path
    document: Json
    content: int
    """Where the binary chunk begins, in bytes."""

    @classmethod
    def open(cls, file: Path) -> Self:
        """Read the head of a file; `ValueError` for one that `performer` did not write."""
        with file.open("rb") as opened:
            head = opened.read(_BEFORE_JSON)
            if head[:4] != b"glTF" or head[16:20] != b"JSON":
                raise ValueError(f"{file.name} is not binary glTF")
            (length,) = struct.unpack_from("<I", head, 12)
            document = json.loads(opened.read(length))
        known = document["asset"].get("extras", {})
        if "mannequin" not in known:
            raise ValueError(f"{file.name} does not hold the mannequin")
        # of an hour it is larger than all the rest
        known.pop("provenance", None)
        return cls(file, document, _BEFORE_JSON + length + _BEFORE_CONTENT)

    @property
    def clock(self) -> Clock:
        """How many frames there are, and their rate."""
        known = self.document["asset"]["extras"]
        return Clock(known["frames"], known["fps"])

    def frames(self, start_seconds: float, seconds: float, fps: float | None = None) -> range:
        """The frames of a span and the one that ends it.

        Every so many of them where ``fps`` is below the file's. `ValueError` where the span
        begins behind the last frame.
        """
        own = self.clock
        span = FrameSpan.covering(start_seconds, start_seconds + seconds, own.fps)
        if span.start >= own.frames:
            raise ValueError(f"there are {own.frames / own.fps:g} s, none at {start_seconds:g} s")
        step = 1 if fps is None else max(1, round(own.fps / fps))
        return range(span.start, min(span.stop + 1, own.frames), step)

    def rows(self, frames: range) -> Float32[Array, "frame value"]:
        """Frames as bare numbers.

        Where the pelvis is in metres (3), the rotation of each joint as a unit quaternion
        x, y, z, w (55 * 4), how strongly each morph of the face shows.
        """
        return np.concatenate([self._values(each, frames) for each in self._tracks()], axis=1)

    def glb(self, frames: range) -> bytes:
        """Frames as a GLB of their own, whose time 0 is the first's."""
        clock = Clock(len(frames), self.clock.fps / frames.step)
        buffer = self._body()
        tracks = Tracks.of(buffer, clock)
        for each in self._tracks():
            values = self._values(each, frames)
            flat = values.reshape(-1) if each.kind == "SCALAR" else values
            tracks.animate(each.node, each.path, flat, each.kind)
        known = self.document["asset"]["extras"]
        extras = {"mannequin": known["mannequin"], "first_frame": frames.start}
        extras |= {"whole_frames": self.clock.frames, "whole_fps": self.clock.fps}
        head = {"asset": asset(clock, extras, None), "animations": [tracks.as_json()]}
        return container({name: self.document[name] for name in _UNMOVED} | head, buffer)

    def _body(self) -> Buffer:
        """All that does not move: it lies before the times of the frames."""
        times = self.document["animations"][0]["samplers"][0]["input"]
        views, accessors = self.document["bufferViews"], self.document["accessors"]
        view = accessors[times]["bufferView"]
        with self.file.open("rb") as opened:
            opened.seek(self.content)
            content = bytearray(opened.read(views[view]["byteOffset"]))
        return Buffer(content, views[:view], accessors[:times])

    def _tracks(self) -> list[_Track]:
        [animation] = self.document["animations"]
        return [self._track(each, animation["samplers"]) for each in animation["channels"]]

    def _track(self, channel: Json, samplers: list[Json]) -> _Track:
        accessor = self.document["accessors"][samplers[channel["sampler"]]["output"]]
        view = self.document["bufferViews"][accessor["bufferView"]]
        frames = self.clock.frames
        values = accessor["count"] * _COMPONENTS[accessor["type"]]
        target = channel["target"]
        offset = self.content + view["byteOffset"]
        shape = (frames, values // frames)
        return _Track(target["node"], target["path"], accessor["type"], offset, shape)

    def _values(self, track: _Track, frames: range) -> Float32[Array, "frame value"]:
        """Only the pages of the file that hold these frames are read."""
        whole = np.memmap(self.file, "<f4", "r", track.offset, track.shape)
        return np.asarray(whole[frames.start : frames.stop : frames.step])
