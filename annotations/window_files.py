"""What a window shows and sounds like, from the files of its recording; numpy alone."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from annotations.encoding import canonical
from annotations.records import StoredRecording
from annotations.tiers import TierFiles, read_words
from motion.npz import MotionArrays, MotionFileError, read_arrays
from motion.timeline import WINDOW_SECONDS
from speech.audio import AudioError, load_span
from speech.loudness import Samples
from speech.transcript import Word

_LOADED_MOTIONS = 4
_UNUSABLE = (OSError, MotionFileError, AudioError, ValueError)


class WindowFileError(RuntimeError):
    """A file of a recording is not on this machine, or can no longer be read."""

    def __init__(self, recording: str, kind: str, problem: str) -> None:
        super().__init__(f"the {kind} of recording {recording} cannot be read here: {problem}")
        self.recording, self.kind = recording, kind


@dataclass(frozen=True)
class WindowFiles:
    """Ten seconds of a recording."""

    recording: StoredRecording
    start_seconds: float

    def digest(self, kind: str) -> str:
        """Changes with the file and with the window; nothing is read. `WindowFileError`."""
        path = self._path(kind)
        try:
            found = path.stat()
        except OSError as error:
            raise self._unusable(kind, error) from error
        named = [kind, self.recording.id, self.recording.seconds, self.start_seconds]
        seen = canonical([*named, found.st_size, found.st_mtime_ns])
        return hashlib.sha256(seen.encode()).hexdigest()

    def motion(self) -> MotionArrays:
        """The motion at the recording's rate, as long as a window; `WindowFileError`."""
        try:
            path = self._path("motion")
            whole = _motion(path, path.stat().st_mtime_ns)
            until = self.recording.seconds or whole.seconds
            return whole.window(self.start_seconds, WINDOW_SECONDS, until)
        except _UNUSABLE as error:
            raise self._unusable("motion", error) from error

    def sound(self) -> Samples:
        """16 kHz mono, as long as a window, as loud as recorded; `WindowFileError`."""
        try:
            return load_span(self._path("audio"), self.start_seconds, WINDOW_SECONDS)
        except _UNUSABLE as error:
            raise self._unusable("audio", error) from error

    def words(self) -> tuple[Word, ...]:
        """All words of the recording, which tokens of annotations count; none without files."""
        tiers = TierFiles.beside(Path(self.recording.corpus), self.recording.id)
        return read_words(tiers, self.recording.seconds or 0.0)

    def _path(self, kind: str) -> Path:
        if kind not in self.recording.files:
            raise WindowFileError(self.recording.id, kind, "it has none")
        return Path(self.recording.corpus) / self.recording.files[kind]

    def _unusable(self, kind: str, error: Exception) -> WindowFileError:
        if isinstance(error, WindowFileError):
            return error
        problem = (error.strerror or "no such file") if isinstance(error, OSError) else str(error)
        return WindowFileError(self.recording.id, kind, problem)


@lru_cache(maxsize=_LOADED_MOTIONS)
def _motion(path: Path, changed: int) -> MotionArrays:  # noqa: ARG001  a changed file is another
    with path.open("rb") as file:
        return read_arrays(file, path.name)
