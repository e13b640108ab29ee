"""Every query about recordings; the way to all other queries."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.curation_errors import DuplicateRecordingError
from annotations.cut_repository import CutRepository
from annotations.embedding_repository import EmbeddingRepository
from annotations.index_repository import Changed, IndexRepository
from annotations.job_repository import JobRepository
from annotations.records import CutWindow, IndexedRows, Recut, StoredExemplar, StoredRecording
from annotations.tables import RecordingRow
from annotations.version_repository import VersionRepository

_BUILD = "index build"


class Repository:
    """The curated store as one session sees it; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._index = IndexRepository(session)
        self._cuts = CutRepository(session)

    @cached_property
    def jobs(self) -> JobRepository:
        """Queries about jobs."""
        return JobRepository(self._session)

    @cached_property
    def versions(self) -> VersionRepository:
        """Queries about index versions, tags and events."""
        return VersionRepository(self._session)

    @cached_property
    def embeddings(self) -> EmbeddingRepository:
        """Queries about vectors."""
        return EmbeddingRepository(self._session)

    def recording(self, recording_id: str) -> StoredRecording | None:
        """One recording."""
        row = self._session.get(RecordingRow, recording_id)
        return None if row is None else _recording(row)

    def recordings(self, corpus: str | None = None) -> tuple[StoredRecording, ...]:
        """All recordings, or those of one corpus folder, by id."""
        query = select(RecordingRow).order_by(RecordingRow.id)
        if corpus is not None:
            query = query.where(RecordingRow.corpus == corpus)
        return tuple(_recording(row) for row in self._session.scalars(query))

    def put_recording(self, recording: StoredRecording) -> None:
        """Add a recording, or bring what is known of it up to date.

        Raises `DuplicateRecordingError` where another corpus has this id in the index.
        """
        self.versions.lock()
        row = self._session.get(RecordingRow, recording.id)
        if row is None:
            row = RecordingRow(id=recording.id)
            self._session.add(row)
        elif row.indexed and row.corpus != recording.corpus:
            raise DuplicateRecordingError(recording.id, row.corpus, recording.corpus)
        row.corpus = recording.corpus
        row.speaker, row.speaker_name = recording.speaker, recording.speaker_name
        row.split, row.files = recording.split, dict(recording.files)
        row.seconds, row.fingerprint = recording.seconds, recording.fingerprint
        row.indexed, row.problem = recording.indexed, recording.problem
        self._session.flush()

    def cut(
        self,
        recording_id: str,
        content_digest: str,
        windows: Sequence[CutWindow],
        reason: str = _BUILD,
    ) -> Recut:
        """Make these the windows and exemplars of a recording; one event, one index version.

        What is equal to before keeps its id; what is not among them any more leaves the index.
        Exemplars that a curator has touched stay as the curator left them. ``content_digest``
        tells windows of another motion or sound apart.
        """
        return self._cuts.cut(recording_id, content_digest, windows, reason)

    def leave_out(self, corpus: str, kept: Sequence[str], reason: str = _BUILD) -> int:
        """Take recordings of a corpus that are not ``kept`` out of the index; how many.

        One event for all of them. Curated exemplars leave too, and come back as they were.
        """
        return self._cuts.leave_out(corpus, kept, reason)

    def put_back(self, recording_id: str, reason: str = _BUILD) -> int:
        """Bring back the exemplars of a recording that was left out; how many."""
        return self._cuts.put_back(recording_id, reason)

    def indexed_at(self, version: int | None = None) -> IndexedRows:
        """What an index of a version holds; of the head without one."""
        return self._index.rows(version)

    def indexed_ids(self, version: int | None = None) -> tuple[int, ...]:
        """Ids of the exemplars that an index of a version holds, ascending."""
        return tuple(self.indexed_at(version).ids.tolist())

    def changed_between(self, old: int, new: int) -> Changed:
        """What turns an index of one version into that of another, later or earlier one."""
        return self._index.changed(old, new)

    def exemplars(
        self, ids: Sequence[int], version: int | None = None
    ) -> Mapping[int, StoredExemplar]:
        """Exemplars by id as they were at a version, windows with their curated tiers.

        Ids that did not exist are left out; removed exemplars say that they are.
        """
        return self._index.exemplars(ids, version)


def _recording(row: RecordingRow) -> StoredRecording:
    return StoredRecording(
        id=row.id,
        corpus=row.corpus,
        speaker=row.speaker,
        speaker_name=row.speaker_name,
        split=row.split,
        files=row.files,
        seconds=row.seconds,
        fingerprint=row.fingerprint,
        indexed=row.indexed,
        problem=row.problem,
    )
