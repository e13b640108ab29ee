"""BEAT2 motion files (npz) in and out."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, JOINTS

_REQUIRED = ("poses", "trans", "expressions", "mocap_frame_rate")
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


def read_npz(path: Path) -> Motion:
    """Read a BEAT2 ``smplxflame_30`` file; raise `MotionFileError` naming what is wrong with it."""
    arrays = _arrays(path)
    missing = [name for name in _REQUIRED if name not in arrays]
    if missing:
        raise MotionFileError(f"{path} lacks {missing}; a BEAT2 motion file holds {_REQUIRED}")
    frames = len(np.atleast_1d(arrays["poses"]))
    if frames == 0:
        raise MotionFileError(f"{path} holds no frames")
    poses = _numbers(path, arrays, "poses", (frames, JOINTS * 3))
    betas = _numbers(path, arrays, "betas", (BETAS,)) if "betas" in arrays else None
    fps = float(_numbers(path, arrays, "mocap_frame_rate", ()))
    if fps <= 0:
        raise MotionFileError(f"{path}: mocap_frame_rate must be positive, found {fps}")
    return Motion(
        poses=poses.reshape(frames, JOINTS, 3),
        translation=_numbers(path, arrays, "trans", (frames, 3)),
        expression=_numbers(path, arrays, "expressions", (frames, EXPRESSIONS)),
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


def _why(error: Exception) -> str:
    """The reason; numpy takes any other file for pickled data and advises to allow that."""
    return "no archive of plain arrays" if "pickle" in str(error) else str(error)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _UNREADABLE as error:
        raise MotionFileError(f"{path} is not a readable npz file: {_why(error)}") from error


def _numbers(
    path: Path, arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...]
) -> Tensor:
    found = arrays[name]
    if found.dtype.kind not in "fiu":
        raise MotionFileError(f"{path}: {name} must hold numbers, found {found.dtype}")
    if found.shape != shape:
        raise MotionFileError(f"{path}: {name} must have shape {shape}, found {found.shape}")
    if not np.isfinite(found).all():
        raise MotionFileError(f"{path}: {name} holds values that are not finite")
    return torch.from_numpy(np.asarray(found, dtype=np.float32).copy())


def write_npz(motion: Motion, path: Path) -> None:
    """Write a motion with exactly the keys and types of a BEAT2 file."""
    if motion.fps != round(motion.fps):
        raise ValueError(f"BEAT2 files hold whole frame rates, found {motion.fps}; resample first")
    betas = torch.zeros(BETAS) if motion.betas is None else motion.betas
    with Path(path).open("wb") as file:
        np.savez(
            file,
            betas=_array(betas, np.float32),
            poses=_array(motion.poses.reshape(len(motion), -1), np.float32),
            expressions=_array(motion.expression, np.float64),
            trans=_array(motion.translation, np.float64),
            model=np.array("smplx2020"),
            gender=np.array("neutral"),
            mocap_frame_rate=np.array(round(motion.fps), dtype=np.int32),
        )


def _array(values: Tensor, dtype: type[np.floating]) -> np.ndarray:
    return values.detach().cpu().numpy().astype(dtype)
