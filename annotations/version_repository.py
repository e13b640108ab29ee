"""Every query about index versions, the labels that point at them, and events."""

from datetime import UTC, datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.records import LIVE, Event, IndexDraft, IndexVersion, StoredEvent
from annotations.tables import EventRow, IndexLabelRow, IndexVersionRow


class VersionRepository:
    """Versions and events of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, draft: IndexDraft) -> IndexVersion:
        """Record a version; no label points at it yet."""
        row = IndexVersionRow(
            created_at=datetime.now(UTC),
            embedder_id=draft.embedder_id,
            weights_id=draft.weights_id,
            folder=draft.folder,
            digest=draft.digest,
            exemplar_count=len(draft.exemplar_ids),
            exemplar_ids=np.array(draft.exemplar_ids, dtype="<i8").tobytes(),
        )
        self._session.add(row)
        self._session.flush()
        return _version(row)

    def get(self, version_id: int) -> IndexVersion | None:
        """One version."""
        row = self._session.get(IndexVersionRow, version_id)
        return None if row is None else _version(row)

    def with_digest(self, digest: str) -> IndexVersion | None:
        """The newest version that holds exactly this."""
        query = (
            select(IndexVersionRow)
            .where(IndexVersionRow.digest == digest)
            .order_by(IndexVersionRow.id.desc())
            .limit(1)
        )
        row = self._session.scalar(query)
        return None if row is None else _version(row)

    def listed(self) -> tuple[IndexVersion, ...]:
        """All versions, newest first."""
        query = select(IndexVersionRow).order_by(IndexVersionRow.id.desc())
        return tuple(_version(row) for row in self._session.scalars(query))

    def exemplar_ids(self, version_id: int) -> tuple[int, ...]:
        """Ids of the exemplars that a version holds, ascending."""
        query = select(IndexVersionRow.exemplar_ids).where(IndexVersionRow.id == version_id)
        stored = self._session.scalars(query).one()
        return tuple(np.frombuffer(stored, dtype="<i8").tolist())

    def labeled(self, name: str = LIVE) -> IndexVersion | None:
        """The version a label points at; ``None`` where there is no such label."""
        query = (
            select(IndexVersionRow)
            .join(IndexLabelRow, IndexLabelRow.version_id == IndexVersionRow.id)
            .where(IndexLabelRow.name == name)
        )
        row = self._session.scalar(query)
        return None if row is None else _version(row)

    def set_label(self, version_id: int, name: str = LIVE) -> None:
        """Point a label at a version."""
        label = self._session.get(IndexLabelRow, name)
        if label is None:
            self._session.add(IndexLabelRow(name=name, version_id=version_id))
        else:
            label.version_id = version_id
        self._session.flush()

    def append(self, event: Event) -> StoredEvent:
        """Record a change."""
        row = EventRow(
            at=datetime.now(UTC),
            actor=event.actor,
            operation=event.operation,
            subject=event.subject,
            before=None if event.before is None else dict(event.before),
            after=None if event.after is None else dict(event.after),
            reason=event.reason,
        )
        self._session.add(row)
        self._session.flush()
        return StoredEvent(row.seq, row.at, event)

    def events(self, subject: str | None = None) -> tuple[StoredEvent, ...]:
        """Recorded changes, oldest first; of one subject where it is given."""
        query = select(EventRow).order_by(EventRow.seq)
        if subject is not None:
            query = query.where(EventRow.subject == subject)
        return tuple(_event(row) for row in self._session.scalars(query))


def _version(row: IndexVersionRow) -> IndexVersion:
    return IndexVersion(
        id=row.id,
        created_at=row.created_at,
        embedder_id=row.embedder_id,
        weights_id=row.weights_id,
        folder=row.folder,
        digest=row.digest,
        exemplar_count=row.exemplar_count,
    )


def _event(row: EventRow) -> StoredEvent:
    event = Event(row.actor, row.operation, row.subject, row.before, row.after, row.reason)
    return StoredEvent(row.seq, row.at, event)
