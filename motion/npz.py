"""Arrays of a BEAT2 motion file, read and checked; numpy alone, for those who only look."""

import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

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


class MotionFileError(ValueError):
    """A motion file cannot be read as BEAT2 npz."""


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
    missing = [each for each in REQUIRED if each not in arrays]
    if missing:
        raise MotionFileError(f"{name} lacks {missing}; a BEAT2 motion file holds {REQUIRED}")
    frames = len(np.atleast_1d(arrays["poses"]))
    if frames == 0:
        raise MotionFileError(f"{name} holds no frames")
    poses = _numbers(name, arrays, "poses", (frames, JOINTS * 3))
    betas = _numbers(name, arrays, "betas", (BETAS,)) if "betas" in arrays else None
    fps = float(_numbers(name, arrays, "mocap_frame_rate", ()))
    if fps <= 0:
        raise MotionFileError(f"{name}: mocap_frame_rate must be positive, found {fps}")
    return MotionArrays(
        poses=poses,
        translation=_numbers(name, arrays, "trans", (frames, 3)),
        expression=_numbers(name, arrays, "expressions", (frames, EXPRESSIONS)),
        fps=fps,
        betas=betas,
    )


def npz_seconds(path: Path) -> float:
    """Duration of a BEAT2 motion file, from its headers: no poses are read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            fps = float(archive["mocap_frame_rate"])
            with archive.zip.open("poses.npy") as member:
                version = np.lib.format.read_magic(member)
                reader = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                    version, np.lib.format.read_array_header_2_0
                )
                shape, _, _ = reader(member)
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
    if found.dtype.kind not in "fiu":
        raise MotionFileError(f"{name}: {field} must hold numbers, found {found.dtype}")
    if found.shape != shape:
        raise MotionFileError(f"{name}: {field} must have shape {shape}, found {found.shape}")
    if not np.isfinite(found).all():
        raise MotionFileError(f"{name}: {field} holds values that are not finite")
    return np.asarray(found, dtype=np.float32)
