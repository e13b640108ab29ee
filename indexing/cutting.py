"""The first stage of a build: recordings into rows, one transaction each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotations.corpus import Corpus, Problem, Recording
from annotations.curation_errors import AnnotationOutsideError, DuplicateRecordingError
from annotations.database import Database
from annotations.records import StoredRecording
from annotations.repository import Repository
from annotations.types import AnnotatedSpeech
from indexing.entries import embed_missing
from indexing.processes import in_order
from indexing.reading import Cut, Reader, Reading, ReadTask, Unchanged, Unreadable, lost
from indexing.report import StageClock
from indexing.segment import SegmentOptions
from indexing.stored import corpus_name, stored_recording
from indexing.trajectories import discard_trajectories
from retrieval.embedding import Embedder
from speech.transcript import Speech


@dataclass
class CutReport:
    """What became of the recordings."""

    indexed: list[str] = field(default_factory=list)
    """Ids of the recordings whose exemplars belong to the index."""
    unchanged: int = 0
    """Of these, how many had been cut before."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was odd about recordings that are indexed nevertheless."""
    clock: StageClock = field(default_factory=StageClock)
    """Time spent on each stage of reading, of all processes together."""


@dataclass(frozen=True)
class Cutter:
    """Cuts the recordings of one corpus and stores what is new or has changed."""

    corpus: Corpus
    database: Database
    trajectories: Path
    """Where inversions lie that a changed recording makes worthless."""
    embedder: Embedder
    annotate: Callable[[Speech], AnnotatedSpeech] | None
    options: SegmentOptions
    jobs: int = 1
    """Processes that read; this one stores, in the order of the recordings."""
    reason: str = "index build"
    """Why, for the history."""

    def cut(self, recordings: Sequence[Recording], report: Callable[[int], None]) -> CutReport:
        """Store recordings with the vectors of their exemplars, one after the other.

        What is stored depends on the recordings alone, not on ``jobs``.
        """
        told = CutReport()
        known = self._known()
        report(0)
        for number, (recording, reading) in enumerate(self._readings(recordings, known)):
            report(number)
            self._keep(recording, reading, known.get(recording.id), told)
        report(len(recordings))
        return told

    def leave_out(self, told: CutReport) -> None:
        """Take all other recordings of the corpus out of the index."""
        with self.database.session() as session:
            Repository(session).leave_out(corpus_name(self.corpus), told.indexed, self.reason)

    def _known(self) -> dict[str, StoredRecording]:
        with self.database.reading() as session:
            return {each.id: each for each in Repository(session).recordings()}

    def _readings(
        self, recordings: Sequence[Recording], known: dict[str, StoredRecording]
    ) -> Iterator[tuple[Recording, Reading]]:
        """What reading each recording gave; those of another corpus are not read."""
        clashes = {each.id: self._clash(known.get(each.id)) for each in recordings}
        tasks = [
            ReadTask(each, _fingerprint(known.get(each.id)))
            for each in recordings
            if clashes[each.id] is None
        ]
        answers = in_order(Reader(self.annotate, self.options), tasks, self.jobs, lost)
        for recording in recordings:
            clash = clashes[recording.id]
            yield recording, next(answers) if clash is None else Unreadable(clash)

    def _clash(self, stored: StoredRecording | None) -> str | None:
        """Why a recording of this id may not be stored: another corpus gave one."""
        own = corpus_name(self.corpus)
        if stored is None or stored.corpus == own or not stored.indexed:
            return None
        return str(DuplicateRecordingError(stored.id, stored.corpus, own))

    def _keep(
        self,
        recording: Recording,
        reading: Reading,
        stored: StoredRecording | None,
        told: CutReport,
    ) -> None:
        match reading:
            case Unreadable(message):
                path = recording.motion_path or recording.audio_path
                told.problems.append(Problem(recording.id, path, message))
                if self._clash(stored) is None:
                    self._put(self._broken(recording, message, stored))
                return
            case Unchanged(mark):
                told.unchanged += 1
                current = self._current(recording, mark)
                if current != stored:
                    self._put_back(current)
            case Cut():
                problem = self._store(recording, reading)
                if problem is not None:
                    told.problems.append(problem)
                    return
                told.clock.add(reading.seconds)
                told.notes += [f"{recording.id}: {note}" for note in reading.notes]
        told.indexed.append(recording.id)

    def _store(self, recording: Recording, cut: Cut) -> Problem | None:
        """One transaction; the vectors follow before any other recording is stored."""
        try:
            with self.database.session() as session:
                repository = Repository(session)
                before = repository.versions.head()
                repository.put_recording(self._current(recording, cut.fingerprint))
                recut = repository.cut(recording.id, cut.content, cut.windows, self.reason)
                discard_trajectories(self.trajectories, recut.new_windows)
        except (AnnotationOutsideError, DuplicateRecordingError) as error:
            return Problem(recording.id, recording.audio_path, str(error))
        if recut.version is not None:
            with self.database.reading() as session:
                changed = Repository(session).changed_between(before, recut.version)
            embed_missing(self.database, changed.rows.pairs, recut.version, self.embedder)
        return None

    def _current(self, recording: Recording, mark: str) -> StoredRecording:
        return replace(stored_recording(recording, self.corpus), fingerprint=mark, indexed=True)

    def _broken(
        self, recording: Recording, message: str, stored: StoredRecording | None
    ) -> StoredRecording:
        """What is known of a recording that cannot be read; `leave_out` retires its exemplars."""
        indexed = stored is not None and stored.indexed
        bare = stored_recording(recording, self.corpus)
        return replace(bare, problem=message, indexed=indexed)

    def _put_back(self, recording: StoredRecording) -> None:
        """Bring what is known of it up to date, and what had left the index back into it."""
        with self.database.session() as session:
            repository = Repository(session)
            repository.put_recording(recording)
            repository.put_back(recording.id, self.reason)

    def _put(self, recording: StoredRecording) -> None:
        with self.database.session() as session:
            Repository(session).put_recording(recording)


def _fingerprint(stored: StoredRecording | None) -> str | None:
    """Under what a recording was cut, in the index or out of it, without a problem."""
    if stored is None or stored.problem is not None:
        return None
    return stored.fingerprint or None
