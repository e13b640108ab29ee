"""What a running job writes of itself: seldom, and it still notices its end soon."""

import time

import pytest
from sqlalchemy import event

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from diffusion.sampling import SamplingStoppedError
from service.metrics.registry import Metrics
from service.reporting import LOOK_SECONDS, REPORTS_A_STAGE, Reporter, StageClock


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
    with database.session() as session:
        jobs = JobRepository(session)
        return jobs.start(jobs.submit(JobDraft({})).job.id, "w")


def test_an_hour_of_sampling_is_written_at_most_so_often(database, job, clock):
    report, commits = Reporter(database, job, StageClock(Metrics())), []
    event.listen(database.engine, "commit", commits.append)

    for done in range(36_001):
        report("denoise", done, 36_000)
        clock.now += 0.1

    assert REPORTS_A_STAGE <= len(commits) <= REPORTS_A_STAGE + 2
    with database.reading() as session:
        assert JobRepository(session).get(job.id).progress.fraction == 1.0


def test_a_job_that_ended_from_outside_is_noticed_by_reading(database, job, clock):
    report = Reporter(database, job, StageClock(Metrics()))
    report("denoise", 0, 36_000)
    with database.session() as session:
        JobRepository(session).cancel(job.id)

    clock.now += LOOK_SECONDS / 2
    report("denoise", 1, 36_000)
    clock.now += LOOK_SECONDS / 2
    with pytest.raises(SamplingStoppedError, match="ended while in denoise"):
        report("denoise", 2, 36_000)
