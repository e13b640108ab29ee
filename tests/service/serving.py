"""The real API on a free port, without a worker."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from annotations.database import Database
from service.app import create_app
from service.engine import prepare_engine
from service.settings import Settings

PATIENCE_SECONDS = 240.0
"""How long anything may take on a busy machine."""


@contextmanager
def served(settings: Settings, longest_head: int = 2**16) -> Iterator[httpx.Client]:
    """The real API of these settings on a free port, without a worker.

    ``longest_head`` is what address and headers of a request may have together.
    """
    with Database.open(settings.database) as database, socket.socket() as listening:
        prepare_engine(settings)
        listening.bind(("127.0.0.1", 0))
        app = create_app(settings, database)
        server = uvicorn.Server(_config(app, longest_head))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
                wait_until(lambda: server.started)
                yield client
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


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
