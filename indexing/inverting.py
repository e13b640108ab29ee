"""The stage that encodes and inverts clips, once for each window and set of weights."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from annotations.corpus import READ_ERRORS, Problem
from annotations.recording import RecordingClip
from annotations.types import Clip, Exemplar, Window
from diffusion.inversion import Trajectory
from indexing.stored import StoredClips
from indexing.trajectories import TrajectoryStore


class Inverter(Protocol):
    """What makes trajectories: the gesture pipeline."""

    @property
    def weights_id(self) -> str:
        """Which weights it has."""
        ...

    def invert(self, clips: Sequence[Clip]) -> Sequence[Trajectory]:
        """Invert clips as one batch; ``ValueError`` where a clip cannot be."""
        ...


@dataclass
class InversionReport:
    """What became of the windows that had no trajectory."""

    stored: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class InversionStage:
    """Inverts what is missing, in batches, each stored before the next."""

    store: TrajectoryStore
    clips: StoredClips
    pipeline: Inverter
    batch: int
    progress: Callable[[int, int], None]

    def run(self, exemplars: Iterable[Exemplar]) -> InversionReport:
        """A trajectory, in half precision, for every window that has none."""
        windows = _windows(exemplars)
        missing = self.store.missing(windows)
        told, there = InversionReport(), len(windows) - len(missing)
        for start in range(0, len(missing), self.batch):
            self.progress(there + start, len(windows))
            readable = self._readable([windows[key] for key in missing[start:][: self.batch]], told)
            self._invert(readable, told)
        self.progress(len(windows), len(windows))
        return told

    def _invert(self, clips: Sequence[RecordingClip], told: InversionReport) -> None:
        """Store a batch; where one clip cannot be inverted, the others are tried by themselves."""
        if not clips:
            return
        try:
            trajectories = self.pipeline.invert(clips)
        except ValueError as error:
            if len(clips) == 1:
                told.problems.append(_problem(clips[0], error))
                return
            for clip in clips:
                self._invert([clip], told)
            return
        for clip, trajectory in zip(clips, trajectories, strict=True):
            told.stored += self.store.put(clip.key, trajectory)

    def _readable(
        self, windows: Sequence[Window], told: InversionReport
    ) -> tuple[RecordingClip, ...]:
        """Clips whose files can be read; the others are told of."""
        found = []
        for clip in map(self.clips, windows):
            try:
                clip.motion()
                clip.speech()
            except READ_ERRORS as error:
                told.problems.append(_problem(clip, error))
            else:
                found.append(clip)
        return tuple(found)


def _windows(exemplars: Iterable[Exemplar]) -> dict[str, Window]:
    """Each window once, without its tiers."""
    return {
        each.window.key: Window(
            each.window.recording, each.window.speaker, each.window.start_seconds
        )
        for each in exemplars
    }


def _problem(clip: RecordingClip, error: Exception) -> Problem:
    path = clip.recording.motion_path or clip.recording.audio_path
    message = f"{clip.key} is not inverted: {error}"
    return Problem(clip.recording.id, path, message)
