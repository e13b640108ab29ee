"""A database that stalls for a while: its jobs are tried again, and no worker counts as lost."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobState
from service.options import options_of
from service.request import GestureRequest
from service.worker import ATTEMPTS, Worker
from speech.transcript import Interval, Word
from tests.service.world import copied_world

AWAY = ConnectionError("the database is away")
STALLS = [
    OperationalError("SELECT 1", {}, AWAY),
    InterfaceError("SELECT 1", {}, AWAY),
    TimeoutError("QueuePool limit of size 5 overflow 10 reached"),
]
OPTIONS = options_of('{"sampling": {"steps": 4, "mode": "none"}}')


@pytest.fixture
def apart(settings, tmp_path):
    return copied_world(settings, tmp_path / "home", step_windows=2, worker_name="one")


@pytest.fixture
def database(apart):
    with Database.open(apart.database) as database:
        yield database


def queued(database, **changed) -> str:
    """A talk of five windows."""
    words = tuple(Word("so", Interval(at, at + 0.4)) for at in range(44))
    request = GestureRequest(1, OPTIONS, 45.0, None, words)
    with database.session() as session:
        return JobRepository(session).submit(JobDraft(request.to_json(), **changed)).job.id


def job_of(database, job_id: str):
    with database.reading() as session:
        return JobRepository(session).get(job_id)


def stalling(error: Exception):
    """A durable step that does not get through to the database."""

    def step(_work) -> None:
        raise error

    return step


@pytest.mark.parametrize("stall", STALLS, ids=lambda error: type(error).__name__)
def test_a_database_that_stalls_is_no_failure_of_a_job(apart, database, stall):
    job_id = queued(database)
    with pytest.raises(type(stall)):
        Worker(apart, database).run_job(job_id, stalling(stall))
    assert job_of(database, job_id).state is JobState.RUNNING


def test_tries_of_one_worker_are_no_losses(apart, database):
    worker, job_id = Worker(apart, database), queued(database)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(OperationalError):
            worker.run_job(job_id, stalling(STALLS[0]))
    assert job_of(database, job_id).losses == 0

    worker.run_job(job_id)

    ended = job_of(database, job_id)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, ATTEMPTS + 2)


def test_a_worker_that_came_back_under_its_name_was_lost(apart, database):
    first, second, job_id = Worker(apart, database), Worker(apart, database), queued(database)
    with pytest.raises(OperationalError):
        first.run_job(job_id, stalling(STALLS[0]))
    for worker, losses in ((second, 1), (second, 1), (first, 2)):
        with pytest.raises(OperationalError):
            worker.run_job(job_id, stalling(STALLS[0]))
        assert job_of(database, job_id).losses == losses


def test_every_job_of_a_worker_finds_a_connection(apart):
    many = apart.model_copy(update={"worker_jobs": 20, "worker_batch_jobs": 10})
    with Database.open(many.database, many.worker_connections) as database, ExitStack() as held:
        for _ in range(30):
            session = held.enter_context(database.reading())
            assert session.scalar(text("SELECT 1")) == 1
