"""Every query about workers: who lives, with which weights and index, who does what for all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotations.lease_tables import LeaseRow
from annotations.tables import WorkerRow


@dataclass(frozen=True)
class LiveWorker:
    """A worker with everything loaded."""

    name: str
    weights_id: str
    index_version: int
    device: str
    draining: bool = False
    """Whether it finishes what it has and takes no more."""


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
                draining=worker.draining,
            )
        )

    def heard_of(self, name: str, since: datetime) -> bool:
        """Whether a worker of that name has told of itself since then."""
        row = self._session.get(WorkerRow, name)
        return row is not None and row.seen_at >= since

    def leave(self, name: str) -> None:
        """Forget a worker that has stopped."""
        row = self._session.get(WorkerRow, name)
        if row is not None:
            self._session.delete(row)

    def latest(self, seen_after: datetime) -> LiveWorker | None:
        """The worker heard of last that takes jobs, unless that was too long ago."""
        query = (
            select(WorkerRow)
            .where(_takes_jobs(seen_after))
            .order_by(WorkerRow.seen_at.desc())
            .limit(1)
        )
        row = self._session.scalar(query)
        if row is None:
            return None
        return LiveWorker(row.name, row.weights_id, row.index_version, row.device)

    def count(self, seen_after: datetime) -> int:
        """How many workers take jobs."""
        query = select(func.count()).where(_takes_jobs(seen_after))
        return self._session.execute(query).scalar_one()

    def names(self, seen_after: datetime) -> frozenset[str]:
        """Workers that live, also those that take no more jobs."""
        query = select(WorkerRow.name).where(WorkerRow.seen_at > seen_after)
        return frozenset(self._session.scalars(query))

    def lease(self, task: str, holder: str, lasts: timedelta) -> bool:
        """Take or prolong the right to do a task; whether it is the holder's from now on."""
        now = datetime.now(UTC)
        mine = (LeaseRow.holder == holder) | (LeaseRow.until <= now)
        taking = update(LeaseRow).where(LeaseRow.task == task, mine)
        taking = taking.values(holder=holder, until=now + lasts).returning(LeaseRow.task)
        if self._session.execute(taking).all():
            return True
        try:
            with self._session.begin_nested():
                self._session.add(LeaseRow(task=task, holder=holder, until=now + lasts))
        except IntegrityError:
            return False
        return True

    def release(self, task: str, holder: str) -> None:
        """Give a task up, where one holds it."""
        ours = (LeaseRow.task == task, LeaseRow.holder == holder)
        self._session.execute(delete(LeaseRow).where(*ours))


def _takes_jobs(seen_after: datetime) -> ColumnElement[bool]:
    return (WorkerRow.seen_at > seen_after) & WorkerRow.draining.is_(False)
