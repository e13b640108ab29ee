"""The durable engine, DBOS: its tables, and our one workflow of one step."""

import socket
from collections.abc import Callable

from dbos import DBOS, DBOSConfig

from service.jobs import APPLICATION_VERSION, QUEUE, WORKFLOW
from service.settings import Settings

POLL_SECONDS = 0.1
STEP_ATTEMPTS = 8
"""With waits of 1, 2, 4, ... seconds between them: two minutes until a job is given up."""


def prepare_engine(settings: Settings) -> None:
    """Create or upgrade the engine's tables, so that jobs are taken before any worker is up."""
    settings.home.mkdir(parents=True, exist_ok=True)
    DBOS.migrate(system_database_url=settings.jobs_database)


def launch_engine(settings: Settings, run_job: Callable[[str], None]) -> None:
    """Register the workflow and listen to its queue, ``worker_jobs`` at a time.

    The engine keeps that number with the queue: the worker that started last sets it for all that
    share the database. The executor is named after the machine, so that a restarted worker finds
    the work that it left unfinished.
    """

    # only a database that does not answer makes a step fail; everything else ends the job
    @DBOS.step(name="run_job", retries_allowed=True, max_attempts=STEP_ATTEMPTS)
    def step(job_id: str) -> None:
        run_job(job_id)

    @DBOS.workflow(name=WORKFLOW)
    def generate(job_id: str) -> None:
        step(job_id)

    config = DBOSConfig(
        name="chironomia",
        system_database_url=settings.jobs_database,
        executor_id=socket.gethostname(),
        application_version=APPLICATION_VERSION,
        log_level="WARNING",
    )
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(
        QUEUE, worker_concurrency=settings.worker_jobs, polling_interval_sec=POLL_SECONDS
    )


def leave_engine() -> None:
    """Stop taking jobs."""
    DBOS.destroy()
