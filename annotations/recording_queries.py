"""What curators ask about recordings: which there are, and how much of each is in the index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from annotations.curation_errors import UnknownRecordingError
from annotations.records import SYSTEM
from annotations.revision_repository import is_current
from annotations.tables import EventRow, RecordingRow, RevisionRow
from annotations.version_repository import LEAVE_OUT


@dataclass(frozen=True)
class RecordingFacts:
    """A recording and what the index holds of it."""

    id: str
    corpus: str
    """Folder of its files."""
    speaker: int
    speaker_name: str
    split: str
    """Empty where its corpus names none."""
    seconds: float | None
    indexed: bool
    problem: str | None
    """Why it could not be indexed when that was tried last."""
    exemplars: int
    removed: int
    """Exemplars that are out of the index."""
    seq: int
    """Version that changed its exemplars last; 0 where it never had any."""


@dataclass(frozen=True)
class RecordingFilter:
    """Which recordings are asked for; an empty field asks nothing."""

    speakers: tuple[int, ...] = ()
    splits: tuple[str, ...] = ()
    corpora: tuple[str, ...] = ()
    indexed: bool | None = None
    problem: bool | None = None
    """Whether it has one."""
    text: str | None = None
    """Part of its id."""


@dataclass(frozen=True)
class RecordingPage:
    """Some of the recordings that a filter finds, by id."""

    rows: tuple[RecordingFacts, ...]
    next_after: str | None
    total: int


@dataclass(frozen=True)
class _Held:
    exemplars: int = 0
    removed: int = 0
    seq: int = 0


class RecordingQueries:
    """Questions of one session about recordings; writes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, asked: RecordingFilter, limit: int = 50, after: str = "") -> RecordingPage:
        """Recordings with an id behind ``after``."""
        where = _conditions(asked)
        query = select(RecordingRow).where(*where, RecordingRow.id > after)
        found = self._session.scalars(query.order_by(RecordingRow.id).limit(limit + 1)).all()
        shown = found[:limit]
        count = select(func.count()).select_from(RecordingRow).where(*where)
        held = self._held([row.id for row in shown])
        return RecordingPage(
            rows=tuple(_facts(row, held.get(row.id, _Held())) for row in shown),
            next_after=shown[-1].id if len(found) > limit else None,
            total=self._session.scalar(count) or 0,
        )

    def facts(self, recording_id: str) -> RecordingFacts:
        """One recording; `UnknownRecordingError`."""
        known = self.found(recording_id)
        if known is None:
            raise UnknownRecordingError(recording_id)
        return known

    def found(self, recording_id: str) -> RecordingFacts | None:
        """One recording, where there is one."""
        row = self._session.get(RecordingRow, recording_id, populate_existing=True)
        held = self._held([recording_id])
        return None if row is None else _facts(row, held.get(recording_id, _Held()))

    def taken_out(self) -> frozenset[str]:
        """Recordings that a curator, not a build, has taken out of the index."""
        query = (
            select(RevisionRow.recording_id)
            .join(EventRow, EventRow.seq == RevisionRow.seq)
            .where(
                is_current(),
                RevisionRow.removed.is_(True),
                EventRow.operation == LEAVE_OUT,
                EventRow.actor != SYSTEM,
            )
        )
        return frozenset(self._session.scalars(query.distinct()))

    def _held(self, ids: Sequence[str]) -> dict[str, _Held]:
        query = (
            select(
                RevisionRow.recording_id,
                func.count().filter(RevisionRow.removed.is_(False)),
                func.count(),
                func.max(RevisionRow.seq),
            )
            .where(
                is_current(),
                RevisionRow.removed.in_((False, True)),  # spelled out, an index begins with it
                RevisionRow.recording_id.in_(ids),
            )
            .group_by(RevisionRow.recording_id)
        )
        return {
            name: _Held(present, count - present, seq)
            for name, present, count, seq in self._session.execute(query)
        }


def _conditions(asked: RecordingFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.speakers:
        found.append(RecordingRow.speaker.in_(asked.speakers))
    if asked.splits:
        found.append(RecordingRow.split.in_(asked.splits))
    if asked.corpora:
        found.append(RecordingRow.corpus.in_(asked.corpora))
    if asked.indexed is not None:
        found.append(RecordingRow.indexed.is_(asked.indexed))
    if asked.problem is not None:
        has = RecordingRow.problem.is_not(None)
        found.append(has if asked.problem else ~has)
    if asked.text:
        found.append(RecordingRow.id.icontains(asked.text, autoescape=True))
    return found


def _facts(row: RecordingRow, held: _Held) -> RecordingFacts:
    return RecordingFacts(
        id=row.id,
        corpus=row.corpus,
        speaker=row.speaker,
        speaker_name=row.speaker_name,
        split=row.split,
        seconds=row.seconds,
        indexed=row.indexed,
        problem=row.problem,
        exemplars=held.exemplars,
        removed=held.removed,
        seq=held.seq,
    )
