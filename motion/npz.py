"""Arrays of a BEAT2 motion file, read and checked; numpy alone, for those who only look."""

import math
import zipfile
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from jaxtyping import Float

from motion.parts import BETAS, EXPRESSIONS, JOINTS
from motion.timeline import FrameSpan, frames_in

REQUIRED = ("poses", "trans", "expressions", "mocap_frame_rate")
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)
_PIECE_NUMBERS = 1 << 18


class MotionFileError(ValueError):
    """A motion file cannot be read as BEAT2 npz."""


@dataclass(frozen=True)
class MotionExtent:
    """How long a motion is."""

    frames: int
    fps: float

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.frames / self.fps


@dataclass(frozen=True, eq=False)
class MotionArrays:
    """A motion as its file has it, every number finite."""

    poses: Float[np.ndarray, "frame 165"]
    """Axis-angle of 55 joints."""
    translation: Float[np.ndarray, "frame 3"]
    expression: Float[np.ndarray, "frame 100"]
    fps: float
    betas: Float[np.ndarray, "300"] | None

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.poses) / self.fps

    def window(self, start_seconds: float, seconds: float, until_seconds: float) -> "MotionArrays":
        """A stretch of it; the last frame before ``until_seconds`` stands from there on.

        `ValueError` for one that begins behind the end.
        """
        count = FrameSpan.covering(0.0, until_seconds, self.fps).clipped(0, len(self.poses)).stop
        first = frames_in(start_seconds, self.fps)
        if not 0 <= first < count:
            raise ValueError(f"{start_seconds:g} s is outside the motion's {count} frames")
        frames = np.arange(first, first + frames_in(seconds, self.fps)).clip(max=count - 1)
        return replace(
            self,
            poses=self.poses[frames],
            translation=self.translation[frames],
            expression=self.expression[frames],
        )


def read_arrays(file: IO[bytes], name: str | Path) -> MotionArrays:
    """Read an open file; raise `MotionFileError` naming what is wrong with ``name``."""
    arrays = _arrays(file, name)
    _check_members(name, arrays)
    frames = len(np.atleast_1d(arrays["poses"]))
    if frames == 0:
        raise MotionFileError(f"{name} holds no frames")
    poses = _numbers(name, arrays, "poses", (frames, JOINTS * 3))
    betas = _numbers(name, arrays, "betas", (BETAS,)) if "betas" in arrays else None
    fps = float(_numbers(name, arrays, "mocap_frame_rate", ()))
    _check_rate(name, fps)
    return MotionArrays(
        poses=poses,
        translation=_numbers(name, arrays, "trans", (frames, 3)),
        expression=_numbers(name, arrays, "expressions", (frames, EXPRESSIONS)),
        fps=fps,
        betas=betas,
    )


def examine_arrays(file: IO[bytes], name: str | Path) -> MotionExtent:
    """Refuse what `read_arrays` refuses, holding no more of the file than a piece at a time."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _examined(archive, name)
    except MotionFileError:
        raise
    except _UNREADABLE as error:
        raise MotionFileError(f"{name} is not a readable npz file: {_why(error)}") from error


def _examined(archive: zipfile.ZipFile, name: str | Path) -> MotionExtent:
    held = {each.removesuffix(".npy") for each in archive.namelist()}
    _check_members(name, held)
    with archive.open("poses.npy") as member:
        frames = (_header(member).shape or (1,))[0]
    if frames == 0:
        raise MotionFileError(f"{name} holds no frames")
    shapes: dict[str, tuple[int, ...]] = {"poses": (frames, JOINTS * 3), "trans": (frames, 3)}
    shapes |= {"expressions": (frames, EXPRESSIONS)}
    shapes |= {"betas": (BETAS,)} if "betas" in held else {}
    for field, shape in shapes.items():
        for piece in _checked_pieces(archive, name, field, shape):
            _check_finite(name, field, piece)
    [rate] = _checked_pieces(archive, name, "mocap_frame_rate", ())
    _check_finite(name, "mocap_frame_rate", rate)
    _check_rate(name, float(rate[0]))
    return MotionExtent(frames, float(rate[0]))


def _checked_pieces(
    archive: zipfile.ZipFile, name: str | Path, field: str, shape: tuple[int, ...]
) -> Iterator[np.ndarray]:
    """The numbers of an array, some at a time."""
    with archive.open(f"{field}.npy") as member:
        found = _header(member)
        _check_numbers(name, field, found, shape)
        left = math.prod(shape)
        while left:
            count = min(left, _PIECE_NUMBERS)
            piece = member.read(count * found.dtype.itemsize)
            yield np.frombuffer(piece, dtype=found.dtype, count=count)
            left -= count


def npz_seconds(path: Path) -> float:
    """Duration of a BEAT2 motion file, from its headers: no poses are read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            fps = float(archive["mocap_frame_rate"])
            with archive.zip.open("poses.npy") as member:
                shape = _header(member).shape
    except _UNREADABLE as error:
        raise MotionFileError(f"{path} is not a readable npz file: {_why(error)}") from error
    if len(shape) != 2 or shape[1] != JOINTS * 3 or shape[0] == 0 or not fps > 0:
        raise MotionFileError(
            f"{path}: poses must have shape (frames, {JOINTS * 3}) at a frame rate above 0, "
            f"found {shape} at {fps}"
        )
    return float(shape[0] / fps)


def unpacked_bytes(file: IO[bytes], name: str | Path) -> int:
    """How large the arrays are once they are unpacked, from the archive's table of contents."""
    try:
        with zipfile.ZipFile(file) as archive:
            return sum(member.file_size for member in archive.infolist())
    except _UNREADABLE as error:
        raise MotionFileError(f"{name} is not a readable npz file: {_why(error)}") from error
    finally:
        file.seek(0)


def _why(error: Exception) -> str:
    """The reason; numpy takes any other file for pickled data and advises to allow that."""
    return "no archive of plain arrays" if "pickle" in str(error) else str(error)


def _arrays(file: IO[bytes], name: str | Path) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {each: archive[each] for each in archive.files}
    # a file that is one bare array has no members
    except (*_UNREADABLE, AttributeError) as error:
        raise MotionFileError(f"{name} is not a readable npz file: {_why(error)}") from error


def _numbers(
    name: str | Path, arrays: dict[str, np.ndarray], field: str, shape: tuple[int, ...]
) -> np.ndarray:
    found = arrays[field]
    _check_numbers(name, field, _Header(found.shape, found.dtype), shape)
    _check_finite(name, field, found)
    return np.asarray(found, dtype=np.float32)


@dataclass(frozen=True)
class _Header:
    """What an array says of itself before its numbers."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def _header(member: IO[bytes]) -> _Header:
    """Of an array in a file, which then stands at its numbers."""
    version = np.lib.format.read_magic(member)
    reader = {(1, 0): np.lib.format.read_array_header_1_0}.get(
        version, np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = reader(member)
    return _Header(shape, dtype)


def _check_members(name: str | Path, found: Container[str]) -> None:
    missing = [each for each in REQUIRED if each not in found]
    if missing:
        raise MotionFileError(f"{name} lacks {missing}; a BEAT2 motion file holds {REQUIRED}")


def _check_rate(name: str | Path, fps: float) -> None:
    if fps <= 0:
        raise MotionFileError(f"{name}: mocap_frame_rate must be positive, found {fps}")


def _check_numbers(name: str | Path, field: str, found: _Header, shape: tuple[int, ...]) -> None:
    if found.dtype.kind not in "fiu":
        raise MotionFileError(f"{name}: {field} must hold numbers, found {found.dtype}")
    if found.shape != shape:
        raise MotionFileError(f"{name}: {field} must have shape {shape}, found {found.shape}")


def _check_finite(name: str | Path, field: str, found: np.ndarray) -> None:
    if not np.isfinite(found).all():
        raise MotionFileError(f"{name}: {field} holds values that are not finite")
