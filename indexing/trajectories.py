"""Stored inversions: one file a window, made once with one set of weights."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import structlog
from safetensors import SafetensorError, safe_open

from diffusion.inversion import Trajectory, TrajectoryError

_SUFFIX = ".safetensors"
_LONGEST_NAME = 200
_log = structlog.get_logger(__name__)


class TrajectoryStore:
    """Trajectories by window key, half precision, memory-mapped; safe among processes.

    Files appear whole or not at all. A damaged file counts as absent.
    """

    def __init__(self, folder: Path, weights_id: str) -> None:
        """``folder`` may be shared by stores of other weights."""
        self.weights_id = weights_id
        self._folder = folder / _file_name(weights_id)

    def get(self, key: str) -> Trajectory | None:
        """The trajectory of a window; ``None`` where there is none that can be read."""
        path = self._path(key)
        try:
            trajectory = Trajectory.load(path)
        except FileNotFoundError:
            return None
        except (SafetensorError, TrajectoryError) as error:
            _log.warning("stored trajectory is damaged", path=str(path), problem=str(error))
            return None
        return trajectory if trajectory.weights_id == self.weights_id else None

    def put(self, key: str, trajectory: Trajectory) -> bool:
        """Store a trajectory unless the window has one already; whether it was stored."""
        if trajectory.weights_id != self.weights_id:
            raise TrajectoryError(
                f"the trajectory of {key} was made with weights {trajectory.weights_id}, "
                f"this store holds those of {self.weights_id}"
            )
        if self._holds(key):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(key)
        aside = self._folder / f".{uuid4().hex}"
        try:
            with aside.open("xb") as file:
                file.write(trajectory.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return True

    def missing(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Which of these windows have no trajectory that can be read; each once."""
        return tuple(key for key in dict.fromkeys(keys) if not self._holds(key))

    def _holds(self, key: str) -> bool:
        """Whether there is a whole file of ours; its latents are not read."""
        try:
            with safe_open(self._path(key), "pt") as archive:
                return archive.metadata() is not None
        except (FileNotFoundError, SafetensorError):
            return False

    def _path(self, key: str) -> Path:
        return self._folder / (_file_name(key) + _SUFFIX)


def discard_trajectories(folder: Path, keys: Iterable[str]) -> None:
    """Forget what any weights made of these windows: their motion or speech has changed."""
    for key in keys:
        for path in folder.glob(f"*/{_file_name(key)}{_SUFFIX}"):
            path.unlink(missing_ok=True)


def _file_name(key: str) -> str:
    """A key as a file name: readable where possible, never leaving its folder."""
    name = quote(key, safe="@")
    if len(name) <= _LONGEST_NAME and name not in ("", ".", ".."):
        return name
    return hashlib.sha256(key.encode()).hexdigest()
