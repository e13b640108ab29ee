"""Jobs at the desk: accept, look up, wait, cancel. The durable engine behind it is DBOS."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_records import JobEvent, JobFilter, JobPlace
from annotations.job_repository import IdempotencyConflictError, JobRepository
from annotations.records import Job, JobDraft, JobState, QueueLoad, Submission
from service.admission import Refusal, admit
from service.drain import Drain
from service.errors import (
    ConflictError,
    ExpiredError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
)
from service.logs import current_request_id
from service.metrics.registry import Metrics
from service.request import JobRequest
from service.settings import Settings
from service.watching import JobWatch

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "gestures"
BATCH_QUEUE = "batches"
"""Of jobs that nobody waits for: they never take the places of the others."""
WORKFLOW = "generate"
APPLICATION_VERSION = "1"
"""Of the workflow's shape, not of the release: an upgrade must not strand waiting work."""
EXPIRE_SECONDS = 5.0
"""Between two looks for jobs that have waited too long."""
MOST_WAITING = 10_000
"""Handed to the engine again when the API starts."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobDesk:
    """What the API does with jobs; holds no network."""

    database: Database
    engine: "DBOSClient"
    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    drain: Drain = field(default_factory=Drain)
    refusal: Refusal = field(default_factory=Refusal)

    def submit(
        self,
        request: JobRequest,
        idempotency_key: str | None,
        check: Callable[[Session], None] = lambda _session: None,
    ) -> Submission:
        """Queue a request, or find the job that the same key and body made before.

        ``check`` may refuse a new job, in the transaction that would make it.

        The job's row is committed first. Should the process die before the engine knows of it,
        `enqueue_waiting` hands it over later: the engine takes a workflow id only once.
        """
        body = request.to_json()
        draft = JobDraft(
            request=body,
            kind=request.kind,
            sound_seconds=request.seconds,
            seed=request.seed,
            idempotency_key=idempotency_key,
            body_hash=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
            request_id=current_request_id(),
            expires_at=datetime.now(UTC) + timedelta(hours=self.settings.queue_hours),
        )
        try:
            with self.database.session() as session:
                jobs = JobRepository(session)
                jobs.lock_queue()
                submission = jobs.submit(draft)
                if submission.created:
                    self.drain.check()
                    check(session)
                    admit(session, jobs.load(), self.settings)
                [job] = JobQueries(session).placed([submission.job])
        except IdempotencyConflictError as error:
            raise _key_reused(error) from error
        if submission.created:
            self.metrics.submitted.labels(job.kind).inc()
        if job.state is JobState.QUEUED:
            self.enqueue(job.id)
        return replace(submission, job=job)

    def refuse_if_full(self) -> None:
        """Refuse whoever comes without a key just after the queue was found full; asks nobody."""
        self.drain.check()
        self.refusal.repeat()

    def check_room(self, idempotency_key: str | None) -> None:
        """Refuse early, before the body of a request is read, where the queue is full already.

        A request that made its job before finds it all the same.
        """
        self.drain.check()
        with self.database.reading() as session:
            jobs = JobRepository(session)
            if idempotency_key is not None and jobs.is_known(idempotency_key):
                return
            self.refusal.repeat()
            load = jobs.load()
            try:
                admit(session, QueueLoad(load.jobs + 1, load.sound_seconds), self.settings)
            except OverloadedError as error:
                self.refusal.note(error)
                raise

    def enqueue(self, job: str, batch: bool = False) -> None:
        """Hand a job to the engine; a second time does nothing."""
        enqueue_job(self.engine, job, batch)

    def enqueue_waiting(self) -> int:
        """Hand queued jobs to the engine, oldest first, as after a crash between the two tables."""
        with self.database.reading() as session:
            queued = JobFilter(states=(JobState.QUEUED,))
            waiting = JobQueries(session).listed(queued, limit=MOST_WAITING)
        for job in reversed(waiting):
            self.enqueue(job.id, batch=job.batch_id is not None)
        return len(waiting)

    def get(self, job_id: str) -> Job:
        """A job as it stands."""
        with self.database.reading() as session:
            job = JobRepository(session).get(job_id)
            placed = JobQueries(session).placed([] if job is None else [job])
        if not placed:
            raise NotFoundError(
                "job_unknown",
                f"there is no job {job_id}",
                field="job",
                found=job_id,
                remedy="use the id that the request was answered with",
            )
        return placed[0]

    def listed(self, wanted: JobFilter, limit: int, before: JobPlace | None) -> tuple[Job, ...]:
        """Jobs that are asked for, newest first."""
        with self.database.reading() as session:
            queries = JobQueries(session)
            return queries.placed(queries.listed(wanted, limit, before))

    def events(self, job_id: str, after: int) -> tuple[JobEvent, ...]:
        """What happened to a job behind an event."""
        with self.database.reading() as session:
            return JobQueries(session).events(job_id, after)

    @cached_property
    def watch(self) -> JobWatch:
        """Wakes those who wait; belongs to the server's event loop."""
        return JobWatch(self.database, self.drain)

    async def wait(self, job: Job, seconds: float) -> Job:
        """The job once it has ended, or as it stands after ``seconds``; holds no thread."""
        deadline = time.monotonic() + seconds
        while not (job.state.final or self.drain.begun):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            await self.watch.changed(job.id, job.last_event, left)
            job = await run_in_threadpool(self.get, job.id)
        return job

    async def expire_waiting(self) -> None:
        """End jobs that have waited too long, again and again until the task is canceled."""
        while True:
            try:
                await run_in_threadpool(self.expire)
            except SQLAlchemyError as error:
                _log.warning("jobs that waited too long were not ended", problem=str(error))
            await asyncio.sleep(EXPIRE_SECONDS)

    def expire(self) -> None:
        """End jobs that have waited too long."""
        with self.database.session() as session:
            late = JobRepository(session).expire(datetime.now(UTC))
        if late:
            self.refusal.forget()
        for job in late:
            self.metrics.ended_job(job)
            _log.warning("job waited too long", job=job.id, since=str(job.created_at))

    def cancel(self, job_id: str) -> Job:
        """Cancel a job; one that has ended stays as it is."""
        before = self.get(job_id)
        with self.database.session() as session:
            job = JobRepository(session).cancel(job_id)
        assert job is not None, "jobs are never deleted"
        self.refusal.forget()
        if not before.state.final and job.state is JobState.CANCELED:
            self.metrics.ended_job(job)
        return job

    def finished(self, job: Job) -> Job:
        """A job that has results to give."""
        if job.state is JobState.EXPIRED:
            raise ExpiredError(
                "job_expired",
                f"nobody took job {job.id} in its time, until {job.expires_at:%Y-%m-%d %H:%M} UTC",
                field="job",
                found=str(job.state),
                remedy="send the request again",
            )
        if job.state is not JobState.SUCCEEDED:
            raise NotReadyError(
                "no_result",
                f"job {job.id} is {job.state} and has no result",
                field="job",
                found=str(job.state),
                remedy="wait until it has succeeded" if not job.state.final else "send it again",
            )
        if job.expires_at is not None and job.expires_at <= datetime.now(UTC):
            raise ExpiredError(
                "result_expired",
                f"the result of job {job.id} was kept until {job.expires_at:%Y-%m-%d %H:%M} UTC",
                field="job",
                remedy="send the request again; the same seed gives the same motion",
            )
        return job


def enqueue_job(engine: "DBOSClient", job: str, batch: bool) -> None:
    """Hand a job to the engine; a second time does nothing."""
    engine.enqueue(
        {
            "workflow_name": WORKFLOW,
            "queue_name": BATCH_QUEUE if batch else QUEUE,
            "workflow_id": job,
            "app_version": APPLICATION_VERSION,
        },
        job,
    )


def _key_reused(error: IdempotencyConflictError) -> ConflictError:
    key = error.key.partition("/")[2]
    return ConflictError(
        "idempotency_key_reused",
        f"the key {key!r} belongs to job {error.job_id} with another request",
        field="Idempotency-Key",
        found=key,
        remedy="repeat that request unchanged, or use a new key for a new one",
    )
