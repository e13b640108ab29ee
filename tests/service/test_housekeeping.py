"""Rounds beside the jobs: what fails in one keeps nothing else from being done."""

import os
import time

import pytest
from dbos import DBOSClient
from structlog.testing import capture_logs

from annotations.database import Database
from service.engine import prepare_engine
from service.housekeeping import COMPARING, Housekeeping
from service.loading import Loader
from service.metrics.registry import Metrics
from service.settings import Settings
from service.snapshots import Snapshots
from service.storage import Storage
from service.sweep import UPLOAD_HOURS
from service.takeover import Takeover
from service.webhooks.delivery import Deliverer


@pytest.fixture
def alone(tmp_path):
    return Settings(home=tmp_path, weights="/nowhere")


@pytest.fixture
def database(alone):
    with Database.open(alone.database) as database:
        yield database


@pytest.fixture
def engine(alone):
    prepare_engine(alone)
    engine = DBOSClient(system_database_url=alone.jobs_database)
    yield engine
    engine.destroy()


def idle_upload(settings):
    """A file that nobody has asked for in a long time."""
    path = Storage(settings.home).upload(Storage(settings.home).put_upload(b"a talk of old"))
    past = time.time() - 2 * UPLOAD_HOURS * 3600.0
    os.utime(path, (past, past))
    return path


def test_a_step_that_fails_is_named_and_those_behind_it_are_done(alone, database, engine):
    house = Housekeeping(
        alone,
        database,
        Snapshots(Loader(alone, database)),
        Deliverer(database, Metrics(), private=False),
        "one",
    )
    old = idle_upload(alone)
    # the engine was not launched in this process: it cannot be asked what runs
    chores = house.chores(engine, Takeover(alone, database, engine, "one"))

    with capture_logs() as told:
        house.go_round(chores)
        house.go_round(chores)

    assert not old.exists()
    failed = [line["chore"] for line in told if line["event"].startswith("housekeeping")]
    assert failed == ["takeover", "takeover"]
    assert [chore.name for chore in chores if chore.is_due()] == [
        "takeover",
        "pace of batches",
        "index files",
        COMPARING,
    ]
