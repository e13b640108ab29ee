"""The real API on a free port, without a worker."""

import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from annotations.database import Database
from service.app import create_app
from service.drain import Drain
from service.engine import prepare_engine
from service.settings import Settings

PATIENCE_SECONDS = 240.0
"""How long anything may take on a busy machine."""
STOP_SECONDS = 20.0
"""How long the API may take to stop, on a busy machine as well."""


@contextmanager
def served(settings: Settings, longest_head: int = 2**16) -> Iterator[httpx.Client]:
    """The real API of these settings on a free port, without a worker.

    ``longest_head`` is what address and headers of a request may have together.
    """
    with Database.open(settings.database) as database, socket.socket() as listening:
        prepare_engine(settings)
        listening.bind(("127.0.0.1", 0))
        drain = Drain()
        server = uvicorn.Server(_config(create_app(settings, database, drain), longest_head))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
                wait_until(lambda: server.started)
                yield client
        finally:
            # as `DrainingServer` ends: who waits for a job is let go
            drain.begin()
            server.should_exit = True
            thread.join(STOP_SECONDS)
            if thread.is_alive():
                raise AssertionError(f"the API did not stop in {STOP_SECONDS:.0f} s\n{stacks()}")


def _config(app: FastAPI, longest_head: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        ws="none",
        http="h11",
        h11_max_incomplete_event_size=longest_head,
        # a caller who left in the middle of a long poll must not hold the tests up
        timeout_graceful_shutdown=2,
    )


def wait_until(holds) -> None:
    """Wait patiently, and fail where it never comes true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def stacks() -> str:
    """Where every thread of this process stands."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    )
