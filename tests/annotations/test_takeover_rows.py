"""What the database knows of workers that come and go: losses, fences, leases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobState
from annotations.worker_repository import WorkerRepository
from tests.databases import KINDS, empty_database

MINUTE = timedelta(minutes=1)


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
def job(jobs):
    return jobs.submit(JobDraft({})).job.id


def test_a_start_behind_a_dead_worker_is_a_loss_and_the_first_is_none(jobs, job):
    assert [jobs.start(job, name).losses for name in ("one", "two", "three")] == [0, 1, 2]


def test_a_job_given_back_costs_nothing_and_its_earlier_losses_stay(jobs, job):
    for name in ("one", "two"):
        jobs.start(job, name)
    jobs.give_back(job, 2)

    third = jobs.start(job, "three")

    assert (third.attempt, third.losses, third.worker) == (3, 1, "three")
    jobs.give_back(job, 2)
    assert jobs.get(job).worker == "three", "an attempt that is over gave the job away"


def test_what_is_kept_sets_the_losses_back_for_the_last_attempt_alone(jobs, job):
    for name in ("one", "two", "three"):
        jobs.start(job, name)

    assert not jobs.keep(job, 2)
    assert jobs.get(job).losses == 2
    assert jobs.keep(job, 3)
    assert jobs.get(job).losses == 0


def test_the_index_version_of_the_first_start_stays(jobs, job):
    found = [jobs.start(job, "one", version).index_version for version in (None, 7, 9)]
    assert found == [None, 7, 7]


def test_only_the_last_attempt_can_fail_a_job(jobs, job):
    for name in ("paused", "other"):
        jobs.start(job, name)

    assert jobs.fail(job, {"code": "x"}, 1) is None
    assert jobs.get(job).state is JobState.RUNNING
    assert jobs.fail(job, {"code": "x"}, 2).state is JobState.FAILED


def test_a_look_tells_whether_an_attempt_goes_on(session, jobs, job):
    jobs.start(job, "one")
    queries = JobQueries(session)
    assert queries.is_running(job, 1)
    jobs.start(job, "two")
    assert not queries.is_running(job, 1)
    jobs.cancel(job)
    assert not queries.is_running(job, 2)


def test_one_worker_at_a_time_holds_a_task_until_its_time_is_over_or_it_leaves(database):
    with database.session() as session:
        workers = WorkerRepository(session)
        assert workers.lease("tidy", "one", MINUTE)
        assert not workers.lease("tidy", "two", MINUTE)
        assert workers.lease("other", "two", MINUTE)
        assert workers.lease("tidy", "one", -MINUTE), "who holds it may prolong it"
        assert workers.lease("tidy", "two", MINUTE), "its time was over"
        assert not workers.lease("tidy", "one", MINUTE)
        workers.release("tidy", "one")
        assert not workers.lease("tidy", "one", MINUTE), "one gave up what was another's"
        workers.release("tidy", "two")
        assert workers.lease("tidy", "one", MINUTE)


def test_of_many_who_ask_at_once_one_gets_the_task(database):
    def ask(name: str) -> bool:
        with database.session() as session:
            return WorkerRepository(session).lease("tidy", name, MINUTE)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, map(str, range(8)))) == 1
