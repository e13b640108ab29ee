"""Keeps one worker process alive beside the API."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from service.errors import UnavailableError
from service.settings import Settings, environment_of

UNUSABLE = 2
"""Exit status of a worker that told in one line why it cannot start."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses between restarts double from the first to the longest."""
LEAVE_SECONDS = 10.0
"""How long a worker may take to stop."""

_log = structlog.get_logger(__name__)


class Supervisor:
    """Starts a worker, starts it again when it dies, and gives up where it cannot work at all."""

    def __init__(self, settings: Settings, give_up: Callable[[], None]) -> None:
        """``give_up`` is called once, when the worker says that it cannot start."""
        self._environment = os.environ | environment_of(settings)
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
        self._leaving.set()
        self._process.terminate()
        self._thread.join(LEAVE_SECONDS)
        if self._process.poll() is None:
            self._process.kill()

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
        return subprocess.Popen(command, env=self._environment)

    def _watch(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while (status := self._process.wait()) is not None and not self._leaving.is_set():
            if status == UNUSABLE:
                self._unusable = True
                self._give_up()
                return
            _log.error("the worker died; starting another", exit_status=status, pause=pause)
            if self._leaving.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._process = self._started()
