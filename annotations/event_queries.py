"""The list of events, newest first, without the rows that they carry."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, defer

from annotations.tables import EventRow, RevisionRow


@dataclass(frozen=True)
class EventSummary:
    """Who did what, when and why, and to how many exemplars."""

    seq: int
    at: datetime
    actor: str
    operation: str
    subject: str
    reason: str
    undoes: int | None
    """The event that this one took back."""
    changed: int
    """Exemplars that it changed; such an event made the index version of its number."""


class EventQueries:
    """Summaries of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def listed(
        self, limit: int, before: int | None = None, changing: bool = False
    ) -> tuple[EventSummary, ...]:
        """The newest events with a number below ``before``; those alone that changed exemplars."""
        query = _LIGHT.order_by(EventRow.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(EventRow.seq < before)
        if changing:
            query = query.where(exists().where(RevisionRow.seq == EventRow.seq))
        return self._told(query)

    def summary(self, seq: int) -> EventSummary | None:
        """One event."""
        told = self._told(_LIGHT.where(EventRow.seq == seq))
        return told[0] if told else None

    def _told(self, query: Select[EventRow]) -> tuple[EventSummary, ...]:
        rows = self._session.scalars(query).all()
        counting = (
            select(RevisionRow.seq, func.count())
            .where(RevisionRow.seq.in_([row.seq for row in rows]))
            .group_by(RevisionRow.seq)
        )
        changed = {row[0]: row[1] for row in self._session.execute(counting)}
        return tuple(_summary(row, changed.get(row.seq, 0)) for row in rows)


_LIGHT = select(EventRow).options(
    defer(EventRow.before, raiseload=True), defer(EventRow.after, raiseload=True)
)


def _summary(row: EventRow, changed: int) -> EventSummary:
    return EventSummary(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        operation=row.operation,
        subject=row.subject,
        reason=row.reason,
        undoes=row.undoes,
        changed=changed,
    )
