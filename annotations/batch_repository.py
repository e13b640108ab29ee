"""Every query about batches; nothing here commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotations.batch_tables import BatchRow
from annotations.job_queries import job_of
from annotations.job_repository import IdempotencyConflictError, JobRepository
from annotations.records import OPEN_STATES, Job, JobDraft, JobState, QueueLoad
from annotations.tables import JobRow

AT_ONCE = 5
"""Jobs of a batch written in one statement; a long talk holds a megabyte or two of words."""


@dataclass(frozen=True)
class BatchDraft:
    """Many requests before they are jobs."""

    name: str
    created_by: str
    jobs: Iterable[JobDraft]
    """Held in memory a few at a time."""
    idempotency_key: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True)
class Batch:
    """Many jobs that were asked for at once."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    jobs: int
    sound_seconds: float
    states: Mapping[JobState, int]
    """How many of its jobs are in each state that any of them is in."""

    @property
    def open_jobs(self) -> int:
        """Jobs that wait or run."""
        return sum(self.states.get(state, 0) for state in OPEN_STATES)


@dataclass(frozen=True)
class BatchSubmission:
    """A batch, and whether this request made it or found it under its idempotency key."""

    batch: Batch
    created: bool


class BatchRepository:
    """Batches of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def submit(self, draft: BatchDraft) -> BatchSubmission:
        """Queue all jobs, or find the batch that the same request made before.

        Raises `IdempotencyConflictError` where the key was used for another request.
        """
        known = self._under_key(draft)
        if known is not None:
            return BatchSubmission(known, created=False)
        row = BatchRow(
            id=uuid4().hex,
            name=draft.name,
            created_at=datetime.now(UTC),
            created_by=draft.created_by,
            jobs=0,
            sound_seconds=0.0,
            idempotency_key=draft.idempotency_key,
            body_hash=draft.body_hash,
        )
        self._session.add(row)
        self._session.flush()
        self._fill(row, draft.jobs)
        return BatchSubmission(self._batch(row), created=True)

    def _fill(self, row: BatchRow, jobs: Iterable[JobDraft]) -> None:
        left = iter(jobs)
        while some := tuple(islice(left, AT_ONCE)):
            JobRepository(self._session).add_all(some, row.id)
            row.jobs += len(some)
            row.sound_seconds += sum(job.sound_seconds for job in some)

    def is_known(self, idempotency_key: str) -> bool:
        """Whether a batch was made under that key."""
        query = select(BatchRow.id).where(BatchRow.idempotency_key == idempotency_key)
        return self._session.scalar(query) is not None

    def get(self, batch_id: str) -> Batch | None:
        """One batch."""
        row = self._session.get(BatchRow, batch_id)
        return None if row is None else self._batch(row)

    def first_failed(self, batch_id: str, limit: int) -> tuple[Job, ...]:
        """The jobs that failed first."""
        query = (
            select(JobRow)
            .where(JobRow.batch_id == batch_id, JobRow.state == JobState.FAILED)
            .order_by(JobRow.finished_at, JobRow.id)
            .limit(limit)
        )
        return tuple(job_of(row) for row in self._session.scalars(query))

    def queued(self, batch_id: str) -> Sequence[str]:
        """Ids of the jobs that wait, in their order."""
        query = (
            select(JobRow.id)
            .where(JobRow.batch_id == batch_id, JobRow.state == JobState.QUEUED)
            .order_by(JobRow.created_at, JobRow.id)
        )
        return self._session.scalars(query).all()

    def load(self) -> QueueLoad:
        """Jobs of batches that wait or run, and their seconds of sound."""
        open_work = select(func.count(), func.coalesce(func.sum(JobRow.sound_seconds), 0.0)).where(
            JobRow.state.in_(OPEN_STATES), JobRow.batch_id.is_not(None)
        )
        jobs, seconds = self._session.execute(open_work).one()
        return QueueLoad(jobs, seconds)

    def _under_key(self, draft: BatchDraft) -> Batch | None:
        if draft.idempotency_key is None:
            return None
        query = select(BatchRow).where(BatchRow.idempotency_key == draft.idempotency_key)
        row = self._session.scalar(query)
        if row is not None and row.body_hash != draft.body_hash:
            raise IdempotencyConflictError(draft.idempotency_key, row.id)
        return None if row is None else self._batch(row)

    def _batch(self, row: BatchRow) -> Batch:
        counted = (
            select(JobRow.state, func.count())
            .where(JobRow.batch_id == row.id)
            .group_by(JobRow.state)
        )
        states = {JobState(state): count for state, count in self._session.execute(counted)}
        return Batch(
            id=row.id,
            name=row.name,
            created_at=row.created_at,
            created_by=row.created_by,
            jobs=row.jobs,
            sound_seconds=row.sound_seconds,
            states=states,
        )
