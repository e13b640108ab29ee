"""Jobs at the desk: accept, look up, wait, cancel. The durable engine behind it is DBOS."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from annotations.database import Database
from annotations.job_repository import IdempotencyConflictError, JobRepository
from annotations.records import Job, JobDraft, JobState, QueueLoad, Submission
from service.errors import (
    ExpiredError,
    InvalidInputError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
)
from service.request import JobRequest
from service.settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "gestures"
WORKFLOW = "generate"
APPLICATION_VERSION = "1"
"""Of the workflow's shape, not of the release: an upgrade must not strand waiting work."""
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class JobDesk:
    """What the API does with jobs; holds no network."""

    database: Database
    engine: "DBOSClient"
    settings: Settings

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
            sound_seconds=request.seconds,
            seed=request.seed,
            idempotency_key=idempotency_key,
            body_hash=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        )
        try:
            with self.database.session() as session:
                jobs = JobRepository(session)
                submission = jobs.submit(draft)
                if submission.created:
                    check(session)
                    self._admit(jobs.load())
        except IdempotencyConflictError as error:
            raise _key_reused(error) from error
        if submission.created:
            self.enqueue(submission.job.id)
        return submission

    def check_room(self) -> None:
        """Refuse early, before any work on an upload, where the queue is full already."""
        with self.database.reading() as session:
            load = JobRepository(session).load()
        self._admit(QueueLoad(load.jobs + 1, load.sound_seconds))

    def _admit(self, load: QueueLoad) -> None:
        """Refuse a load over the limits; one job alone is always taken."""
        limits = self.settings
        if load.jobs <= 1:
            return
        if load.jobs > limits.queue_jobs:
            raise _overloaded(f"{limits.queue_jobs} jobs", f"{load.jobs - 1} jobs")
        if load.sound_seconds > limits.queue_seconds:
            limit = f"{limits.queue_seconds:g} s of sound"
            raise _overloaded(limit, f"{load.sound_seconds:.0f} s of sound")

    def enqueue(self, job: str) -> None:
        """Hand a job to the engine; a second time does nothing."""
        self.engine.enqueue(
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": job,
                "app_version": APPLICATION_VERSION,
            },
            job,
        )

    def enqueue_waiting(self) -> int:
        """Hand queued jobs to the engine, oldest first, as after a crash between the two tables."""
        with self.database.reading() as session:
            waiting = JobRepository(session).listed([JobState.QUEUED], limit=10_000)
        for job in reversed(waiting):
            self.enqueue(job.id)
        return len(waiting)

    def get(self, job_id: str) -> Job:
        """A job as it stands."""
        with self.database.reading() as session:
            job = JobRepository(session).get(job_id)
        if job is None:
            raise NotFoundError(
                "job_unknown",
                f"there is no job {job_id}",
                field="job",
                found=job_id,
                remedy="use the id that the request was answered with",
            )
        return job

    def wait(self, job_id: str, seconds: float) -> Job:
        """The job once it has ended, or as it stands after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not (job := self.get(job_id)).state.final and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return job

    def cancel(self, job_id: str) -> Job:
        """Cancel a job; one that has ended stays as it is."""
        self.get(job_id)
        with self.database.session() as session:
            job = JobRepository(session).cancel(job_id)
        assert job is not None, "jobs are never deleted"
        return job

    def finished(self, job_id: str) -> Job:
        """A job that has results to give."""
        job = self.get(job_id)
        if job.state is not JobState.SUCCEEDED:
            raise NotReadyError(
                "no_result",
                f"job {job_id} is {job.state} and has no result",
                field="job",
                found=str(job.state),
                remedy="wait until it has succeeded" if not job.state.final else "send it again",
            )
        if job.expires_at is not None and job.expires_at <= datetime.now(UTC):
            raise ExpiredError(
                "result_expired",
                f"the result of job {job_id} was kept until {job.expires_at:%Y-%m-%d %H:%M} UTC",
                field="job",
                remedy="send the request again; the same seed gives the same motion",
            )
        return job


def _overloaded(limit: str, found: str) -> OverloadedError:
    return OverloadedError(
        "queue_full",
        f"the queue is full: {found} are waiting or running",
        limit=limit,
        found=found,
        remedy="try again after the time in Retry-After",
    )


def _key_reused(error: IdempotencyConflictError) -> InvalidInputError:
    conflict = InvalidInputError(
        "idempotency_key_reused",
        str(error),
        field="Idempotency-Key",
        found=error.key,
        remedy="use a new key for a new request",
    )
    conflict.status_code = 409
    return conflict
