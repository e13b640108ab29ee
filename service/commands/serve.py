"""`chironomia serve` and `chironomia worker`."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from annotations.database import Database
    from service.draining_server import DrainingServer
    from service.settings import Settings
    from service.worker import Worker

Home = Annotated[Path | None, typer.Option(help="Folder of uploads, results, index, database.")]
Weights = Annotated[str | None, typer.Option(help="Weights folder or hub id.")]


def serve(
    home: Home = None,
    weights: Weights = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Worker processes; unset: one for every two cores, four at most."),
    ] = None,
    worker: Annotated[bool, typer.Option(help="Also run workers on this machine.")] = True,
) -> None:
    """Run the API and its workers on this machine until interrupted.

    Without a key (`chironomia keys add`) it listens on this machine's loopback address only. On
    SIGTERM or Ctrl-C it takes no new jobs and finishes those that run, for
    CHIRONOMIA_DRAIN_SECONDS; a second signal ends it at once.
    """
    from annotations.database import Database
    from service.commands.places import check_address
    from service.crew import Crew
    from service.logs import configure_logs
    from service.metrics.files import share_metrics
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights, host=host, port=port, workers=workers)
    check_address(settings.host, settings.port)
    configure_logs(settings)
    share_metrics(settings.home)
    # a signal before the server listens, or a second one, ends the process at once
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _exit)
    with Database.open(settings.database) as database:
        server = _server(settings, database)
        if not worker:
            server.run()
            return
        with Crew(settings, server.stop) as crew:
            server.finish = lambda: crew.leave(settings.drain_seconds)
            server.run()
        crew.raise_if_unusable()


def _server(settings: "Settings", database: "Database") -> "DrainingServer":
    """The API, ready to run; refuses to listen for everybody while nobody holds a key."""
    import uvicorn

    from service.app import create_app
    from service.drain import Drain
    from service.draining_server import CLOSE_SECONDS, DrainingServer
    from service.engine import prepare_engine
    from service.keys import KeyDesk

    KeyDesk(database).prepare(settings.host, settings.admin_key)
    prepare_engine(settings)
    drain = Drain()
    config = uvicorn.Config(
        create_app(settings, database, drain),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )
    return DrainingServer(config, drain)


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def worker(
    home: Home = None,
    weights: Weights = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes; of several GPUs each takes the next one.")
    ] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    place: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Run one or more workers against the database of the settings, on any machine.

    CHIRONOMIA_METRICS_PORT makes it tell its metrics and its health there. On SIGTERM it finishes
    what it runs, for CHIRONOMIA_DRAIN_SECONDS; a second signal ends it at once.
    """
    from annotations.database import Database
    from service.loading import device_of
    from service.logs import configure_logs
    from service.metrics.files import share_metrics
    from service.settings import settings_with

    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(0)
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    settings = settings_with(home=home, weights=weights, workers=workers)
    configure_logs(settings)
    if parent is None:
        share_metrics(settings.home)
        if (settings.workers or 1) > 1:
            keep_workers(settings, stop)
            return
    else:
        chosen = device_of(settings.device, place)
        settings = settings.model_copy(update={"device": chosen})
    with Database.open(settings.database, settings.worker_connections) as database:
        _work(settings, database, parent, stop)
    # a job in the middle must not be recorded as ended: it is taken up at the next start
    os._exit(0)


def keep_workers(settings: "Settings", stop: threading.Event) -> None:
    """Run several workers until told to stop, and tell of all of them together."""
    from annotations.database import Database
    from service.crew import Crew
    from service.metrics.registry import Metrics
    from service.worker_status import WorkerStatus

    with Database.open(settings.database) as database:
        # before any worker is started: the port may be taken
        status = WorkerStatus(settings, Metrics(), lambda: crew.is_ready(database))
        with Crew(settings, stop.set) as crew, status:
            stop.wait()
            crew.leave(settings.drain_seconds)
        crew.raise_if_unusable()


def _work(
    settings: "Settings", database: "Database", parent: int | None, stop: threading.Event
) -> None:
    """Run the worker; one of its own tells its metrics itself, one of a server through that."""
    from service.worker import Worker
    from service.worker_status import WorkerStatus

    worker = Worker(settings, database)
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent, worker, stop), daemon=True).start()
        worker.run(stop)
        return
    with WorkerStatus(settings, worker.metrics, lambda: worker.alive):
        worker.run(stop)


def _leave_with(parent: int, worker: "Worker", stop: threading.Event) -> None:
    """Stop when the process that started this one is gone, however it ended.

    Its successor takes up at once what runs here.
    """
    while os.getppid() == parent:
        if stop.wait(1.0):
            return
    worker.drain_seconds = 0.0
    stop.set()
