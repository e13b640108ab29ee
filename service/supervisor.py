"""Keeps one worker process alive."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.worker_repository import WorkerRepository
from service.errors import UnavailableError
from service.metrics.files import forget_process
from service.settings import Settings, environment_of

UNUSABLE = 2
"""Exit status of a worker that told in one line why it cannot start."""
PAUSE_SECONDS = 1.0
"""Before a restart, times the deaths in a row."""
QUICK_SECONDS, QUICK_DEATHS = 60.0, 3
"""A worker that dies so soon, so often in a row, and never was ready, will never work."""
LEAVE_SECONDS = 10.0
"""How long a worker may take to stop."""

_log = structlog.get_logger(__name__)


@dataclass
class Patience:
    """How long to go on with workers that die."""

    deaths: int = 0
    """In a row, of workers that were never ready and did not live long."""

    def after_death(self, lived_seconds: float, was_ready: bool) -> float | None:
        """Seconds to wait before the next one; none where there is no sense in another.

        A worker that was ready can work: jobs that kill it are given up one by one, whatever their
        number (`service.worker.ATTEMPTS`).
        """
        if was_ready or lived_seconds >= QUICK_SECONDS:
            self.deaths = 0
        self.deaths += 1
        return None if self.deaths > QUICK_DEATHS else PAUSE_SECONDS * self.deaths


class Supervisor:
    """Starts a worker, starts it again when it dies, and gives up where it cannot work at all."""

    def __init__(
        self, settings: Settings, give_up: Callable[[], None], place: int = 0, threads: int = 0
    ) -> None:
        """``give_up`` is called once, when the worker will never work.

        ``place`` is its place among the workers of this machine; ``threads`` are torch's, as many
        as torch wants where it is 0.
        """
        # a thread that spins while it waits takes the processor from those that work
        calm = {"OMP_WAIT_POLICY": "PASSIVE"}
        if threads:
            calm |= {"OMP_NUM_THREADS": str(threads)}
        # the next one takes up at once what the last one left
        named = settings.worker_name or f"{socket.gethostname()}-serve-{os.getpid()}"
        named += f"-{place + 1}" if place else ""
        kept = settings.model_copy(update={"worker_name": named})
        self._environment = calm | os.environ | environment_of(kept)
        self.name, self._database, self._place = named, settings.database, place
        self._give_up = give_up
        self._leaving = threading.Event()
        self._unusable = False
        self._process = self._started()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave(0.0)

    def tell_to_leave(self) -> None:
        """Have the worker take nothing more and finish what it runs; returns at once."""
        self._leaving.set()
        if self._process.poll() is None:
            self._process.terminate()

    def leave(self, patience_seconds: float) -> None:
        """Have the worker finish what it runs, for so long; end it where it takes longer."""
        if not self._leaving.is_set():
            self.tell_to_leave()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_seconds + LEAVE_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        forget_process(self._process.pid)

    @property
    def pid(self) -> int:
        """Process id of the worker that runs now."""
        return self._process.pid

    def raise_if_unusable(self) -> None:
        """Raise `UnavailableError` where the worker could not start."""
        if self._unusable:
            raise UnavailableError(
                "worker_unusable",
                "the worker cannot start; its message above says why",
                remedy="put that right, then start again",
            )

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "service", "worker", "--parent", str(os.getpid())]
        command += ["--place", str(self._place)]
        # a session of its own: Ctrl-C reaches the service, which then stops its worker
        return subprocess.Popen(command, env=self._environment, start_new_session=True)

    def _watch(self) -> None:
        patience = Patience()
        while not self._leaving.is_set():
            began, started = datetime.now(UTC), time.monotonic()
            status = self._process.wait()
            if self._leaving.is_set():
                return
            forget_process(self._process.pid)
            pause = patience.after_death(time.monotonic() - started, self._was_ready(began))
            if status == UNUSABLE or pause is None:
                self._unusable = True
                self._give_up()
                return
            _log.error("the worker died; starting another", exit_status=status, pause=pause)
            if not self._leaving.wait(pause):
                self._process = self._started()

    def _was_ready(self, began: datetime) -> bool:
        """Whether the worker that began then has told of itself, which it does once it is warm."""
        try:
            with Database.open(self._database) as database, database.reading() as session:
                return WorkerRepository(session).heard_of(self.name, began)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("the database does not answer", problem=str(error))
            return False
