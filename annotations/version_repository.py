"""Every query about index versions, the tags that point at them, and events."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, aliased

from annotations.curation_errors import UnknownVersionError
from annotations.curation_records import Tag
from annotations.records import LIVE, STAGING, Event, StoredEvent
from annotations.tables import EventRow, RevisionRow, TagRow

LEAVE_OUT, PUT_BACK = "leave_out", "put_back"
"""Operations that take a whole recording out of the index, and bring it back as it was."""
FOLLOWING = (LIVE, STAGING)
"""Tags that always exist."""
_WRITE_LOCK = 0x6368_6973
"""Postgres advisory lock that makes the order of event numbers the order of commits."""


class VersionRepository:
    """Versions, tags and events of one session; nothing here commits.

    An index version is the number of an event that changed a revision; it never changes after it
    was seen, as writers are admitted one at a time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self) -> None:
        """Admit one writer at a time, until the transaction ends; SQLite does so by itself."""
        if self._session.get_bind().dialect.name == "postgresql":
            query = text("SELECT pg_advisory_xact_lock(:key)")
            self._session.execute(query, {"key": _WRITE_LOCK})

    def head(self) -> int:
        """The newest version; 0 where nothing was ever indexed."""
        return self._session.scalar(select(func.max(RevisionRow.seq))) or 0

    def resolve(self, version: int | str | None = None) -> int:
        """The version of a number or tag, `None` for the head; `UnknownVersionError` for others.

        A number stands for the newest version up to it.
        """
        head = self.head()
        if version is None:
            return head
        if isinstance(version, str):
            return self._tagged(version, head)
        if not 0 <= version <= max(head, self.newest_event()):
            raise UnknownVersionError(version, head)
        newest = select(func.max(RevisionRow.seq)).where(RevisionRow.seq <= version)
        return self._session.scalar(newest) or 0

    def tags(self) -> tuple[Tag, ...]:
        """All tags by name; ``live`` and ``staging`` are always among them."""
        seqs: dict[str, int | None] = dict.fromkeys(FOLLOWING)
        for name, seq in self._session.execute(select(TagRow.name, TagRow.seq)):
            seqs[name] = seq
        head = self.head()
        return tuple(Tag(name, seq, self._of(seq, head)) for name, seq in sorted(seqs.items()))

    def tag(self, name: str) -> Tag | None:
        """One tag."""
        return next((each for each in self.tags() if each.name == name), None)

    def point(self, name: str, seq: int | None, actor: str) -> Tag:
        """Point a tag at a version, or let it follow the head."""
        row = self._session.get(TagRow, name)
        if row is None:
            row = TagRow(name=name)
            self._session.add(row)
        row.seq, row.changed_at, row.actor = seq, datetime.now(UTC), actor
        self._session.flush()
        return Tag(name, seq, self._of(seq, self.head()))

    def drop_tag(self, name: str) -> None:
        """Forget a tag."""
        row = self._session.get(TagRow, name)
        if row is not None:
            self._session.delete(row)
            self._session.flush()

    def append(self, event: Event) -> StoredEvent:
        """Record a change."""
        self.lock()
        row = EventRow(
            at=datetime.now(UTC),
            actor=event.actor,
            operation=event.operation,
            subject=event.subject,
            before=None if event.before is None else dict(event.before),
            after=None if event.after is None else dict(event.after),
            reason=event.reason,
            undoes=event.undoes,
        )
        self._session.add(row)
        self._session.flush()
        return StoredEvent(row.seq, row.at, event)

    def event(self, seq: int) -> StoredEvent | None:
        """One event."""
        row = self._session.get(EventRow, seq)
        return None if row is None else _event(row)

    def events(
        self, subject: str | None = None, after: int = 0, limit: int | None = None
    ) -> tuple[StoredEvent, ...]:
        """Events with a number above ``after``, oldest first; of one subject where it is given."""
        query = select(EventRow).where(EventRow.seq > after).order_by(EventRow.seq).limit(limit)
        if subject is not None:
            query = query.where(EventRow.subject == subject)
        return tuple(_event(row) for row in self._session.scalars(query))

    def events_numbered(self, seqs: Sequence[int]) -> dict[int, StoredEvent]:
        """Events by number."""
        query = select(EventRow).where(EventRow.seq.in_(seqs)).order_by(EventRow.seq)
        return {row.seq: _event(row) for row in self._session.scalars(query)}

    def edits_of_others(self, actor: str) -> Select[int]:
        """Numbers of the events of everyone else that changed what exemplars say.

        Taking a whole recording out of the index, or back, leaves its exemplars as they are.
        """
        moves = EventRow.operation.in_((LEAVE_OUT, PUT_BACK))
        undone = EventRow.undoes.in_(select(EventRow.seq).where(moves))
        return select(EventRow.seq).where(
            EventRow.actor != actor, ~moves, EventRow.undoes.is_(None) | ~undone
        )

    def leaving_with_recordings(self) -> Select[int]:
        """Exemplars that were last taken out of the index with their whole recording."""
        there = aliased(RevisionRow)
        last_there = select(func.coalesce(func.max(there.number), 0)).where(
            there.exemplar_id == RevisionRow.exemplar_id, there.removed.is_(False)
        )
        return (
            select(RevisionRow.exemplar_id)
            .join(EventRow, EventRow.seq == RevisionRow.seq)
            .where(EventRow.operation == LEAVE_OUT)
            .where(RevisionRow.number == last_there.scalar_subquery() + 1)
        )

    def newest_event(self) -> int:
        """Number of the newest event of any kind; 0 where there is none."""
        return self._session.scalar(select(func.max(EventRow.seq))) or 0

    def _tagged(self, name: str, head: int) -> int:
        row = self._session.get(TagRow, name)
        if row is None and name not in FOLLOWING:
            raise UnknownVersionError(name, head)
        return self._of(None if row is None else row.seq, head)

    def _of(self, seq: int | None, head: int) -> int:
        return head if seq is None else seq


def _event(row: EventRow) -> StoredEvent:
    event = Event(
        row.actor, row.operation, row.subject, row.before, row.after, row.reason, row.undoes
    )
    return StoredEvent(row.seq, row.at, event)
