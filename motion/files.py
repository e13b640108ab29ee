"""BEAT2 motion files (npz) in and out."""

import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motion.clip import Motion
from motion.npz import MotionArrays, MotionFileError, npz_seconds, read_arrays
from motion.parts import BETAS, JOINTS

_ROWS_AT_ONCE = 1024

__all__ = ["MotionFileError", "arrays_of", "npz_seconds", "read_npz", "write_npz"]


def read_npz(path: Path) -> Motion:
    """Read a BEAT2 ``smplxflame_30`` file; raise `MotionFileError` naming what is wrong with it."""
    try:
        with path.open("rb") as file:
            return _motion(read_arrays(file, path))
    except OSError as error:
        raise MotionFileError(f"{path} is not a readable npz file: {error}") from error


def _motion(arrays: MotionArrays) -> Motion:
    return Motion(
        poses=_tensor(arrays.poses).reshape(len(arrays.poses), JOINTS, 3),
        translation=_tensor(arrays.translation),
        expression=_tensor(arrays.expression),
        fps=arrays.fps,
        betas=None if arrays.betas is None else _tensor(arrays.betas),
    )


def arrays_of(motion: Motion) -> MotionArrays:
    """The same motion for those who hold no tensors."""
    return MotionArrays(
        poses=motion.poses.detach().cpu().reshape(len(motion), JOINTS * 3).numpy(),
        translation=motion.translation.detach().cpu().numpy(),
        expression=motion.expression.detach().cpu().numpy(),
        fps=motion.fps,
        betas=None if motion.betas is None else motion.betas.detach().cpu().numpy(),
    )


def _tensor(numbers: np.ndarray) -> Tensor:
    return torch.from_numpy(numbers.copy())


def write_npz(motion: Motion, path: Path) -> None:
    """Write a motion with exactly the keys and types of a BEAT2 file."""
    if motion.fps != round(motion.fps):
        raise ValueError(f"BEAT2 files hold whole frame rates, found {motion.fps}; resample first")
    betas = torch.zeros(BETAS) if motion.betas is None else motion.betas
    with zipfile.ZipFile(Path(path), "w") as archive:
        _write_rows(archive, "betas", betas, np.float32)
        _write_rows(archive, "poses", motion.poses.flatten(1), np.float32)
        _write_rows(archive, "expressions", motion.expression, np.float64)
        _write_rows(archive, "trans", motion.translation, np.float64)
        _write(archive, "model", np.array("smplx2020"))
        _write(archive, "gender", np.array("neutral"))
        _write(archive, "mocap_frame_rate", np.array(round(motion.fps), dtype=np.int32))


def _write(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, values, allow_pickle=False)


def _write_rows(
    archive: zipfile.ZipFile, name: str, values: Tensor, dtype: type[np.floating]
) -> None:
    """One array, its rows in that type only as they are written."""
    rows = values.detach()
    head = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": tuple(rows.shape)}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, head)
        for some in rows.split(_ROWS_AT_ONCE):
            member.write(some.cpu().numpy().astype(dtype).tobytes())
