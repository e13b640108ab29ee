"""On Postgres, whoever changes several jobs at once locks them in one order, or one by one."""

import threading
import time
from unittest.mock import Mock

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from annotations.batch_repository import BatchDraft, BatchRepository
from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, Progress
from annotations.tables import JobRow
from service.metrics.registry import Metrics
from service.reporting import Board, Reporter, StageClock
from service.settings import Settings
from service.worker import Worker
from tests.databases import empty_database

JOBS = 6


@pytest.fixture
def database(tmp_path):
    with empty_database("postgres", tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def running(database):
    """Jobs of a batch that run; the first of them has not the least id."""
    while True:
        with database.session() as session:
            drafts = (JobDraft({}) for _ in range(JOBS))
            batch = BatchRepository(session).submit(BatchDraft("talks", "ada", drafts)).batch
            jobs = JobRepository(session)
            ids = list(session.scalars(select(JobRow.id).where(JobRow.batch_id == batch.id)))
            started = [jobs.start(each, "w") for each in ids]
        if ids[0] != min(ids):
            return started


def blocked(database):
    """Whether somebody waits for a lock."""
    with database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


def check_order(database, running, change):
    """While somebody else has the first by id, ``change`` must hold none of the others."""
    first, *others = sorted(job.id for job in running)
    changing = threading.Thread(target=change)
    with database.session() as holding:
        holding.execute(select(JobRow.id).where(JobRow.id == first).with_for_update())
        changing.start()
        deadline = time.monotonic() + 20.0
        while not blocked(database):
            assert time.monotonic() < deadline, "it never came to the first"
        free = select(JobRow.id).where(JobRow.id.in_(others)).with_for_update(nowait=True)
        with database.session() as looking:
            assert len(looking.scalars(free).all()) == len(others)
    changing.join()


def test_a_round_of_progress(database, running):
    board = Board(database)
    due = {
        Reporter(database, board, job, StageClock(Metrics())): [Progress("denoise", 1, 4)]
        for job in sorted(running, key=lambda job: job.id, reverse=True)
    }
    check_order(database, running, lambda: board.write(due))


def test_the_end_of_a_batch(database, running):
    def cancel():
        with database.session() as session:
            assert len(JobRepository(session).cancel_batch(running[0].batch_id)) == JOBS

    check_order(database, running, cancel)


def test_a_worker_that_leaves(database, running, tmp_path, monkeypatch):
    worker = Worker(Settings(home=tmp_path, worker_name="w", drain_seconds=0.0), database)
    monkeypatch.setattr("service.worker.leave_engine", Mock())
    monkeypatch.setattr(worker, "_look_around", Mock())
    worker._running.update((job.id, job) for job in running)

    check_order(database, running, worker._drain)
    with database.reading() as session:
        assert set(session.scalars(select(JobRow.worker))) == {None}


def test_a_worker_whose_database_is_away_still_leaves(database, running, tmp_path, monkeypatch):
    away = Mock(side_effect=OperationalError("UPDATE", {}, Exception("it is away")))
    worker = Worker(Settings(home=tmp_path, worker_name="w", drain_seconds=0.0), database)
    monkeypatch.setattr("service.worker.leave_engine", Mock())
    monkeypatch.setattr(worker, "_look_around", Mock())
    monkeypatch.setattr(JobRepository, "give_back", away)
    worker._running.update((job.id, job) for job in running)
    worker._drain()
    assert away.call_count == JOBS
