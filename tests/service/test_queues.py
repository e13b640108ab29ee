"""Queues: recordings that wait for one another hold up nobody else."""

import pytest
from dbos import DBOSClient

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from service.engine import prepare_engine
from service.queues import (
    BATCH_QUEUE,
    BUSY_SECONDS,
    POLL_SECONDS,
    QUEUE,
    enqueue_job,
    pace_batches,
)
from tests.service.serving import served
from tests.service.test_recordings import upload
from tests.service.two_workers import row, workers
from tests.service.world import copied_world, finished, send, words_json

NAMES = tuple(f"4_lawrence_0_{place}_{place}" for place in (7, 8, 9))
"""No other test adds recordings of these names to the index that is copied."""


@pytest.fixture
def apart(settings, tmp_path):
    return copied_world(settings, tmp_path / "home", worker_jobs=1, queue_jobs=8, log_format="json")


def test_gestures_do_not_wait_behind_recordings(apart):
    with served(apart) as client, Database.open(apart.database) as database:
        added = [upload(client, recording_id=each).json()["id"] for each in NAMES]
        asked = send(client, words=words_json()).json()["id"]
        with workers(apart, "one"):
            assert finished(client, asked)["state"] == "succeeded"
            for each in added:
                ended = finished(client, each)
                assert ended["state"] == "succeeded", ended["error"]
        spans = [
            (row(database, each).started_at, row(database, each).finished_at) for each in added
        ]
        assert row(database, asked).finished_at < max(end for _, end in spans)
    spans.sort()
    for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
        assert end <= start, "two recordings at once"


def test_a_recording_that_the_former_release_put_into_the_queue_of_gestures_is_added(apart):
    with served(apart) as client, Database.open(apart.database) as database:
        first = upload(client, recording_id=NAMES[0]).json()["id"]
        request = dict(row(database, first).request) | {"id": NAMES[1]}
        with database.session() as session:
            old = JobRepository(session).submit(JobDraft(request, kind="recording")).job.id
        engine = DBOSClient(system_database_url=apart.jobs_database)
        enqueue_job(engine, old, QUEUE)
        engine.destroy()
        with workers(apart, "one"):
            assert [finished(client, each)["state"] for each in (old, first)] == ["succeeded"] * 2


def test_the_api_registers_every_queue_for_workers_of_whatever_release(settings, tmp_path):
    alone = settings.model_copy(update={"home": tmp_path})
    prepare_engine(alone)
    prepare_engine(alone)
    engine = DBOSClient(system_database_url=alone.jobs_database)
    try:
        found = {each.name: each.worker_concurrency for each in engine.list_queues()}
    finally:
        engine.destroy()
    assert found == {
        QUEUE: alone.worker_jobs,
        BATCH_QUEUE: alone.worker_batch_jobs,
        "recordings": 1,
    }


def test_workers_look_often_for_jobs_of_batches_only_while_some_wait(settings, tmp_path):
    alone = settings.model_copy(update={"home": tmp_path})
    prepare_engine(alone)
    engine = DBOSClient(system_database_url=alone.jobs_database)

    def looked_for() -> float:
        pace_batches(engine)
        found = engine.retrieve_queue(BATCH_QUEUE)
        assert found is not None
        return found.polling_interval_sec

    try:
        assert looked_for() == POLL_SECONDS[BATCH_QUEUE]
        enqueue_job(engine, "alone", QUEUE)
        assert looked_for() == POLL_SECONDS[BATCH_QUEUE]
        enqueue_job(engine, "in-a-batch", BATCH_QUEUE)
        assert looked_for() == looked_for() == BUSY_SECONDS
        engine.cancel_workflow("in-a-batch")
        assert looked_for() == POLL_SECONDS[BATCH_QUEUE] > BUSY_SECONDS
    finally:
        engine.destroy()
