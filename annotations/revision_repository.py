"""Every query about revisions: which one an exemplar has at a version, and adding the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from annotations.curation_records import ExemplarFacts
from annotations.embedding_repository import EmbeddingRepository, batches
from annotations.encoding import prominences_of
from annotations.records import Event, StoredEvent
from annotations.revisions import CONTENT_FIELDS, Content, content_json
from annotations.tables import (
    AnnotationRow,
    ExemplarRow,
    RecordingRow,
    RevisionRow,
    WindowRow,
)
from annotations.types import Prominence
from annotations.version_repository import VersionRepository

_IDENTITY_COLUMNS = (
    ExemplarRow.id,
    ExemplarRow.annotation_id,
    ExemplarRow.window_id,
    WindowRow.start_seconds,
    WindowRow.text,
    RecordingRow.id,
    RecordingRow.speaker,
    RecordingRow.speaker_name,
    RecordingRow.split,
    RecordingRow.seconds,
)
_CONTENT_COLUMNS = tuple(getattr(RevisionRow, name) for name in CONTENT_FIELDS)
_IDENTITY = slice(0, len(_IDENTITY_COLUMNS))
_CONTENT = slice(_IDENTITY.stop + 2, None)


@dataclass(frozen=True)
class Place:
    """An exemplar's identity, and where it lies; never changes."""

    exemplar_id: int
    annotation_id: int
    window_id: int
    window_start_seconds: float
    text: str
    recording: str
    speaker: int
    speaker_name: str
    split: str
    recording_seconds: float | None


@dataclass(frozen=True)
class PlacedRevision:
    """One revision of an exemplar."""

    place: Place
    number: int
    seq: int
    content: Content

    @property
    def facts(self) -> ExemplarFacts:
        """What a list shows of it."""
        return facts_of(self.place, self.content, self.number, self.seq)


@dataclass(frozen=True)
class NextRevision:
    """What an exemplar is to say from now on."""

    place: Place
    before: PlacedRevision | None
    """The current revision; ``None`` for a new exemplar."""
    after: Content
    like_number: int | None = None
    """An earlier revision with the same vector; ``None`` where the vector must be made."""

    @property
    def number(self) -> int:
        """Of the new revision."""
        return 1 if self.before is None else self.before.number + 1


def at_version(version: int) -> ColumnElement[bool]:
    """Which revisions were the current ones at a version."""
    open_ended = or_(RevisionRow.until_seq.is_(None), RevisionRow.until_seq > version)
    return and_(RevisionRow.seq <= version, open_ended)


def is_current() -> ColumnElement[bool]:
    """Which revisions are the current ones."""
    return RevisionRow.until_seq.is_(None)


def placed_revisions() -> Select[*tuple[Any, ...]]:
    """Columns of revisions with their places, read by `placed_revision`."""
    return (
        select(*_IDENTITY_COLUMNS, RevisionRow.number, RevisionRow.seq, *_CONTENT_COLUMNS)
        .select_from(RevisionRow)
        .join(ExemplarRow, ExemplarRow.id == RevisionRow.exemplar_id)
        .join(WindowRow, WindowRow.id == ExemplarRow.window_id)
        .join(RecordingRow, RecordingRow.id == RevisionRow.recording_id)
    )


def placed_revision(row: Sequence[Any]) -> PlacedRevision:
    """A row of `placed_revisions` as a value."""
    number, seq = row[_IDENTITY.stop : _CONTENT.start]
    named: dict[str, Any] = dict(zip(CONTENT_FIELDS, row[_CONTENT], strict=True))
    named["quality"] = tuple(named["quality"])
    return PlacedRevision(_place(row), number, seq, Content(**named))


def _place(row: Sequence[Any]) -> Place:
    return Place(*row[_IDENTITY])


def facts_of(place: Place, content: Content, number: int, seq: int) -> ExemplarFacts:
    """What a list shows of an exemplar."""
    return ExemplarFacts(
        id=place.exemplar_id,
        annotation_id=place.annotation_id,
        revision=number,
        seq=seq,
        recording=place.recording,
        speaker=place.speaker,
        speaker_name=place.speaker_name,
        split=place.split,
        window_id=place.window_id,
        window_start_seconds=place.window_start_seconds,
        kind=content.kind,
        label=content.label,
        word=content.word,
        start_seconds=content.start_seconds,
        end_seconds=content.end_seconds,
        probability=content.probability,
        source=content.source,
        prominence=content.prominence,
        stroke_seconds=content.stroke_seconds,
        quality=content.quality,
        comment=content.comment,
        removed=content.removed,
        text=place.text,
        sense=content.sense,
    )


class RevisionRepository:
    """Revisions of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions = VersionRepository(session)

    def current(self, ids: Sequence[int]) -> dict[int, PlacedRevision]:
        """Current revisions of exemplars by id, removed ones too; unknown ids are left out."""
        return self._found(ids, is_current())

    def siblings(self, annotation_ids: Sequence[int]) -> dict[int, PlacedRevision]:
        """Current revisions of all exemplars of annotations, by exemplar id."""
        ids: list[int] = []
        for batch in batches(annotation_ids):
            query = select(ExemplarRow.id).where(ExemplarRow.annotation_id.in_(batch))
            ids += self._session.scalars(query)
        return self.current(ids)

    def at(self, ids: Sequence[int], version: int) -> dict[int, PlacedRevision]:
        """Revisions of exemplars at a version, by id; what was not there yet is left out."""
        return self._found(ids, at_version(version))

    def numbered(self, exemplar_id: int, number: int) -> PlacedRevision | None:
        """One revision of an exemplar."""
        query = placed_revisions().where(
            RevisionRow.exemplar_id == exemplar_id, RevisionRow.number == number
        )
        row = self._session.execute(query).one_or_none()
        return None if row is None else placed_revision(row)

    def of_recording(self, recording_id: str) -> dict[int, PlacedRevision]:
        """Current revisions of all exemplars of a recording, removed ones too, by id."""
        query = placed_revisions().where(
            RevisionRow.recording_id == recording_id,
            RevisionRow.removed.in_((False, True)),  # spelled out, an index begins with it
            is_current(),
        )
        found = (placed_revision(row) for row in self._session.execute(query))
        return {each.place.exemplar_id: each for each in found}

    def places(self, ids: Sequence[int]) -> dict[int, Place]:
        """Identities of exemplars by id, also of those without a revision."""
        found: dict[int, Place] = {}
        for batch in batches(ids):
            query = (
                select(*_IDENTITY_COLUMNS)
                .select_from(ExemplarRow)
                .join(WindowRow, WindowRow.id == ExemplarRow.window_id)
                .join(AnnotationRow, AnnotationRow.id == ExemplarRow.annotation_id)
                .join(RecordingRow, RecordingRow.id == WindowRow.recording_id)
                .where(ExemplarRow.id.in_(batch))
            )
            found.update((row[0], _place(row)) for row in self._session.execute(query))
        return found

    def prominences(self, window_id: int) -> tuple[Prominence, ...]:
        """The prosodic tier of a window."""
        stored = self._session.scalar(
            select(WindowRow.annotations).where(WindowRow.id == window_id)
        )
        return () if stored is None else prominences_of(stored)

    def write(self, event: Event, rows: Sequence[NextRevision]) -> StoredEvent:
        """End the current revisions and add the next ones: one event, one index version.

        The writer holds `VersionRepository.lock` since before it read the current revisions.
        """
        stored = self._versions.append(_with_rows(event, rows))
        self._end([row.place.exemplar_id for row in rows if row.before is not None], stored.seq)
        if rows:
            values = [_values(row, stored.seq) for row in rows]
            self._session.execute(insert(RevisionRow.__table__), values)  # type: ignore[arg-type]
        EmbeddingRepository(self._session).carry(
            (row.place.exemplar_id, row.like_number, row.number)
            for row in rows
            if row.like_number is not None
        )
        return stored

    def touched_by_others(self, ids: Iterable[int], system: str) -> frozenset[int]:
        """Which exemplars someone other than ``system`` has ever changed."""
        found: set[int] = set()
        edits = self._versions.edits_of_others(system)
        for batch in batches(list(ids)):
            query = select(RevisionRow.exemplar_id).where(
                RevisionRow.exemplar_id.in_(batch), RevisionRow.seq.in_(edits)
            )
            found.update(self._session.scalars(query))
        return frozenset(found)

    def left_out(self, stored: Mapping[int, PlacedRevision]) -> frozenset[int]:
        """Which of these are away because their recording was left out, edited since or not."""
        found: set[int] = set()
        for batch in batches([each for each, row in stored.items() if row.content.removed]):
            query = self._versions.leaving_with_recordings()
            found.update(self._session.scalars(query.where(RevisionRow.exemplar_id.in_(batch))))
        return frozenset(found)

    def _end(self, ids: Sequence[int], seq: int) -> None:
        for batch in batches(ids):
            self._session.execute(
                update(RevisionRow)
                .where(RevisionRow.exemplar_id.in_(batch), is_current())
                .values(until_seq=seq)
                .execution_options(synchronize_session=False)
            )

    def _found(
        self, ids: Sequence[int], condition: ColumnElement[bool]
    ) -> dict[int, PlacedRevision]:
        found: dict[int, PlacedRevision] = {}
        for batch in batches(ids):
            query = placed_revisions().where(RevisionRow.exemplar_id.in_(batch), condition)
            for row in self._session.execute(query):
                found[row[0]] = placed_revision(row)
        return dict(sorted(found.items()))


def _with_rows(event: Event, rows: Sequence[NextRevision]) -> Event:
    """The event with everything that changes, so that replaying events gives the same rows."""
    before = {
        str(row.place.exemplar_id): (
            None if row.before is None else content_json(row.before.content, row.before.number)
        )
        for row in rows
    }
    after = {str(row.place.exemplar_id): content_json(row.after, row.number) for row in rows}
    return Event(
        actor=event.actor,
        operation=event.operation,
        subject=event.subject,
        before={**(event.before or {}), "rows": before},
        after={**(event.after or {}), "rows": after},
        reason=event.reason,
        undoes=event.undoes,
    )


def _values(row: NextRevision, seq: int) -> Mapping[str, Any]:
    return {
        "exemplar_id": row.place.exemplar_id,
        "recording_id": row.place.recording,
        "seq": seq,
        **content_json(row.after, row.number),
    }
