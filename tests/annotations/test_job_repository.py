import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_records import JobFilter, JobPlace
from annotations.job_repository import (
    IdempotencyConflictError,
    JobRepository,
)
from annotations.records import JobDraft, JobOutcome, JobState, Progress
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.fixture
def jobs(session):
    return JobRepository(session)


@pytest.fixture
def queries(session):
    return JobQueries(session)


@contextmanager
def statements(database):
    """What is asked of the database meanwhile."""
    told = []

    def note(_connection, _cursor, statement, *_more) -> None:
        told.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def draft(**fields) -> JobDraft:
    return JobDraft({"text": "hello"}, **fields)


def test_a_job_goes_from_queued_to_succeeded_and_keeps_its_result(jobs):
    submitted = jobs.submit(draft(sound_seconds=12.5, seed=2**40)).job
    assert submitted.state is JobState.QUEUED

    running = jobs.start(submitted.id, "worker-1")
    assert (running.id, running.state, running.attempt) == (submitted.id, JobState.RUNNING, 1)
    reported = jobs.report(submitted.id, 1, Progress("denoise", 3, 4))
    assert reported.progress.fraction == 0.75
    until = datetime.now(UTC) + timedelta(days=1)
    done = jobs.succeed(submitted.id, 1, JobOutcome({"npz": "x"}, 7, "weights", until))

    assert done == jobs.get(submitted.id)
    assert (done.state, done.result, done.expires_at) == (JobState.SUCCEEDED, {"npz": "x"}, until)
    assert (done.index_version, done.weights_id, done.seed) == (7, "weights", 2**40)
    assert done.created_at <= done.started_at <= done.finished_at
    assert done.progress.fraction == 1.0


def test_a_final_state_never_changes(jobs):
    job = jobs.submit(draft()).job
    canceled = jobs.cancel(job.id)
    assert canceled.state is JobState.CANCELED

    assert jobs.start(job.id, "w") is None
    assert jobs.report(job.id, 0, Progress("denoise")) is None
    assert jobs.succeed(job.id, 0, JobOutcome({})) is None
    assert jobs.fail(job.id, {"type": "internal"}) is None
    assert jobs.cancel(job.id) == canceled
    assert jobs.get(job.id) == canceled


def test_queued_jobs_stand_in_the_order_they_came(jobs, queries):
    submitted = [jobs.submit(draft(sound_seconds=2.0)).job for _ in range(3)]
    running = jobs.start(submitted[0].id, "w")
    placed = queries.placed([submitted[2], running, submitted[1]])
    assert [job.queue_position for job in placed] == [1, None, 0]
    assert (jobs.load().jobs, jobs.load().sound_seconds) == (3, 6.0)


def test_a_repeated_request_finds_its_job_and_another_body_is_refused(jobs, queries):
    first = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    again = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    assert (first.created, again.created) == (True, False)
    assert again.job == first.job

    with pytest.raises(IdempotencyConflictError, match=first.job.id):
        jobs.submit(draft(idempotency_key="k", body_hash="b"))
    assert len(queries.listed()) == 1


def test_the_same_request_sent_at_once_makes_one_job(database):
    def submit(_: int) -> bool:
        with database.session() as session:
            wanted = draft(idempotency_key="k", body_hash="a")
            return JobRepository(session).submit(wanted).created

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(submit, range(6))) == [False] * 5 + [True]


def test_files_are_kept_for_open_jobs_and_for_results_in_their_time(jobs, queries):
    now = datetime.now(UTC)
    waiting, failed, done = (jobs.submit(draft()).job.id for _ in range(3))
    jobs.fail(failed, {"code": "x"})
    jobs.start(done, "w")
    jobs.succeed(done, 1, JobOutcome({}, expires_at=now + timedelta(hours=1)))

    assert set(queries.kept(now)) == {waiting, done}
    assert set(queries.kept(now + timedelta(hours=2))) == {waiting}


def test_of_kept_jobs_nothing_but_their_uploads_is_read(database, jobs, queries):
    asked = ({"sound": "a" * 64, "motion": "b" * 64}, {"sound": None, "text": "x" * 9}, {})
    ids = [jobs.submit(JobDraft(request)).job.id for request in asked]
    with statements(database) as told:
        kept = queries.kept(datetime.now(UTC))
    assert [kept[each] for each in ids] == [{"a" * 64, "b" * 64}, set(), set()]
    assert not any(re.search(r"[ ,]jobs\.request\b", each) for each in told)


def test_lists_leave_matches_to_the_job_itself(database):
    made = {"files": {"motion.npz": "ab"}, "notes": ["one"], "seconds": 2.5}
    long = {"matches": [{"exemplar_id": 1}], "dropped": [{"word": "so"}]}
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(draft()).job.id
        jobs.start(job, "w")
        jobs.succeed(job, 1, JobOutcome(made | long))
        waiting = jobs.submit(draft()).job.id
    with database.reading() as session:
        with statements(database) as told:
            listed = {each.id: each.result for each in JobQueries(session).listed()}
        assert JobRepository(session).get(job).result == made | long
    assert listed == {job: made, waiting: None}
    assert not any(re.search(r"[ ,]jobs\.result\b", each) for each in told)


def test_a_job_started_again_belongs_to_its_last_attempt_alone(jobs):
    job = jobs.submit(draft()).job
    jobs.start(job.id, "killed")
    jobs.report(job.id, 1, Progress("denoise", 3, 4))

    again = jobs.start(job.id, "other")

    assert (again.state, again.attempt, again.worker) == (JobState.RUNNING, 2, "other")
    assert again.progress is None
    assert jobs.report(job.id, 1, Progress("denoise", 4, 4)) is None
    assert jobs.succeed(job.id, 1, JobOutcome({"from": "killed"})) is None
    assert jobs.succeed(job.id, 2, JobOutcome({"from": "other"})).result == {"from": "other"}


def test_jobs_are_listed_newest_first_in_pages(jobs, queries):
    submitted = [jobs.submit(draft()).job.id for _ in range(5)]
    jobs.fail(submitted[2], {"type": "input", "code": "silence", "retryable": False})

    page = queries.listed(limit=2)
    jobs.submit(draft())
    rest = queries.listed(limit=9, before=JobPlace(page[-1].created_at, page[-1].id))

    assert [job.id for job in (*page, *rest)] == submitted[::-1]
    failed = queries.listed(JobFilter(states=(JobState.FAILED,)))
    assert [job.id for job in failed] == [submitted[2]]


def test_jobs_are_listed_by_kind_and_time(jobs, queries):
    first, second, third = (jobs.submit(draft(kind=kind)).job for kind in ("a", "b", "a"))

    def ids(**wanted):
        return [job.id for job in queries.listed(JobFilter(**wanted))]

    assert ids(kinds=("a",)) == [third.id, first.id]
    assert ids(created_from=second.created_at) == [third.id, second.id]
    assert ids(created_before=second.created_at) == [first.id]


def test_jobs_are_listed_by_id_and_by_the_version_that_they_began_on(jobs, queries):
    first, second, third = (jobs.submit(draft()).job.id for _ in range(3))
    jobs.start(first, "w", 7)
    jobs.start(second, "w", 8)

    def ids(**wanted):
        return [job.id for job in queries.listed(JobFilter(**wanted))]

    assert ids(index_version=7) == [first]
    assert ids(index_version=0) == []
    assert ids(ids=(third, first, "unknown")) == [third, first]
    assert ids(ids=(third, first), index_version=7) == [first]


def test_the_pace_is_that_of_the_newest_results(jobs, queries):
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert queries.pace(long_ago) is None
    job = jobs.submit(draft(sound_seconds=3.0)).job.id
    jobs.start(job, "w")
    done = jobs.succeed(job, 1, JobOutcome({}))

    pace = queries.pace(long_ago)

    took = (done.finished_at - done.started_at).total_seconds()
    assert pace.jobs_per_second == pytest.approx(1 / max(took, 1e-3))
    assert pace.sound_per_second == pytest.approx(3 * pace.jobs_per_second)
    assert queries.pace(datetime.now(UTC)) is None
