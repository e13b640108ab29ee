"""Signs of life and housekeeping go on, whatever happens beside them."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from annotations.curation import Curation
from annotations.curation_records import Change, Remove
from annotations.database import Database
from annotations.lease_tables import LeaseRow
from annotations.repository import Repository
from annotations.tables import WorkerRow
from service.health import WORKER_SILENCE
from service.housekeeping import LOOK_SECONDS
from service.takeover import TASK
from service.worker import BEAT_SECONDS
from tests.service.serving import served, wait_until
from tests.service.test_faults import Faulty
from tests.service.world import copied_world


@pytest.fixture(scope="module")
def apart(settings, tmp_path_factory):
    return copied_world(settings, tmp_path_factory.mktemp("beating"), worker_name="one")


@pytest.fixture(scope="module")
def database(apart):
    with Database.open(apart.database) as database:
        yield database


@pytest.fixture(scope="module")
def faulty(apart):
    with served(apart) as client:
        service = Faulty(apart, client)
        yield service
        service.process.kill()
        service.process.wait()


def leased_until(database) -> datetime:
    """Until when somebody does what one worker at a time may do."""
    with database.reading() as session:
        return session.scalars(select(LeaseRow.until).where(LeaseRow.task == TASK)).one()


def told(database):
    with database.reading() as session:
        return session.scalars(select(WorkerRow)).one()


def in_time(seconds: float, holds) -> bool:
    """Whether it comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def test_signs_of_life_go_on_while_a_new_version_opens(faulty, database):
    with faulty.having("index"):
        with database.session() as session:
            removed = Change(Repository(session).indexed_ids()[0], Remove())
            version = Curation(session, "mira").apply([removed]).version
        time.sleep(2 * BEAT_SECONDS)
        begun = datetime.now(UTC)
        half = WORKER_SILENCE.total_seconds() / 2
        assert in_time(half, lambda: told(database).seen_at > begun)
        assert told(database).index_version < version
        assert faulty.ready
    wait_until(lambda: told(database).index_version == version)


def test_a_bug_beside_the_signs_of_life_stops_neither_them_nor_the_worker(faulty, database):
    with faulty.having("beside"):
        time.sleep(2 * BEAT_SECONDS)
        begun = datetime.now(UTC)
        assert in_time(2 * BEAT_SECONDS + 1.0, lambda: told(database).seen_at > begun)
    faulty.check_well()


def test_housekeeping_goes_on_behind_a_bug(faulty, database):
    with faulty.having("house"):
        time.sleep(2 * LOOK_SECONDS)
    before = leased_until(database)
    assert in_time(3 * LOOK_SECONDS, lambda: leased_until(database) > before)
    faulty.check_well()
