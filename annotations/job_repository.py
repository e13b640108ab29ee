"""Every query about jobs; a state that is final never changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Update, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotations.records import (
    OPEN_STATES,
    Job,
    JobDraft,
    JobOutcome,
    JobState,
    Progress,
    QueueLoad,
    Submission,
)
from annotations.tables import JobRow


class IdempotencyConflictError(ValueError):
    """An idempotency key came back with another request."""

    def __init__(self, key: str, job_id: str) -> None:
        self.key, self.job_id = key, job_id
        super().__init__(
            f"idempotency key {key!r} belongs to job {job_id} with another request body; "
            "repeat that request unchanged, or use another key"
        )


class JobRepository:
    """Jobs of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def submit(self, draft: JobDraft) -> Submission:
        """Queue a job, or find the one that the same request made before.

        Raises `IdempotencyConflictError` where the key was used for another request.
        """
        known = self._under_key(draft)
        if known is not None:
            return Submission(known, created=False)
        row = _queued_row(draft)
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            known = self._under_key(draft)
            if known is None:
                raise
            return Submission(known, created=False)
        return Submission(_job(row), created=True)

    def get(self, job_id: str) -> Job | None:
        """One job."""
        row = self._session.get(JobRow, job_id, populate_existing=True)
        return None if row is None else _job(row)

    def listed(
        self, states: Sequence[JobState] = (), limit: int = 50, before: Job | None = None
    ) -> tuple[Job, ...]:
        """Jobs of the given states (all where none is given), newest first, before ``before``."""
        query = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
        if states:
            query = query.where(JobRow.state.in_(states))
        if before is not None:
            query = query.where(_older_than(before))
        return tuple(_job(row) for row in self._session.scalars(query))

    def start(self, job_id: str, worker: str) -> Job | None:
        """Start a job, or start it again where its worker died; ``None`` where it has ended."""
        now = datetime.now(UTC)
        return self._changed(
            _in_states(job_id, OPEN_STATES).values(
                state=JobState.RUNNING,
                attempt=JobRow.attempt + 1,
                worker=worker,
                stage=None,
                stage_done=0,
                stage_total=0,
                started_at=now,
                seen_at=now,
            )
        )

    def report(self, job_id: str, attempt: int, progress: Progress) -> Job | None:
        """Say how far an attempt is; ``None`` tells its worker to stop: it is over or not last."""
        return self._changed(
            _running(job_id, attempt).values(
                stage=progress.stage,
                stage_done=progress.done,
                stage_total=progress.total,
                seen_at=datetime.now(UTC),
            )
        )

    def succeed(self, job_id: str, attempt: int, outcome: JobOutcome) -> Job | None:
        """End a job with the result of its last attempt; ``None`` where it had ended."""
        return self._changed(
            _running(job_id, attempt).values(
                state=JobState.SUCCEEDED,
                result=dict(outcome.result),
                stage_done=JobRow.stage_total,
                index_version=outcome.index_version,
                weights_id=outcome.weights_id,
                expires_at=outcome.expires_at,
                finished_at=datetime.now(UTC),
            )
        )

    def fail(self, job_id: str, error: Mapping[str, Any]) -> Job | None:
        """End a job with ``{type, code, message, retryable}``; ``None`` where it had ended."""
        return self._changed(
            _in_states(job_id, OPEN_STATES).values(
                state=JobState.FAILED, error=dict(error), finished_at=datetime.now(UTC)
            )
        )

    def cancel(self, job_id: str) -> Job | None:
        """End a job unless it has ended; its state either way, ``None`` where there is none."""
        changed = self._changed(
            _in_states(job_id, OPEN_STATES).values(
                state=JobState.CANCELED, finished_at=datetime.now(UTC)
            )
        )
        return changed or self.get(job_id)

    def kept(self, now: datetime) -> dict[str, Mapping[str, Any]]:
        """Requests of the jobs, by id, whose files are needed: open ones, results in their time."""
        lasting = JobRow.expires_at.is_(None) | (JobRow.expires_at > now)
        needed = JobRow.state.in_(OPEN_STATES) | ((JobRow.state == JobState.SUCCEEDED) & lasting)
        rows = self._session.execute(select(JobRow.id, JobRow.request).where(needed))
        return {row.id: row.request for row in rows}

    def load(self) -> QueueLoad:
        """Jobs and seconds of sound that wait or run."""
        open_work = select(func.count(), func.coalesce(func.sum(JobRow.sound_seconds), 0.0)).where(
            JobRow.state.in_(OPEN_STATES)
        )
        jobs, seconds = self._session.execute(open_work).one()
        return QueueLoad(jobs, seconds)

    def queue_position(self, job: Job) -> int | None:
        """Queued jobs before this one; ``None`` where it is not queued."""
        if job.state != JobState.QUEUED:
            return None
        ahead = select(func.count()).where(JobRow.state == JobState.QUEUED, _older_than(job))
        return self._session.scalar(ahead)

    def _under_key(self, draft: JobDraft) -> Job | None:
        if draft.idempotency_key is None:
            return None
        query = select(JobRow).where(JobRow.idempotency_key == draft.idempotency_key)
        row = self._session.scalar(query)
        if row is not None and row.body_hash != draft.body_hash:
            raise IdempotencyConflictError(draft.idempotency_key, row.id)
        return None if row is None else _job(row)

    def _changed(self, statement: Update) -> Job | None:
        return next(iter(self._all_changed(statement)), None)

    def _all_changed(self, statement: Update) -> tuple[Job, ...]:
        rows = self._session.scalars(
            statement.returning(JobRow),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return tuple(_job(row) for row in rows)


def _in_states(job_id: str, states: Sequence[JobState]) -> Update:
    return update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(states))


def _running(job_id: str, attempt: int) -> Update:
    """A job in this attempt: one that was started again elsewhere is not ours any more."""
    return _in_states(job_id, (JobState.RUNNING,)).where(JobRow.attempt == attempt)


def _older_than(job: Job) -> ColumnElement[bool]:
    return tuple_(JobRow.created_at, JobRow.id) < tuple_(job.created_at, job.id)


def _queued_row(draft: JobDraft) -> JobRow:
    return JobRow(
        id=uuid4().hex,
        state=JobState.QUEUED,
        request=dict(draft.request),
        sound_seconds=draft.sound_seconds,
        stage_done=0,
        stage_total=0,
        attempt=0,
        seed=draft.seed,
        created_at=datetime.now(UTC),
        expires_at=draft.expires_at,
        idempotency_key=draft.idempotency_key,
        body_hash=draft.body_hash,
    )


def _job(row: JobRow) -> Job:
    stage = row.stage
    return Job(
        id=row.id,
        state=JobState(row.state),
        request=row.request,
        sound_seconds=row.sound_seconds,
        created_at=row.created_at,
        attempt=row.attempt,
        worker=row.worker,
        progress=None if stage is None else Progress(stage, row.stage_done, row.stage_total),
        seed=row.seed,
        index_version=row.index_version,
        weights_id=row.weights_id,
        result=row.result,
        error=row.error,
        started_at=row.started_at,
        seen_at=row.seen_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        idempotency_key=row.idempotency_key,
        body_hash=row.body_hash,
    )
