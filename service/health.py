"""Whether the service can serve, and what keeps it from that."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.worker_repository import LiveWorker, WorkerRepository
from service.drain import Drain

WORKER_SILENCE = timedelta(seconds=15)
"""A worker that has not been heard of for so long counts as gone."""
NO_WORKER = "no worker is ready; start one with `chironomia worker`"
DRAINING = "this server is about to stop and takes no new work"


def live_worker(database: Database) -> LiveWorker | None:
    """The worker that takes jobs and was heard of last, unless that is too long ago."""
    with database.reading() as session:
        return WorkerRepository(session).latest(datetime.now(UTC) - WORKER_SILENCE)


def problems(database: Database, drain: Drain) -> list[str]:
    """What keeps the service from serving.

    A worker is heard of only once weights and index are loaded and it has generated with them.
    """
    if drain.begun:
        return [DRAINING]
    try:
        worker = live_worker(database)
    except SQLAlchemyError as error:
        return [f"the database does not answer: {type(error).__name__}"]
    return [] if worker else [NO_WORKER]
