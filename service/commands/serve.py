"""`chironomia serve` and `chironomia worker`."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="Folder of uploads, results, index, database.")]
Weights = Annotated[str | None, typer.Option(help="Weights folder or hub id.")]


def serve(
    home: Home = None,
    weights: Weights = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    worker: Annotated[bool, typer.Option(help="Also run a worker on this machine.")] = True,
) -> None:
    """Run the API and one worker on this machine until interrupted.

    Without a key (`chironomia keys add`) it listens on this machine's loopback address only.
    """
    import uvicorn

    from annotations.database import Database
    from service.app import create_app
    from service.engine import prepare_engine
    from service.keys import KeyDesk
    from service.logs import configure_logs
    from service.settings import settings_with
    from service.supervisor import Supervisor

    settings = settings_with(home=home, weights=weights, host=host, port=port)
    configure_logs(settings)
    with Database.open(settings.database) as database:
        KeyDesk(database).prepare(settings.host, settings.admin_key)
        prepare_engine(settings)
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(settings, database),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
            )
        )

        def give_up() -> None:
            server.should_exit = True

        # the server passes a signal on once it has shut down; the worker is to be stopped after it
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, _exit)
        if not worker:
            server.run()
            return
        with Supervisor(settings, give_up) as supervisor:
            server.run()
        supervisor.raise_if_unusable()


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def worker(
    home: Home = None,
    weights: Weights = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run one worker against the database of the settings; start as many as there are machines."""
    from annotations.database import Database
    from service.logs import configure_logs
    from service.settings import settings_with
    from service.worker import Worker

    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    settings = settings_with(home=home, weights=weights)
    configure_logs(settings)
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent, stop), daemon=True).start()
    with Database.open(settings.database) as database:
        Worker(settings, database).run(stop)
    # a job in the middle must not be recorded as ended: it is taken up at the next start
    os._exit(0)


def _leave_with(parent: int, stop: threading.Event) -> None:
    """Stop when the process that started this one is gone, however it ended."""
    while os.getppid() == parent:
        if stop.wait(1.0):
            return
    stop.set()
