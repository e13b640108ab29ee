"""The durable engine's own tables."""

import sqlite3
from contextlib import closing

import pytest
from dbos import DBOSClient
from sqlalchemy import make_url

from service.engine import prepare_engine
from service.queues import QUEUE, enqueue_job


@pytest.fixture
def apart(settings, tmp_path):
    alone = settings.model_copy(update={"home": tmp_path})
    prepare_engine(alone)
    return alone


def test_who_reads_the_tables_and_does_not_go_on_holds_up_nobody_who_writes(apart):
    file = make_url(apart.jobs_database).database
    engine = DBOSClient(system_database_url=apart.jobs_database)
    with closing(sqlite3.connect(file)) as paused:
        reading = paused.execute("SELECT name FROM sqlite_master")
        assert reading.fetchone()
        enqueue_job(engine, "job", QUEUE)
        assert [each.workflow_id for each in engine.list_workflows()] == ["job"]
        assert reading.fetchone()
    engine.destroy()
