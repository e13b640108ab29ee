"""Every change of a job, each told by an event beside it; a state that is final never changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Update, case, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotations.job_event_tables import JobEventRow
from annotations.job_queries import job_of
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
from annotations.use_queries import note_use
from annotations.webhook_repository import tell_of_end

EVENTS_A_STAGE = 25
"""Most events that tell of the progress of one stage, however long it takes."""
_QUEUE_LOCK = 0x6368_6A71
"""Postgres advisory lock that lets one request at a time look for room in the queue."""


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
        self._record(row)
        return Submission(job_of(row), created=True)

    def add_all(self, drafts: Sequence[JobDraft], batch_id: str) -> None:
        """Queue the jobs of a batch."""
        rows = [_queued_row(draft) for draft in drafts]
        for row in rows:
            row.batch_id = batch_id
        self._session.add_all(rows)
        self._session.flush()
        for row in rows:
            self._record(row)

    def get(self, job_id: str) -> Job | None:
        """One job."""
        row = self._session.get(JobRow, job_id, populate_existing=True)
        return None if row is None else job_of(row)

    def lock_queue(self) -> None:
        """Admit one submission at a time until the transaction ends; SQLite does so by itself."""
        if self._session.get_bind().dialect.name == "postgresql":
            query = text("SELECT pg_advisory_xact_lock(:key)")
            self._session.execute(query, {"key": _QUEUE_LOCK})

    def start(
        self,
        job_id: str,
        worker: str,
        index_version: int | None = None,
        broken_off: int = 0,
    ) -> Job | None:
        """Start a job, or start it again where its worker died; ``None`` where it has ended.

        One that has waited past its time ends as expired instead. The first ``index_version`` of
        a job stays. Behind the attempt that this process has ``broken_off`` itself, nobody died.
        """
        now = datetime.now(UTC)
        self.expire(now, job_id)
        begun = (JobRow.state == JobState.RUNNING) & JobRow.worker.is_not(None)
        lost = begun & (JobRow.attempt != broken_off)
        return self._changed(
            _in_states(job_id, OPEN_STATES).values(
                state=JobState.RUNNING,
                attempt=JobRow.attempt + 1,
                losses=JobRow.losses + case((lost, 1), else_=0),
                index_version=func.coalesce(JobRow.index_version, index_version),
                worker=worker,
                stage=None,
                stage_done=0,
                stage_total=0,
                started_at=now,
                seen_at=now,
                expires_at=None,
            )
        )

    def report(self, job_id: str, attempt: int, progress: Progress) -> Job | None:
        """Say how far an attempt is; ``None`` tells its worker to stop: it is over or not last."""
        row = self._session.scalar(
            _running(job_id, attempt)
            .values(
                stage=progress.stage,
                stage_done=progress.done,
                stage_total=progress.total,
                seen_at=datetime.now(UTC),
            )
            .returning(JobRow),
            execution_options=_FRESH,
        )
        if row is None:
            return None
        if _worth_telling(row, self._session.get(JobEventRow, (row.id, row.last_event))):
            row.last_event += 1
            self._record(row)
        return job_of(row)

    def keep(self, job_id: str, attempt: int) -> bool:
        """Note that a part is done which need not be done again; whether the attempt goes on."""
        kept = _running(job_id, attempt).values(losses=0, seen_at=datetime.now(UTC))
        return bool(self._session.execute(kept.returning(JobRow.id)).all())

    def give_back(self, job_id: str, attempt: int) -> None:
        """Leave a running job to another worker: its next start is no loss of this one."""
        self._session.execute(_running(job_id, attempt).values(worker=None))

    def succeed(self, job_id: str, attempt: int, outcome: JobOutcome) -> Job | None:
        """End a job with the result of its last attempt; ``None`` where it had ended."""
        ended = self._changed(
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
        if ended is not None:
            note_use(self._session, job_id, outcome.result)
        return ended

    def fail(self, job_id: str, error: Mapping[str, Any], attempt: int | None = None) -> Job | None:
        """End a job with ``{type, code, message, retryable}``; ``None`` where it had ended.

        Where an ``attempt`` is named, only while that is the last one.
        """
        ending = _in_states(job_id, OPEN_STATES)
        return self._changed(
            (ending if attempt is None else ending.where(JobRow.attempt == attempt)).values(
                state=JobState.FAILED,
                error=dict(error),
                finished_at=datetime.now(UTC),
                expires_at=None,
            )
        )

    def cancel(self, job_id: str) -> Job | None:
        """End a job unless it has ended; its state either way, ``None`` where there is none."""
        changed = self._changed(_in_states(job_id, OPEN_STATES).values(_canceled()))
        return changed or self.get(job_id)

    def cancel_batch(self, batch_id: str) -> tuple[Job, ...]:
        """End every job of a batch that has not ended; locks them as progress does, by id."""
        ending = (JobRow.batch_id == batch_id, JobRow.state.in_(OPEN_STATES))
        locked = select(JobRow.id).where(*ending).order_by(JobRow.id).with_for_update()
        self._session.scalars(locked).all()
        return self._all_changed(update(JobRow).where(*ending).values(_canceled()))

    def expire(self, now: datetime, job_id: str | None = None) -> tuple[Job, ...]:
        """End queued jobs (or the one named) whose time to wait is over."""
        late = (JobRow.state == JobState.QUEUED) & (JobRow.expires_at <= now)
        named = () if job_id is None else (JobRow.id == job_id,)
        ending = update(JobRow).where(late, *named)
        return self._all_changed(ending.values(state=JobState.EXPIRED, finished_at=now))

    def forget_events(self, now: datetime, ended_before: datetime) -> int:
        """Remove what happened to jobs whose results are gone, or that ended long ago without."""
        ended = JobRow.state.not_in((*OPEN_STATES, JobState.SUCCEEDED))
        over = (JobRow.state == JobState.SUCCEEDED) & (JobRow.expires_at <= now)
        past = select(JobRow.id).where(over | (ended & (JobRow.finished_at <= ended_before)))
        removed = self._session.execute(
            delete(JobEventRow).where(JobEventRow.job_id.in_(past)).returning(JobEventRow.seq)
        )
        return len(removed.all())

    def load(self) -> QueueLoad:
        """Jobs and seconds of sound that wait or run; batches have a queue of their own."""
        open_work = select(func.count(), func.coalesce(func.sum(JobRow.sound_seconds), 0.0)).where(
            JobRow.state.in_(OPEN_STATES), JobRow.batch_id.is_(None)
        )
        jobs, seconds = self._session.execute(open_work).one()
        return QueueLoad(jobs, seconds)

    def _under_key(self, draft: JobDraft) -> Job | None:
        if draft.idempotency_key is None:
            return None
        query = select(JobRow).where(JobRow.idempotency_key == draft.idempotency_key)
        row = self._session.scalar(query)
        if row is not None and row.body_hash != draft.body_hash:
            raise IdempotencyConflictError(draft.idempotency_key, row.id)
        return None if row is None else job_of(row)

    def _changed(self, statement: Update) -> Job | None:
        return next(iter(self._all_changed(statement)), None)

    def _all_changed(self, statement: Update) -> tuple[Job, ...]:
        """Change rows and record it; they stay locked until the transaction ends."""
        counted = statement.values(last_event=JobRow.last_event + 1).returning(JobRow)
        rows = self._session.scalars(counted, execution_options=_FRESH).all()
        for row in rows:
            self._record(row)
        return tuple(job_of(row) for row in rows)

    def _record(self, row: JobRow) -> None:
        """Add the newest event of a row, what it says now, and have its end told to webhooks."""
        now = datetime.now(UTC)
        tell_of_end(self._session, row.id, JobState(row.state), now)
        self._session.add(
            JobEventRow(
                job_id=row.id,
                seq=row.last_event,
                at=now,
                state=row.state,
                attempt=row.attempt,
                stage=row.stage,
                stage_done=row.stage_done,
                stage_total=row.stage_total,
            )
        )


_FRESH = {"populate_existing": True, "synchronize_session": False}


def _worth_telling(row: JobRow, told: JobEventRow | None) -> bool:
    """Whether a stage began or ended, or has come far enough since the last event."""
    if told is None or (told.attempt, told.stage) != (row.attempt, row.stage):
        return True
    steps = (row.stage_done - told.stage_done) * EVENTS_A_STAGE
    ended = row.stage_done == row.stage_total != told.stage_done
    return row.stage_total > 0 and (ended or steps >= row.stage_total)


def _in_states(job_id: str, states: Sequence[JobState]) -> Update:
    return update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(states))


def _running(job_id: str, attempt: int) -> Update:
    """A job in this attempt: one that was started again elsewhere is not ours any more."""
    return _in_states(job_id, (JobState.RUNNING,)).where(JobRow.attempt == attempt)


def _canceled() -> dict[str, Any]:
    return {"state": JobState.CANCELED, "finished_at": datetime.now(UTC), "expires_at": None}


def _queued_row(draft: JobDraft) -> JobRow:
    return JobRow(
        id=uuid4().hex,
        kind=draft.kind,
        state=JobState.QUEUED,
        last_event=1,
        request=draft.request,
        sound_seconds=draft.sound_seconds,
        seed=draft.seed,
        created_at=datetime.now(UTC),
        expires_at=draft.expires_at,
        idempotency_key=draft.idempotency_key,
        body_hash=draft.body_hash,
        request_id=draft.request_id,
        batch_item=draft.batch_item,
    )
