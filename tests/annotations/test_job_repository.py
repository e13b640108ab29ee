from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from annotations.database import Database
from annotations.job_repository import IdempotencyConflictError
from annotations.records import JobDraft, JobOutcome, JobState, Progress
from annotations.repository import Repository
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def repository(database):
    with database.session() as session:
        yield Repository(session)


def draft(**fields) -> JobDraft:
    return JobDraft({"text": "hello"}, **fields)


def test_a_job_goes_from_queued_to_succeeded_and_keeps_its_result(repository):
    jobs = repository.jobs
    submitted = jobs.submit(draft(sound_seconds=12.5, seed=2**40)).job
    assert submitted.state is JobState.QUEUED
    assert jobs.queue_position(submitted) == 0

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
    assert jobs.queue_position(done) is None


def test_a_final_state_never_changes(repository):
    jobs = repository.jobs
    job = jobs.submit(draft()).job
    canceled = jobs.cancel(job.id)
    assert canceled.state is JobState.CANCELED

    assert jobs.start(job.id, "w") is None
    assert jobs.report(job.id, 0, Progress("denoise")) is None
    assert jobs.succeed(job.id, 0, JobOutcome({})) is None
    assert jobs.fail(job.id, {"type": "internal"}) is None
    assert jobs.cancel(job.id) == canceled
    assert jobs.get(job.id) == canceled


def test_queued_jobs_stand_in_the_order_they_came(repository):
    jobs = repository.jobs
    submitted = [jobs.submit(draft(sound_seconds=2.0)).job.id for _ in range(3)]
    assert [jobs.queue_position(jobs.get(each)) for each in submitted] == [0, 1, 2]
    assert (jobs.load().jobs, jobs.load().sound_seconds) == (3, 6.0)


def test_a_repeated_request_finds_its_job_and_another_body_is_refused(repository):
    jobs = repository.jobs
    first = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    again = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    assert (first.created, again.created) == (True, False)
    assert again.job == first.job

    with pytest.raises(IdempotencyConflictError, match=first.job.id):
        jobs.submit(draft(idempotency_key="k", body_hash="b"))
    assert len(jobs.listed()) == 1


def test_the_same_request_sent_at_once_makes_one_job(database):
    def submit(_: int) -> bool:
        with database.session() as session:
            wanted = draft(idempotency_key="k", body_hash="a")
            return Repository(session).jobs.submit(wanted).created

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(submit, range(6))) == [False] * 5 + [True]


def test_files_are_kept_for_open_jobs_and_for_results_in_their_time(repository):
    jobs, now = repository.jobs, datetime.now(UTC)
    waiting, failed, done = (jobs.submit(draft()).job.id for _ in range(3))
    jobs.fail(failed, {"code": "x"})
    jobs.start(done, "w")
    jobs.succeed(done, 1, JobOutcome({}, expires_at=now + timedelta(hours=1)))

    assert set(jobs.kept(now)) == {waiting, done}
    assert set(jobs.kept(now + timedelta(hours=2))) == {waiting}


def test_a_job_started_again_belongs_to_its_last_attempt_alone(repository):
    jobs = repository.jobs
    job = jobs.submit(draft()).job
    jobs.start(job.id, "killed")
    jobs.report(job.id, 1, Progress("denoise", 3, 4))

    again = jobs.start(job.id, "other")

    assert (again.state, again.attempt, again.worker) == (JobState.RUNNING, 2, "other")
    assert again.progress is None
    assert jobs.report(job.id, 1, Progress("denoise", 4, 4)) is None
    assert jobs.succeed(job.id, 1, JobOutcome({"from": "killed"})) is None
    assert jobs.succeed(job.id, 2, JobOutcome({"from": "other"})).result == {"from": "other"}


def test_jobs_are_listed_newest_first_in_pages(repository):
    jobs = repository.jobs
    submitted = [jobs.submit(draft()).job.id for _ in range(5)]
    jobs.fail(submitted[2], {"type": "input", "code": "silence", "retryable": False})

    page = jobs.listed(limit=2)
    rest = jobs.listed(limit=9, before=page[-1])
    assert [job.id for job in (*page, *rest)] == submitted[::-1]
    assert [job.id for job in jobs.listed([JobState.FAILED])] == [submitted[2]]
