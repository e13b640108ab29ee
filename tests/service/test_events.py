"""A stream of events that are removed while it is read."""

import asyncio

import pytest
from sqlalchemy import delete

from annotations.database import Database
from annotations.job_event_tables import JobEventRow
from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from service.dependencies import Desk
from service.jobs import JobDesk
from service.routes.jobs import follow_job
from service.settings import Settings
from service.storage import Storage
from tests.service.test_admission import NoEngine


@pytest.fixture
def desk(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere")
    with Database.open(settings.database) as database:
        yield Desk(settings, Storage(settings.home), JobDesk(database, NoEngine(), settings))


@pytest.mark.parametrize("seen", [0, 1])
def test_a_stream_ends_where_the_events_of_an_ended_job_were_removed_meanwhile(desk, seen):
    with desk.database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft(request={}, sound_seconds=1.0)).job
        jobs.cancel(job.id)
    with desk.database.session() as session:
        session.execute(delete(JobEventRow))

    async def followed():
        async with asyncio.timeout(20):
            # the job as it was when the stream was asked for
            return [event async for event in follow_job(desk, job, seen)]

    assert asyncio.run(followed()) == []
