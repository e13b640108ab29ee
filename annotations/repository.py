"""Every query about recordings, windows and exemplars; the way to all other queries."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from annotations.embedding_repository import EmbeddingRepository, batches
from annotations.encoding import (
    annotation_from_json,
    annotation_json,
    canonical,
    tiers_json,
    window_with_tiers,
)
from annotations.job_repository import JobRepository
from annotations.records import (
    AnnotationKind,
    CutExemplar,
    CutWindow,
    StoredExemplar,
    StoredRecording,
    kind_of,
)
from annotations.tables import ExemplarRow, RecordingRow, WindowRow
from annotations.types import Exemplar, Window
from annotations.version_repository import VersionRepository


class Repository:
    """The curated store as one session sees it; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def jobs(self) -> JobRepository:
        """Queries about jobs."""
        return JobRepository(self._session)

    @cached_property
    def versions(self) -> VersionRepository:
        """Queries about index versions and events."""
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
        """Add a recording, or bring what is known of it up to date."""
        row = self._session.get(RecordingRow, recording.id)
        if row is None:
            row = RecordingRow(id=recording.id)
            self._session.add(row)
        row.corpus = recording.corpus
        row.speaker, row.speaker_name = recording.speaker, recording.speaker_name
        row.split, row.files = recording.split, dict(recording.files)
        row.seconds, row.fingerprint = recording.seconds, recording.fingerprint
        row.indexed, row.problem = recording.indexed, recording.problem
        self._session.flush()

    def leave_out(self, corpus: str, kept: Sequence[str]) -> int:
        """Take recordings of a corpus that are not ``kept`` out of the index; how many."""
        gone = [
            each.id
            for each in self.recordings(corpus)
            if each.indexed and each.id not in frozenset(kept)
        ]
        for batch in batches(gone):
            self._session.execute(
                update(RecordingRow).where(RecordingRow.id.in_(batch)).values(indexed=False)
            )
        return len(gone)

    def replace_windows(
        self, recording_id: str, content_digest: str, windows: Sequence[CutWindow]
    ) -> tuple[str, ...]:
        """Make these the windows and exemplars of a recording; keys of windows not stored before.

        What is equal to before keeps its id; what is not among them any more is marked removed.
        Exemplars that a curator has touched stay as the curator left them. ``content_digest``
        tells windows of another motion or sound apart.
        """
        stored = self._windows_of(recording_id)
        digests = [_window_digest(cut.window, content_digest) for cut in windows]
        added: dict[str, WindowRow] = {}
        for cut, digest in zip(windows, digests, strict=True):
            place = (cut.window.start_seconds, digest)
            if place not in stored:
                stored[place] = added[cut.window.key] = _window_row(cut.window, digest)
        self._session.add_all(added.values())
        self._session.flush()
        known = self._exemplars_of(recording_id)
        kept = set[str]()
        for cut, digest in zip(windows, digests, strict=True):
            window = stored[cut.window.start_seconds, digest]
            for row in (_exemplar_row(window.id, exemplar) for exemplar in cut.exemplars):
                if row.origin not in known and row.origin not in kept:
                    self._session.add(row)
                kept.add(row.origin)
        for origin, row in known.items():
            if row.revision == 0:
                row.removed = origin not in kept
        self._session.flush()
        return tuple(added)

    def indexed_ids(self) -> tuple[int, ...]:
        """Ids of every exemplar that belongs to the index, ascending."""
        query = (
            select(ExemplarRow.id)
            .join(ExemplarRow.window)
            .join(WindowRow.recording)
            .where(~ExemplarRow.removed, RecordingRow.indexed)
            .order_by(ExemplarRow.id)
        )
        return tuple(self._session.scalars(query))

    def exemplars(self, ids: Sequence[int]) -> Mapping[int, StoredExemplar]:
        """Exemplars by id; ids that do not exist are left out."""
        found: dict[int, StoredExemplar] = {}
        windows: dict[int, Window] = {}
        for batch in batches(ids):
            query = select(ExemplarRow).where(ExemplarRow.id.in_(batch)).order_by(ExemplarRow.id)
            for row in self._session.scalars(query.options(selectinload(ExemplarRow.window))):
                window = windows.get(row.window_id)
                if window is None:
                    window = windows[row.window_id] = _window(row.window)
                found[row.id] = _exemplar(row, window)
        return found

    def _windows_of(self, recording_id: str) -> dict[tuple[float, str], WindowRow]:
        query = select(WindowRow).where(WindowRow.recording_id == recording_id)
        return {(row.start_seconds, row.digest): row for row in self._session.scalars(query)}

    def _exemplars_of(self, recording_id: str) -> dict[str, ExemplarRow]:
        """Exemplars of a recording, removed ones too, by origin."""
        query = (
            select(ExemplarRow)
            .join(ExemplarRow.window)
            .where(WindowRow.recording_id == recording_id)
        )
        return {row.origin: row for row in self._session.scalars(query)}


def _window_digest(window: Window, content_digest: str) -> str:
    content = canonical([window.speaker, window.text, tiers_json(window), content_digest])
    return hashlib.sha256(content.encode()).hexdigest()


def _origin(window_id: int, cut: CutExemplar) -> str:
    """Equal for what is cut alike from the same window, whatever a curator makes of it."""
    cut_as = [kind_of(cut.annotation), annotation_json(cut.annotation)]
    shown = [cut.prominence, cut.stroke_seconds, list(cut.quality)]
    return hashlib.sha256(canonical([window_id, cut_as, shown]).encode()).hexdigest()


def _window_row(window: Window, digest: str) -> WindowRow:
    return WindowRow(
        recording_id=window.recording,
        start_seconds=window.start_seconds,
        speaker=window.speaker,
        text=window.text,
        annotations=tiers_json(window),
        digest=digest,
    )


def _exemplar_row(window_id: int, cut: CutExemplar) -> ExemplarRow:
    annotation = cut.annotation
    return ExemplarRow(
        window_id=window_id,
        kind=kind_of(annotation),
        label=annotation.label,
        word=annotation.word,
        start_seconds=annotation.focus.start,
        end_seconds=annotation.focus.end,
        probability=annotation.probability,
        source=annotation.source.value,
        annotation=annotation_json(annotation),
        prominence=cut.prominence,
        stroke_seconds=cut.stroke_seconds,
        quality=list(cut.quality),
        origin=_origin(window_id, cut),
        revision=0,
        removed=False,
    )


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


def _window(row: WindowRow) -> Window:
    bare = Window(row.recording_id, row.speaker, row.start_seconds, row.text)
    return window_with_tiers(bare, row.annotations)


def _exemplar(row: ExemplarRow, window: Window) -> StoredExemplar:
    kind: AnnotationKind = "relation" if row.kind == "relation" else "gesture"
    annotation = annotation_from_json(kind, row.annotation)
    return StoredExemplar(
        Exemplar(row.id, window, annotation, row.stroke_seconds),
        row.prominence,
        tuple(row.quality),
        row.revision,
        row.removed,
    )
