"""Real workers on one home and one database, and what is seen of them from outside."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx

from annotations.annotate import Annotator
from annotations.corpus import Corpus
from annotations.database import Database
from annotations.job_repository import JobRepository
from indexing.build import IndexTools, build_index
from service.loading import Loader
from service.settings import Settings, environment_of
from service.storage import Storage
from tests.databases import empty_database
from tests.service.serving import served, wait_until
from tests.service.world import copied_world, send, words_json

SECONDS = 190.0
WINDOWS = 22
"""Of that talk; in batches of so many:"""
STEP_WINDOWS = 3
LINES_TOLD = 40
"""Of a worker's log, where a test failed."""
OPTIONS = {"sampling": {"seed": 5, "steps": 40}, "output": {"formats": ["npz"]}}


@contextmanager
def shared_world(kind: str, settings, folder):
    """Settings that two workers share: one home, one database with the index of the tiny world."""
    changed = {
        "log_format": "json",
        "step_windows": STEP_WINDOWS,
        "worker_lost_seconds": 8.0,
        "drain_seconds": 0.0,
    }
    if kind == "sqlite":
        yield copied_world(settings, folder, **changed)
        return
    with empty_database(kind, folder) as url:
        shared = settings.model_copy(update=changed | {"home": folder, "database_url": url})
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

    def wait_ready(self) -> None:
        """Fail at once where it ends instead."""
        wait_until(lambda: self.lines("worker ready") or self.process.poll() is not None)
        assert self.lines("worker ready"), f"{self.name} ended as it started\n{self.told()}"

    def told(self) -> str:
        """The end of what it has logged."""
        lines = self._log.read_text().splitlines()[-LINES_TOLD:]
        return "\n".join([f"{self.name}, exit code {self.process.poll()}:", *lines])

    def tell(self, sent: signal.Signals) -> None:
        self.process.send_signal(sent)

    def pause(self) -> None:
        """Stop it; on return none of its threads runs, nor is in the middle of a call."""
        self.tell(signal.SIGSTOP)
        # the signal is sent before it is obeyed: a lock could still be taken
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def lines(self, event: str) -> list[dict]:
        told = []
        for line in self._log.read_text().splitlines():
            with suppress(json.JSONDecodeError):
                told.append(json.loads(line))
        return [each for each in told if each["event"] == event]


class Crew:
    """Workers of one home and one database; a new one starts only where too few live."""

    def __init__(self, settings) -> None:
        self._settings, self._started = settings, []

    def of(self, count: int) -> list[WorkerProcess]:
        """So many that live and are ready, and no other one."""
        living = [each for each in self._started if each.process.poll() is None]
        for each in living[count:]:
            each.end()
        for _ in range(count - len(living)):
            living.append(WorkerProcess(self._settings, f"worker-{len(self._started)}"))
            self._started.append(living[-1])
        crew = living[:count]
        for each in crew:
            # a test that failed may have left it paused
            each.tell(signal.SIGCONT)
            each.wait_ready()
        return crew

    def told(self) -> str:
        return "\n\n".join(each.told() for each in self._started)

    def end(self) -> None:
        for each in self._started:
            each.end()


@contextmanager
def workers(settings, *names: str):
    started = []
    try:
        for name in names:
            started.append(WorkerProcess(settings, name))
        for each in started:
            each.wait_ready()
        yield started
    finally:
        for each in started:
            each.end()


@dataclass(frozen=True)
class Shared:
    """An API and a crew that share a home and a database."""

    settings: Settings
    client: httpx.Client
    database: Database
    crew: Crew


@contextmanager
def shared_service(kind: str, settings, folder):
    """All that tests of two workers need, over a database of that kind."""
    with (
        shared_world(kind, settings, folder) as world,
        served(world) as client,
        Database.open(world.database) as database,
    ):
        crew = Crew(world)
        try:
            yield Shared(world, client, database, crew)
        finally:
            crew.end()


def batches(settings, job: str) -> dict[str, int]:
    """Files of finished windows, and when each was written."""
    found = Storage(settings.home).windows(job).glob("*/*.safetensors")
    return {path.name: path.stat().st_mtime_ns for path in found}


def row(database, job: str):
    with database.reading() as session:
        return JobRepository(session).get(job)


def sent(client) -> str:
    return send(client, words=words_json(SECONDS), options=OPTIONS).json()["id"]


def sampled(worker, *jobs: str) -> int:
    """Windows of long talks that a worker has sampled."""
    return sum(line["windows"] for line in worker.lines("windows kept") if line["job"] in jobs)
