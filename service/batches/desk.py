"""Batches at the desk: many jobs accepted at once, behind those that somebody waits for."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from annotations.batch_repository import Batch, BatchDraft, BatchRepository, BatchSubmission
from annotations.database import Database
from annotations.job_repository import IdempotencyConflictError, JobRepository
from annotations.json_text import JsonText
from annotations.records import Job, JobDraft, QueueLoad
from service.batches.drafts import KeptDrafts
from service.batches.manifest import Checker, Entry, Find, lines_of
from service.errors import ConflictError, NotFoundError, OverloadedError, TooLargeError
from service.intake import Examined
from service.jobs import JobDesk
from service.keys import sent_key
from service.logs import current_request_id
from service.request import GestureRequest
from service.settings import Settings
from service.speaking import no_voice, synthesizer_of

WAIT_DAYS = 30.0
"""How long a job of a batch may wait for its turn."""
SHOWN_FAILURES = 10
"""Jobs that failed first, shown with their batch."""


@dataclass(frozen=True)
class BatchOrder:
    """What is asked for at once."""

    name: str
    caller: str
    jobs: KeptDrafts
    idempotency_key: str | None


@dataclass(frozen=True)
class BatchDesk:
    """What the API does with batches."""

    jobs: JobDesk

    @property
    def database(self) -> Database:
        """The truth."""
        return self.jobs.database

    def check_room(self, idempotency_key: str | None) -> None:
        """Refuse early, before files are taken, where not even one job more would be."""
        self.jobs.drain.check()
        with self.database.reading() as session:
            batches = BatchRepository(session)
            if idempotency_key is not None and batches.is_known(idempotency_key):
                return
            load = batches.load()
        _admit(QueueLoad(load.jobs + 1, load.sound_seconds), self.jobs.settings)

    def read(self, manifest: str, find: Find, jobs: KeptDrafts) -> None:
        """Keep a job for each line; sounds are not decoded, which `hear` does in the worker."""
        limits, lines = self.jobs.settings, lines_of(manifest)
        if len(lines) > limits.batch_jobs:
            raise _too_large(f"{limits.batch_jobs} jobs", f"{len(lines)} jobs")
        checker = Checker(limits, find, lambda *entry: jobs.add(_job(limits, *entry)))
        checker.checked(lines, lambda _done, _total: None)

    def submit(self, order: BatchOrder) -> BatchSubmission:
        """Queue every job in one transaction, or find the batch that the same request made.

        The engine is told of the jobs by `enqueue`, afterwards.
        """
        draft, limits = _draft(order), self.jobs.settings
        hours = sum(job.sound_seconds for job in order.jobs.heads) / 3600.0
        if hours > limits.batch_hours:
            raise _too_large(f"{limits.batch_hours:g} h of sound", f"{hours:.1f} h of sound")
        try:
            with self.database.session() as session:
                JobRepository(session).lock_queue()
                batches = BatchRepository(session)
                submission = batches.submit(draft)
                if submission.created:
                    self.jobs.drain.check()
                    _admit(batches.load(), limits)
        except IdempotencyConflictError as error:
            key = sent_key(error.key)
            raise ConflictError(
                "idempotency_key_reused",
                f"the key {key!r} belongs to batch {error.job_id} with another request",
                field="Idempotency-Key",
                found=key,
                remedy="use a new key for a new request",
            ) from error
        if submission.created:
            self.jobs.metrics.submitted.labels(GestureRequest.kind).inc(submission.batch.jobs)
        return submission

    def enqueue(self, batch_id: str) -> None:
        """Hand the jobs that wait to the engine; what it knows already it takes once."""
        with self.database.reading() as session:
            waiting = BatchRepository(session).queued(batch_id)
        for job in waiting:
            self.jobs.enqueue(job, batch=True)

    def get(self, batch_id: str) -> Batch:
        """A batch as it stands."""
        with self.database.reading() as session:
            batch = BatchRepository(session).get(batch_id)
        if batch is None:
            raise NotFoundError(
                "batch_unknown",
                f"there is no batch {batch_id}",
                field="batch",
                found=batch_id,
                remedy="use the id that the request was answered with",
            )
        return batch

    def first_failed(self, batch_id: str) -> tuple[Job, ...]:
        """The jobs that failed first."""
        with self.database.reading() as session:
            return BatchRepository(session).first_failed(batch_id, SHOWN_FAILURES)

    def cancel(self, batch_id: str) -> Batch:
        """End every job that has not ended; repeating changes nothing."""
        self.get(batch_id)
        with self.database.session() as session:
            ended = JobRepository(session).cancel_batch(batch_id)
        for job in ended:
            self.jobs.metrics.ended_job(job)
        return self.get(batch_id)


def _draft(order: BatchOrder) -> BatchDraft:
    content = [[draft.batch_item, draft.body_hash] for draft in order.jobs.heads]
    digest = hashlib.sha256(json.dumps([order.name, content]).encode()).hexdigest()
    return BatchDraft(order.name, order.caller, order.jobs, order.idempotency_key, digest)


def _job(settings: Settings, entry: Entry, speech: Examined) -> JobDraft:
    """An entry as a job; its sound lies in the storage, under its sha256."""
    if entry.sound is None and entry.words is None and synthesizer_of(settings) is None:
        raise no_voice(entry.text or "")
    request = GestureRequest(
        speaker=entry.speaker,
        options=entry.options,
        seconds=speech.seconds,
        sound=None if entry.sound is None else entry.sound.sha256,
        words=speech.words,
        untimed=speech.untimed,
    )
    body = json.dumps(request.to_json(), sort_keys=True)
    return JobDraft(
        request=JsonText(body),
        sound_seconds=speech.seconds,
        seed=request.seed,
        body_hash=hashlib.sha256(body.encode()).hexdigest(),
        expires_at=datetime.now(UTC) + timedelta(days=WAIT_DAYS),
        request_id=current_request_id(),
        batch_item=entry.id,
    )


def _admit(load: QueueLoad, limits: Settings) -> None:
    """Refuse a load of batches over its limits."""
    if load.jobs > limits.batch_jobs:
        raise _overloaded(f"{limits.batch_jobs} jobs", f"{load.jobs} jobs with these")
    if load.sound_seconds > limits.batch_hours * 3600.0:
        found = f"{load.sound_seconds / 3600.0:.1f} h of sound with these"
        raise _overloaded(f"{limits.batch_hours:g} h of sound", found)


def _too_large(limit: str, found: str) -> TooLargeError:
    """Of a batch that would not be taken by an empty queue either."""
    return TooLargeError(
        "batch_too_large",
        f"a batch of {found} is larger than all batches together may be",
        field="manifest",
        limit=limit,
        found=found,
        remedy="send it in parts, each when those before it are done; or raise "
        "CHIRONOMIA_BATCH_JOBS and CHIRONOMIA_BATCH_HOURS on your own service",
    )


def _overloaded(limit: str, found: str) -> OverloadedError:
    return OverloadedError(
        "batches_full",
        f"there is no room for this batch: {found} would wait or run",
        limit=limit,
        found=found,
        remedy="send it in parts, or when the batches before it are done",
    )
