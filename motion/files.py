"""BEAT2 motion files (npz) in and out."""

import zipfile
from pathlib import Path

import numpy as np
import torch

from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, JOINTS

_REQUIRED = ("poses", "trans", "expressions", "mocap_frame_rate")


class MotionFileError(ValueError):
    """A motion file cannot be read as BEAT2 npz."""


def read_npz(path: Path) -> Motion:
    """Read a BEAT2 ``smplxflame_30`` file; raise `MotionFileError` naming what is wrong with it."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
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
