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
    NotFoundError,
    OverloadedError,
)
from service.keys import sent_key
from service.logs import current_request_id
from service.metrics.registry import Metrics
from service.queues import enqueue_job, queue_of
from service.request import JobRequest
from service.settings import Settings
from service.watching import JobWatch

if TYPE_CHECKING:
    from dbos import DBOSClient

EXPIRE_SECONDS = 5.0
"""Between two looks for jobs that have waited too long."""

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
        `service.takeover` hands it over later: the engine takes a workflow id only once.
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
            self.enqueue(job.id, job.kind)
        return replace(submission, job=job)

    def refuse_if_full(self) -> None:
        """Refuse whoever comes without a key just after the queue was found full; asks nobody."""
        self.drain.check()
        self.refusal.repeat()

    def check_room(self, idempotency_key: str | None) -> None:
        """Refuse early, before the body of a request is read, where the queue is full already.

        A request that made its job before finds it all the same. To tell it from a new one takes
        a look at the index of keys; a crowd that is turned away costs nothing more.
        """
        with self.database.reading() as session:
            jobs = JobRepository(session)
            if idempotency_key is not None and JobQueries(session).is_known(idempotency_key):
                return
            self.drain.check()
            self.refusal.repeat()
            load = jobs.load()
            try:
                admit(session, QueueLoad(load.jobs + 1, load.sound_seconds), self.settings)
            except OverloadedError as error:
                self.refusal.note(error)
                raise

    def enqueue(self, job: str, kind: str = "gestures", batch: bool = False) -> None:
        """Hand a job to the engine; a second time does nothing."""
        enqueue_job(self.engine, job, queue_of(kind, batch))

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


def _key_reused(error: IdempotencyConflictError) -> ConflictError:
    key = sent_key(error.key)
    return ConflictError(
        "idempotency_key_reused",
        f"the key {key!r} belongs to job {error.job_id} with another request",
        field="Idempotency-Key",
        found=key,
        remedy="repeat that request unchanged, or use a new key for a new one",
    )
