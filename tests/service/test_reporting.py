"""What running jobs write of themselves: seldom, together, and they still notice their end."""

import threading
import time
from unittest.mock import Mock

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome, Progress
from diffusion.sampling import SamplingStoppedError
from service.metrics.registry import Metrics
from service.reporting import LOOK_SECONDS, REPORTS_A_STAGE, Board, Reporter, StageClock


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


@pytest.fixture
def database(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'jobs.db'}") as database:
        yield database


@pytest.fixture
def job(database):
    return started(database)


def started(database):
    with database.session() as session:
        jobs = JobRepository(session)
        return jobs.start(jobs.submit(JobDraft({})).job.id, "w")


def progress_of(database, job):
    with database.reading() as session:
        return JobRepository(session).get(job.id).progress


def stage_of(database, job):
    progress = progress_of(database, job)
    return progress and progress.stage


class Kept(Board):
    """Keeps what it is to write until it is told to."""

    def __init__(self, database):
        super().__init__(database)
        self.puts = []

    def put(self, reporter, progress):
        self.puts.append((reporter, progress))

    def write_all(self):
        for reporter, progress in self.puts:
            self.write({reporter: [progress]})


def test_an_hour_of_sampling_is_written_at_most_so_often(database, job, clock):
    board = Kept(database)
    report = Reporter(database, board, job, StageClock(Metrics()))

    for done in range(36_001):
        report("denoise", done, 36_000)
        clock.now += 0.1
    board.write_all()

    assert REPORTS_A_STAGE <= len(board.puts) <= REPORTS_A_STAGE + 2
    assert progress_of(database, job).fraction == 1.0


def test_a_job_that_ended_from_outside_is_noticed_by_reading(database, job, clock):
    report = Reporter(database, Kept(database), job, StageClock(Metrics()))
    report("denoise", 0, 36_000)
    with database.session() as session:
        JobRepository(session).cancel(job.id)

    clock.now += LOOK_SECONDS / 2
    report("denoise", 1, 36_000)
    clock.now += LOOK_SECONDS / 2
    with pytest.raises(SamplingStoppedError, match="ended while in denoise"):
        report("denoise", 2, 36_000)


def test_a_job_that_ended_from_outside_is_noticed_by_writing(database, job):
    board = Kept(database)
    report = Reporter(database, board, job, StageClock(Metrics()))
    report("annotate", 0, 1)
    with database.session() as session:
        JobRepository(session).cancel(job.id)
    board.write_all()

    with pytest.raises(SamplingStoppedError, match="ended while in retrieve"):
        report("retrieve", 0, 1)


def test_progress_of_all_jobs_is_one_transaction(database):
    board, commits = Board(database), []
    jobs = [started(database) for _ in range(3)]
    reporters = [Reporter(database, board, job, StageClock(Metrics())) for job in jobs]
    event.listen(database.engine, "commit", commits.append)

    board.write({reporter: [Progress("denoise", 1, 4)] for reporter in reporters})

    assert len(commits) == 1
    assert [progress_of(database, job).fraction for job in jobs] == [0.25] * 3


def in_time(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_the_thread_writes_the_newest_and_ends_and_begins_again(database, job, monkeypatch):
    monkeypatch.setattr("service.reporting.REPORT_SECONDS", 0.05)
    board = Board(database)
    report = Reporter(database, board, job, StageClock(Metrics()))

    for stage in ("annotate", "retrieve", "place"):
        report(stage, 0, 1)
        assert in_time(lambda stage=stage: stage_of(database, job) == stage)
        assert in_time(lambda: not writers())

    report("denoise", 0, 10)
    report("export", 0, 1)
    assert in_time(lambda: stage_of(database, job) == "export")


def writers():
    return [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_a_database_that_does_not_answer_costs_no_job(database, job, monkeypatch):
    monkeypatch.setattr("service.reporting.REPORT_SECONDS", 0.05)
    board = Board(database)
    report = Reporter(database, board, job, StageClock(Metrics()))
    write, failures = board.write, []

    def failing(due):
        if not failures:
            failures.append(due)
            raise OperationalError("UPDATE", {}, Exception("it is away"))
        write(due)

    monkeypatch.setattr(board, "write", failing)
    report("annotate", 0, 1)
    assert in_time(lambda: failures)
    report("retrieve", 0, 1)
    assert in_time(lambda: stage_of(database, job) == "retrieve")


@pytest.fixture
def held(database):
    """A board whose thread writes nothing before it is let go."""

    class Held(Board):
        writes, may = threading.Event(), threading.Event()

        def write(self, due):
            self.writes.set()
            self.may.wait(20.0)
            super().write(due)

    board = Held(database)
    yield board
    board.may.set()
    assert in_time(lambda: not writers())


def told(database, job):
    with database.reading() as session:
        events = JobQueries(session).events(job.id)
    return [event.progress.stage for event in events if event.progress]


STAGES = ["annotate", "retrieve", "place", "denoise", "export"]


def test_a_job_that_is_over_at_once_has_told_every_stage(database, job, held):
    report = Reporter(database, held, job, StageClock(Metrics()))
    report(STAGES[0], 0, 2)
    assert held.writes.wait(20.0)
    for stage in STAGES[1:]:
        report(stage, 0, 2)
        report(stage, 2, 2)

    rest = []
    asking = threading.Thread(target=lambda: rest.extend(report.rest()))
    asking.start()
    assert not rest, "what is being written has to be written first"
    held.may.set()
    asking.join()
    with database.session() as session:
        jobs = JobRepository(session)
        report.write(jobs, rest)
        jobs.succeed(job.id, job.attempt, JobOutcome({}))

    assert progress_of(database, job).fraction == 1.0
    assert list(dict.fromkeys(told(database, job))) == STAGES
    assert report.rest() == ()


def test_of_a_stage_only_the_newest_progress_is_written(database, job, held, clock):
    report = Reporter(database, held, job, StageClock(Metrics()))
    report("annotate", 0, 1)
    assert held.writes.wait(20.0)
    for done in range(11):
        report("denoise", done, 10)
        clock.now += 1.0
    held.may.set()

    assert report.rest() == [Progress("denoise", 10, 10)]


def test_what_a_round_could_not_write_is_written_by_the_next_or_at_the_end(
    database, job, monkeypatch
):
    monkeypatch.setattr("service.reporting.REPORT_SECONDS", 0.01)
    board = Board(database)
    away = Mock(side_effect=OperationalError("UPDATE", {}, Exception("it is away")))
    monkeypatch.setattr(board, "write", away)
    report = Reporter(database, board, job, StageClock(Metrics()))
    for stage in STAGES[:3]:
        report(stage, 0, 1)
        assert in_time(lambda before=away.call_count: away.call_count > before)

    assert [progress.stage for progress in report.rest()] == STAGES[:3]
    assert in_time(lambda: not writers())


def test_where_no_thread_can_be_started_the_next_progress_tries_again(database, job, monkeypatch):
    board = Board(database)
    report = Reporter(database, board, job, StageClock(Metrics()))

    with monkeypatch.context() as crowded:
        crowded.setattr(
            threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread"))
        )
        report("annotate", 0, 1)
    report("retrieve", 0, 1)

    assert in_time(lambda: told(database, job) == ["annotate", "retrieve"])
