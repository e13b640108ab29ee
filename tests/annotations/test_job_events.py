"""What a job tells of itself: events in order, kept as long as they are of use."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from annotations.job_queries import JobQueries
from annotations.job_repository import (
    EVENTS_A_STAGE,
    JobRepository,
)
from annotations.records import JobOutcome, JobState, Progress
from tests.annotations.test_job_repository import database, draft, jobs, queries, session

__all__ = ["database", "jobs", "queries", "session"]


def told(queries, job: str, after: int = 0):
    return [
        (event.seq, event.state.value, event.progress and event.progress.done)
        for event in queries.events(job, after)
    ]


def test_every_change_of_a_job_is_an_event_with_the_next_number(jobs, queries):
    job = jobs.submit(draft()).job.id
    jobs.start(job, "w")
    jobs.report(job, 1, Progress("denoise", 1, 2))
    jobs.succeed(job, 1, JobOutcome({}))
    jobs.cancel(job)
    jobs.fail(job, {})

    assert told(queries, job) == [
        (1, "queued", None),
        (2, "running", None),
        (3, "running", 1),
        (4, "succeeded", 2),
    ]
    assert told(queries, job, 2) == [(3, "running", 1), (4, "succeeded", 2)]
    assert queries.newest_events([job, "unknown"]) == {job: 4}
    assert jobs.get(job).last_event == 4


def test_a_change_that_is_undone_leaves_no_event(database):
    with database.session() as session:
        job = JobRepository(session).submit(draft()).job.id
    with Session(database.engine) as session:
        JobRepository(session).start(job, "w")
        session.rollback()

    with database.reading() as session:
        assert told(JobQueries(session), job) == [(1, "queued", None)]


def test_progress_is_told_in_few_events_however_long_it_takes(jobs, queries):
    job = jobs.submit(draft()).job.id
    jobs.start(job, "w")
    for done in range(301):
        jobs.report(job, 1, Progress("denoise", done, 300))
    jobs.report(job, 1, Progress("export", 0, 1))

    found = told(queries, job, 2)

    assert EVENTS_A_STAGE <= len(found) <= EVENTS_A_STAGE + 2
    assert found[-2][2] == 300
    assert jobs.get(job).progress == Progress("export", 0, 1)


def test_a_job_that_nobody_takes_in_its_time_expires(jobs, queries):
    now = datetime.now(UTC)
    late = jobs.submit(draft(expires_at=now - timedelta(seconds=1))).job.id
    later = jobs.submit(draft(expires_at=now - timedelta(seconds=1))).job.id
    early = jobs.submit(draft(expires_at=now + timedelta(hours=1))).job.id

    assert jobs.start(late, "w") is None
    assert [job.id for job in jobs.expire(now)] == [later]
    assert jobs.expire(now) == ()

    assert jobs.get(late).state is jobs.get(later).state is JobState.EXPIRED
    assert told(queries, later)[-1] == (2, "expired", None)
    assert jobs.cancel(late).state is JobState.EXPIRED
    assert jobs.start(early, "w").expires_at is None
    assert jobs.expire(now + timedelta(days=1)) == ()


def test_events_are_removed_with_the_result_or_long_after_an_end_without_one(jobs, queries):
    now = datetime.now(UTC)
    waiting, failed, done = (jobs.submit(draft()).job.id for _ in range(3))
    jobs.fail(failed, {"code": "x"})
    jobs.start(done, "w")
    jobs.succeed(done, 1, JobOutcome({}, expires_at=now + timedelta(hours=1)))

    assert jobs.forget_events(now, now - timedelta(days=7)) == 0
    assert jobs.forget_events(now + timedelta(hours=2), now - timedelta(days=7)) == 3
    assert (told(queries, done), len(told(queries, failed))) == ([], 2)
    assert jobs.forget_events(now, now + timedelta(hours=1)) == 2
    assert len(told(queries, waiting)) == 1
