"""Workers that die, pause or leave, as real processes: others go on with what they had."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url, text, update

from annotations.annotate import Annotator
from annotations.corpus import Corpus
from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobState
from annotations.tables import JobRow
from annotations.worker_repository import WorkerRepository
from indexing.build import IndexTools, build_index
from service.loading import Loader
from service.settings import environment_of
from service.storage import Storage
from service.takeover import UNKNOWN_AFTER
from tests.databases import KINDS, empty_database
from tests.service.serving import PATIENCE_SECONDS, served, wait_until
from tests.service.world import copied_world, finished, send, words_json

SECONDS = 190.0
WINDOWS = 22
"""Of that talk; in batches of so many:"""
STEP_WINDOWS = 3
OPTIONS = {"sampling": {"seed": 5, "steps": 40}, "output": {"formats": ["npz"]}}


@pytest.fixture(params=KINDS)
def shared(request, settings, tmp_path):
    """Settings that two workers share: one home, one database with the index of the tiny world."""
    changed = {
        "log_format": "json",
        "step_windows": STEP_WINDOWS,
        "worker_lost_seconds": 8.0,
        "drain_seconds": 0.0,
    }
    if request.param == "sqlite":
        yield copied_world(settings, tmp_path, **changed)
        return
    with empty_database(request.param, tmp_path) as url:
        shared = settings.model_copy(update=changed | {"home": tmp_path, "database_url": url})
        with Database.open(url) as database:
            loader = Loader(shared, database)
            tools = IndexTools(loader.embedder, loader.pipeline, Annotator())
            build_index(Corpus.open(shared.corpus), database, shared.index, tools)
        yield shared


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, settings, name: str) -> None:
        self.name, self._log = name, settings.home / f"{name}.log"
        named = settings.model_copy(update={"worker_name": name})
        with self._log.open("w") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", "worker"],
                env=os.environ | environment_of(named),
                stderr=written,
            )

    def tell(self, sent: signal.Signals) -> None:
        self.process.send_signal(sent)

    def lines(self, event: str) -> list[dict]:
        told = []
        for line in self._log.read_text().splitlines():
            with suppress(json.JSONDecodeError):
                told.append(json.loads(line))
        return [each for each in told if each["event"] == event]


@contextmanager
def workers(settings, *names: str):
    started = []
    try:
        for name in names:
            started.append(WorkerProcess(settings, name))
        for each in started:
            wait_until(lambda each=each: each.lines("worker ready"))
        yield started
    finally:
        for each in started:
            each.process.kill()
            each.process.wait()


def batches(settings, job: str) -> dict[str, int]:
    """Files of finished windows, and when each was written."""
    found = Storage(settings.home).windows(job).glob("*/*.safetensors")
    return {path.name: path.stat().st_mtime_ns for path in found}


def row(database, job: str):
    with database.reading() as session:
        return JobRepository(session).get(job)


def sent(client) -> str:
    return send(client, words=words_json(SECONDS), options=OPTIONS).json()["id"]


def stop_between_writes(worker, settings) -> None:
    """Pause a worker, but not where it holds a lock that all wait for."""
    while True:
        worker.tell(signal.SIGSTOP)
        if not holds_a_lock(settings):
            return
        worker.tell(signal.SIGCONT)


def holds_a_lock(settings) -> bool:
    """Whether a transaction is open that does not go on."""
    if settings.database_url is not None:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        waiting += " AND datname = current_database()"
        with Database.open(settings.database) as database, database.reading() as session:
            return bool(session.scalar(text(waiting)))
    for url in (settings.database, settings.jobs_database):
        try:
            with closing(sqlite3.connect(make_url(url).database, timeout=1.0)) as connection:
                connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def heard_of(database, name: str, since: datetime) -> bool:
    with database.reading() as session:
        return name in WorkerRepository(session).names(since)


def arrays_of(client, job: str) -> dict[str, bytes]:
    """The members of the npz, to the bit; its comment names the job."""
    content = client.get(f"/v1/jobs/{job}/result.npz").raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sampled(worker) -> int:
    """Windows of long talks that a worker has sampled."""
    return sum(line["windows"] for line in worker.lines("windows kept"))


def test_another_worker_goes_on_where_a_killed_one_was(shared):
    with (
        served(shared) as client,
        Database.open(shared.database) as database,
        workers(shared, "one", "two") as both,
    ):
        job = sent(client)
        wait_until(lambda: len(batches(shared, job)) >= 2)
        killed = next(each for each in both if each.name == row(database, job).worker)
        (other,) = (each for each in both if each is not killed)
        killed.tell(signal.SIGKILL)
        killed.process.wait()
        kept = batches(shared, job)
        ended = finished(client, job)

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert row(database, job).worker == other.name
        assert 2 <= len(kept) < 8, "it was killed too late for this test to mean anything"
        assert sampled(killed) + sampled(other) == WINDOWS
        assert sampled(other) > 0
        assert not Storage(shared.home).windows(job).exists()

        undisturbed = sent(client)
        assert finished(client, undisturbed)["attempt"] == 1
        assert sampled(killed) + sampled(other) == 2 * WINDOWS
        assert arrays_of(client, job) == arrays_of(client, undisturbed)


def test_a_worker_that_was_paused_makes_no_second_result(shared):
    with (
        served(shared) as client,
        Database.open(shared.database) as database,
        workers(shared, "one", "two") as both,
    ):
        job = sent(client)
        wait_until(lambda: len(batches(shared, job)) >= 1)
        paused = next(each for each in both if each.name == row(database, job).worker)
        (other,) = (each for each in both if each is not paused)
        stop_between_writes(paused, shared)
        ended = finished(client, job)
        result = client.get(ended["links"]["npz"])
        continued = datetime.now(UTC)
        paused.tell(signal.SIGCONT)
        wait_until(lambda: heard_of(database, paused.name, continued))

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert row(database, job).worker == other.name
        assert client.get(f"/v1/jobs/{job}").json() == ended
        assert client.get(ended["links"]["npz"]).headers["ETag"] == result.headers["ETag"]
        assert sampled(paused) + sampled(other) <= WINDOWS + STEP_WINDOWS
        assert finished(client, sent(client))["attempt"] == 1, "nobody is left to work"
        assert not [line for line in paused.lines("job ended") if line["job"] == job]
        assert client.get("/readyz").status_code == 200


def test_a_worker_that_leaves_costs_a_job_nothing_and_forgotten_jobs_are_found(shared):
    with served(shared) as client, Database.open(shared.database) as database:
        with workers(shared, "one") as (first,):
            job = sent(client)
            wait_until(lambda: len(batches(shared, job)) >= 1)
            first.tell(signal.SIGTERM)
            assert first.process.wait(PATIENCE_SECONDS) == 0
        left, kept = row(database, job), batches(shared, job)
        assert (left.state, left.attempt, left.losses) == (JobState.RUNNING, 1, 0)
        forgotten = never_told_of(database, left.request)

        with workers(shared, "two") as (second,):
            ended, found = finished(client, job), finished(client, forgotten)
            assert sampled(second) == 2 * WINDOWS - sampled(first)

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert (found["state"], found["attempt"]) == ("succeeded", 1)
        assert row(database, job).losses == 0
        assert kept


def never_told_of(database, request) -> str:
    """A job whose API died between the commit of its row and telling the engine."""
    with database.session() as session:
        job = JobRepository(session).submit(JobDraft(request)).job.id
        past = datetime.now(UTC) - 2 * UNKNOWN_AFTER
        session.execute(update(JobRow).where(JobRow.id == job).values(created_at=past))
    return job
