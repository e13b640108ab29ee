"""BEAT2 motion files (npz) in and out."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motion.clip import Motion
from motion.npz import MotionArrays, MotionFileError, npz_seconds, read_arrays
from motion.parts import BETAS, JOINTS

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
