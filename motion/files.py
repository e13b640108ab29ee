"""BEAT2 motion files (npz) in and out."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, JOINTS

_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)
_REQUIRED = ("poses", "trans", "expressions", "mocap_frame_rate")


class MotionFileError(ValueError):
    """A motion file cannot be read as BEAT2 npz."""


def read_npz(path: Path) -> Motion:
    """Read a BEAT2 ``smplxflame_30`` file; raise `MotionFileError` naming what is wrong with it."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _UNREADABLE as error:
        raise MotionFileError(f"{path} is not a readable npz file: {error}") from error
    missing = [name for name in _REQUIRED if name not in arrays]
    if missing:
        raise MotionFileError(f"{path} lacks {missing}; a BEAT2 motion file holds {_REQUIRED}")
    frames = len(arrays["poses"])
    expected = {
        "poses": (frames, JOINTS * 3),
        "trans": (frames, 3),
        "expressions": (frames, EXPRESSIONS),
    }
    for name, shape in expected.items():
        found = arrays[name]
        if found.shape != shape:
            raise MotionFileError(f"{path}: {name} must have shape {shape}, found {found.shape}")
        if not np.isfinite(found).all():
            raise MotionFileError(f"{path}: {name} holds values that are not finite")
    if frames == 0:
        raise MotionFileError(f"{path} holds no frames")
    betas = arrays.get("betas")
    return Motion(
        poses=torch.from_numpy(arrays["poses"].astype(np.float32)).reshape(frames, JOINTS, 3),
        translation=torch.from_numpy(arrays["trans"].astype(np.float32)),
        expression=torch.from_numpy(arrays["expressions"].astype(np.float32)),
        fps=float(arrays["mocap_frame_rate"]),
        betas=None if betas is None or betas.shape != (BETAS,) else _tensor(betas),
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
        raise MotionFileError(f"{path} is not a readable npz file: {error}") from error
    if len(shape) != 2 or shape[1] != JOINTS * 3 or shape[0] == 0 or not fps > 0:
        raise MotionFileError(
            f"{path}: poses must have shape (frames, {JOINTS * 3}) at a frame rate above 0, "
            f"found {shape} at {fps}"
        )
    return float(shape[0] / fps)


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))


def write_npz(motion: Motion, path: Path) -> None:
    """Write a motion with exactly the keys and types of a BEAT2 file."""
    betas = torch.zeros(BETAS) if motion.betas is None else motion.betas
    np.savez(
        path,
        betas=betas.numpy().astype(np.float32),
        poses=motion.poses.reshape(len(motion), -1).numpy().astype(np.float32),
        expressions=motion.expression.numpy().astype(np.float64),
        trans=motion.translation.numpy().astype(np.float64),
        model=np.array("smplx2020"),
        gender=np.array("neutral"),
        mocap_frame_rate=np.array(round(motion.fps), dtype=np.int32),
    )
