"""Every query about workers: who lives, and with which weights and index."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.tables import WorkerRow


@dataclass(frozen=True)
class LiveWorker:
    """A worker with everything loaded."""

    name: str
    weights_id: str
    index_version: int
    device: str


class WorkerRepository:
    """Workers of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def beat(self, worker: LiveWorker) -> None:
        """Record a sign of life."""
        self._session.merge(
            WorkerRow(
                name=worker.name,
                seen_at=datetime.now(UTC),
                weights_id=worker.weights_id,
                index_version=worker.index_version,
                device=worker.device,
            )
        )

    def leave(self, name: str) -> None:
        """Forget a worker that has stopped."""
        row = self._session.get(WorkerRow, name)
        if row is not None:
            self._session.delete(row)

    def latest(self, seen_after: datetime) -> LiveWorker | None:
        """The worker heard of last, unless that was too long ago."""
        query = (
            select(WorkerRow)
            .where(WorkerRow.seen_at > seen_after)
            .order_by(WorkerRow.seen_at.desc())
            .limit(1)
        )
        row = self._session.scalar(query)
        if row is None:
            return None
        return LiveWorker(row.name, row.weights_id, row.index_version, row.device)
