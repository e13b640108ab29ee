"""The durable engine, DBOS: its tables, and our one workflow, whose steps are parts of a long talk.

A short job has no steps: what it does twice, after the death of its worker, is all it does. The
batches of windows of a long talk are a step each (`service.kept_windows`).
"""

import math
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import BUSY_SECONDS, keep_write_ahead_log
from service.queues import (
    APPLICATION_VERSION,
    POLL_SECONDS,
    QUEUES,
    WORKFLOW,
    jobs_at_once,
)
from service.settings import Settings

TRIES = 8
"""With waits of 1, 2, 4, ... seconds between them: two minutes until a job is given up."""
Durably = Callable[[Callable[[], None]], None]
"""Does a piece of work as one step: not again, once it is recorded."""

_log = structlog.get_logger(__name__)


def prepare_engine(settings: Settings) -> None:
    """Create or upgrade the engine's tables, so that jobs are taken before any worker is up.

    Queues are registered as well: workers of an earlier release then take from those that are new.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    _keep_readers_from_holding_up_writers(settings.jobs_database)
    DBOS.migrate(system_database_url=settings.jobs_database)
    engine, at_once = DBOSClient(system_database_url=settings.jobs_database), jobs_at_once(settings)
    for queue in QUEUES:
        engine.register_queue(
            queue,
            worker_concurrency=at_once[queue],
            polling_interval_sec=POLL_SECONDS[queue],
            on_conflict="never_update",
        )
    engine.destroy()


def _keep_readers_from_holding_up_writers(database: str) -> None:
    """A process that is paused while it reads would stop every other that writes, without it."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(url.database or "", timeout=BUSY_SECONDS)) as connection:
            keep_write_ahead_log(connection)


def launch_engine(settings: Settings, name: str, run_job: Callable[[str, Durably], None]) -> None:
    """Register the workflow and listen to its queues (`service.queues`).

    The engine keeps the number of jobs at once with each queue: the worker that started last sets
    it for all that share the database. What an executor of this ``name`` left unfinished is taken
    up at once; that of others is `service.takeover`'s.
    """

    @DBOS.step(name="windows")
    def step(work: Callable[[], None]) -> None:
        work()

    @DBOS.workflow(name=WORKFLOW)
    def generate(job_id: str) -> None:
        _patiently(lambda: run_job(job_id, step))

    config = DBOSConfig(
        name="chironomia",
        system_database_url=settings.jobs_database,
        executor_id=name,
        application_version=APPLICATION_VERSION,
        log_level="WARNING",
    )
    DBOS(config=config)
    DBOS.launch()
    for queue, jobs in jobs_at_once(settings).items():
        interval = POLL_SECONDS[queue]
        DBOS.register_queue(queue, worker_concurrency=jobs, polling_interval_sec=interval)


def _patiently(work: Callable[[], None]) -> None:
    """Do it again while the database does not answer; everything else ends the job."""
    for wait in (2.0**tried for tried in range(TRIES - 1)):
        try:
            work()
        except SQLAlchemyError as error:
            _log.warning("the database does not answer a job", again_in=wait, problem=str(error))
            time.sleep(wait)
        else:
            return
    work()


def leave_engine(patience_seconds: float = 0.0) -> None:
    """Take no more jobs; wait so long for those that run.

    The engine looks once a second, from the first second on: no patience, no wait.
    """
    DBOS.destroy(workflow_completion_timeout_sec=math.ceil(patience_seconds))
