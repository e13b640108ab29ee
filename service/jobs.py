"""Jobs at the desk: accept, look up, wait, cancel. The durable engine behind it is DBOS."""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from annotations.database import Database
from annotations.job_repository import IdempotencyConflictError, JobRepository
from annotations.records import Job, JobDraft, JobState, Submission
from service.errors import (
    ExpiredError,
    InvalidInputError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
)
from service.request import GestureRequest
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

    def submit(self, request: GestureRequest, idempotency_key: str | None) -> Submission:
        """Queue a request, or find the job that the same key and body made before.

        The job's row is committed first. Should the process die before the engine knows of it,
        `enqueue_waiting` hands it over later: the engine takes a workflow id only once.
        """
        body = request.to_json()
        draft = JobDraft(
            request=body,
            sound_seconds=request.seconds,
            seed=request.options.sampling.seed,
            idempotency_key=idempotency_key,
            body_hash=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        )
        try:
            with self.database.session() as session:
                jobs = JobRepository(session)
                self._admit(jobs)
                submission = jobs.submit(draft)
        except IdempotencyConflictError as error:
            raise _key_reused(error) from error
        if submission.created:
            self.enqueue(submission.job.id)
        return submission

    def _admit(self, jobs: JobRepository) -> None:
        load = jobs.load()
        if load.jobs >= self.settings.queue_jobs:
            raise OverloadedError(
                "queue_full",
                f"{load.jobs} jobs are waiting or running",
                limit=f"{self.settings.queue_jobs} jobs",
                found=f"{load.jobs} jobs",
                remedy="try again after the time in Retry-After",
            )

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
        """Hand every queued job to the engine again, as after a crash between the two tables."""
        with self.database.reading() as session:
            waiting = JobRepository(session).listed([JobState.QUEUED], limit=10_000)
        for job in waiting:
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
