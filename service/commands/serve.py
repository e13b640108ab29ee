"""`chironomia serve` and `chironomia worker`."""

import multiprocessing
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from service.settings import Settings, settings_with

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

Home = Annotated[Path | None, typer.Option(help="Folder of uploads, results, index, database.")]
Weights = Annotated[str | None, typer.Option(help="Weights folder or hub id.")]


def serve(
    home: Home = None,
    weights: Weights = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run the API and one worker on this machine until interrupted."""
    import uvicorn

    from annotations.database import Database
    from service.app import create_app
    from service.engine import prepare_engine

    settings = settings_with(home=home, weights=weights, host=host, port=port)
    with Database.open(settings.database) as database:
        prepare_engine(settings)
        running = _spawn_worker(settings)
        try:
            uvicorn.run(
                create_app(settings, database),
                host=settings.host,
                port=settings.port,
                log_level="warning",
            )
        finally:
            running.terminate()
            running.join(timeout=10)


def worker(home: Home = None, weights: Weights = None) -> None:
    """Run one worker against the database of the settings; start as many as there are machines."""
    settings = settings_with(home=home, weights=weights)
    run_worker(settings.model_dump())


def _spawn_worker(settings: Settings) -> "SpawnProcess":
    """A worker in a process of its own; spawned, for a fork would hang in the networks' threads."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run_worker, args=(settings.model_dump(),), daemon=True)
    process.start()
    return process


def run_worker(settings: dict[str, object]) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    from annotations.database import Database
    from service.worker import Worker

    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    checked = Settings.model_validate(settings)
    with Database.open(checked.database) as database:
        Worker(checked, database).run(stop)
