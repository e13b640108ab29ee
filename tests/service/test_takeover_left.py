"""A worker that leaves, and jobs that the engine was never told of."""

import signal
from datetime import UTC, datetime

from sqlalchemy import update

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobState
from annotations.tables import JobRow
from service.takeover import UNKNOWN_AFTER
from tests.service.serving import PATIENCE_SECONDS, served, wait_until
from tests.service.two_workers import WINDOWS, batches, row, sampled, sent, workers
from tests.service.world import finished


def test_a_worker_that_leaves_costs_a_job_nothing_and_forgotten_jobs_are_found(shared):
    with served(shared) as client, Database.open(shared.database) as database:
        with workers(shared, "one") as (first,):
            job = sent(client)
            wait_until(lambda: len(batches(shared, job)) >= 1)
            first.tell(signal.SIGTERM)
            assert first.process.wait(PATIENCE_SECONDS) == 0
        left, kept = row(database, job), batches(shared, job)
        assert (left.state, left.attempt, left.losses) == (JobState.RUNNING, 1, 0)
        forgotten = never_told_of(database, left.request)

        with workers(shared, "two") as (second,):
            ended, found = finished(client, job), finished(client, forgotten)
            assert sampled(second) == 2 * WINDOWS - sampled(first)

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert (found["state"], found["attempt"]) == ("succeeded", 1)
        assert row(database, job).losses == 0
        assert kept


def never_told_of(database, request) -> str:
    """A job whose API died between the commit of its row and telling the engine."""
    with database.session() as session:
        job = JobRepository(session).submit(JobDraft(request)).job.id
        past = datetime.now(UTC) - 2 * UNKNOWN_AFTER
        session.execute(update(JobRow).where(JobRow.id == job).values(created_at=past))
    return job
