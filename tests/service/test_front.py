"""What must be answered at once is, while uploads hold every thread of the server."""

import asyncio
import threading
from contextlib import asynccontextmanager

import httpx
import pytest
from anyio import create_task_group, to_thread

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from service.app import create_app
from service.drain import Drain
from service.engine import prepare_engine
from service.settings import Settings
from tests.service.world import words_json

AT_ONCE_SECONDS = 5.0
"""On a busy machine; without threads of their own they would never be answered."""


@pytest.fixture
def full(tmp_path):
    """The settings and database of a service whose queue has no room left."""
    settings = Settings(home=tmp_path, weights="/nowhere", queue_jobs=1, tts="off")
    with Database.open(settings.database) as database:
        prepare_engine(settings)
        with database.session() as session:
            draft = JobDraft(request={}, sound_seconds=1.0, idempotency_key="anonymous/before")
            JobRepository(session).submit(draft)
        yield settings, database


@asynccontextmanager
async def called(settings, database, drain=None):
    app = create_app(settings, database, drain)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        yield client


@asynccontextmanager
async def no_thread_free():
    """Every thread that uploads are decoded in is taken."""
    threads = to_thread.current_default_thread_limiter()
    release = threading.Event()
    async with create_task_group() as group:
        for _ in range(int(threads.total_tokens)):
            group.start_soon(to_thread.run_sync, release.wait)
        while threads.available_tokens:
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            release.set()


def send(client, **headers):
    files = {"words": ("talk.json", words_json())}
    return client.post("/v1/jobs", files=files, headers=headers)


def test_refusals_and_health_do_not_wait_for_uploads(full):
    async def asked():
        async with called(*full) as client, no_thread_free():
            async with asyncio.timeout(AT_ONCE_SECONDS):
                return [
                    await client.get("/healthz"),
                    await client.get("/readyz"),
                    await client.get("/v1/info", headers={"Authorization": "Bearer wrong"}),
                    await send(client),
                    await send(client, **{"Idempotency-Key": "new"}),
                ]

    answers = asyncio.run(asked())
    assert [each.status_code for each in answers] == [200, 503, 401, 429, 429]


def test_a_request_that_made_its_job_finds_it_while_the_server_is_about_to_stop(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere", tts="off")
    drain = Drain()

    async def asked(database):
        async with called(settings, database, drain) as client:
            first = await send(client, **{"Idempotency-Key": "once"})
            drain.begin()
            again = await send(client, **{"Idempotency-Key": "once"})
            other = await send(client, **{"Idempotency-Key": "twice"})
            none = await send(client)
            return first, again, other, none

    with Database.open(settings.database) as database:
        prepare_engine(settings)
        first, again, other, none = asyncio.run(asked(database))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    for refused in (other, none):
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
