"""The first stage of a build: recordings into rows, one transaction each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotations.corpus import READ_ERRORS, Corpus, Problem, Recording
from annotations.database import Database
from annotations.records import CutWindow, Event, StoredRecording
from annotations.repository import Repository
from annotations.types import AnnotatedSpeech
from indexing.segment import SegmentOptions, segment
from indexing.stored import content_digest, corpus_name, fingerprint, stored_recording
from indexing.trajectories import discard_trajectories
from speech.transcript import Speech


@dataclass(frozen=True)
class CutReport:
    """What became of the recordings."""

    indexed: tuple[str, ...]
    """Ids of the recordings whose exemplars belong to the index."""
    unchanged: int
    """Of these, how many had been cut before."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """What was odd about recordings that are indexed nevertheless."""


@dataclass(frozen=True)
class _Cut:
    """The exemplars of one recording, not stored yet."""

    windows: tuple[CutWindow, ...]
    content: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cutter:
    """Cuts the recordings of one corpus."""

    corpus: Corpus
    database: Database
    trajectories: Path
    """Where inversions lie that a changed recording makes worthless."""
    annotate: Callable[[Speech], AnnotatedSpeech] | None
    options: SegmentOptions

    def cut(self, recordings: Sequence[Recording], report: Callable[[int], None]) -> CutReport:
        """Store every recording that is new or has changed; take all others out of the index."""
        indexed, problems, notes, unchanged = [], list[Problem](), list[str](), 0
        for number, recording in enumerate(recordings):
            report(number)
            try:
                mark = fingerprint(recording, self.options)
                if self._is_stored(recording, mark):
                    unchanged += 1
                else:
                    notes += self._store(recording, mark)
                indexed.append(recording.id)
            except (*READ_ERRORS, _OtherCorpusError) as error:
                problems.append(self._skip(recording, error))
        with self.database.session() as session:
            Repository(session).leave_out(corpus_name(self.corpus), indexed)
        report(len(recordings))
        return CutReport(tuple(indexed), unchanged, tuple(problems), tuple(notes))

    def _is_stored(self, recording: Recording, mark: str) -> bool:
        """Whether nothing has changed since it was cut; what is known of it is made current."""
        current = replace(stored_recording(recording, self.corpus), fingerprint=mark, indexed=True)
        with self.database.session() as session:
            repository = Repository(session)
            stored = repository.recording(recording.id)
            if stored is not None and stored.corpus != current.corpus and stored.indexed:
                raise _OtherCorpusError(stored)
            if stored is None or stored.fingerprint != mark or stored.problem is not None:
                return False
            if stored != current:
                repository.put_recording(current)
            return True

    def _store(self, recording: Recording, mark: str) -> tuple[str, ...]:
        """Cut a recording and store it in one transaction; what was odd about it."""
        cut = self._cut(recording)
        current = replace(stored_recording(recording, self.corpus), fingerprint=mark, indexed=True)
        with self.database.session() as session:
            repository = Repository(session)
            repository.put_recording(current)
            added = repository.replace_windows(recording.id, cut.content, cut.windows)
            repository.versions.append(_cutting(recording.id, cut))
            discard_trajectories(self.trajectories, added)
        return tuple(f"{recording.id}: {note}" for note in cut.notes)

    def _cut(self, recording: Recording) -> _Cut:
        motion = recording.motion()
        annotated = recording.annotated(self.annotate)
        windows = segment(recording, annotated, motion, self.options)
        return _Cut(windows, content_digest(motion, annotated.speech), annotated.notes)

    def _skip(self, recording: Recording, error: Exception) -> Problem:
        """Remember why a recording is not indexed."""
        if not isinstance(error, _OtherCorpusError):
            stored = replace(stored_recording(recording, self.corpus), problem=str(error))
            with self.database.session() as session:
                Repository(session).put_recording(stored)
        return Problem(recording.id, recording.motion_path or recording.audio_path, str(error))


class _OtherCorpusError(Exception):
    """Another corpus already gave a recording of this id."""

    def __init__(self, stored: StoredRecording) -> None:
        super().__init__(
            f"recording {stored.id} is already indexed from {stored.corpus}; ids must differ among "
            "corpora: rename one, or use another database"
        )


def _cutting(recording_id: str, cut: _Cut) -> Event:
    exemplars = sum(len(window.exemplars) for window in cut.windows)
    return Event(
        actor="chironomia",
        operation="cut",
        subject=f"recording {recording_id}",
        after={"windows": len(cut.windows), "exemplars": exemplars},
        reason="index build",
    )
