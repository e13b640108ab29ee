"""What routes are given: the job desk, storage, settings and what is known of the workers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from annotations.worker_repository import LiveWorker, WorkerRepository
from service.jobs import JobDesk
from service.settings import Settings
from service.storage import Storage

WORKER_SILENCE = timedelta(seconds=15)
"""A worker that has not been heard of for so long counts as gone."""


@dataclass(frozen=True)
class Desk:
    """Everything the API holds; no networks among it."""

    settings: Settings
    storage: Storage
    jobs: JobDesk

    def live_worker(self) -> LiveWorker | None:
        """The worker that was heard of last, unless that is too long ago."""
        with self.jobs.database.reading() as session:
            return WorkerRepository(session).latest(datetime.now(UTC) - WORKER_SILENCE)

    def problems(self) -> list[str]:
        """What keeps the service from serving."""
        try:
            worker = self.live_worker()
        except SQLAlchemyError as error:
            return [f"the database does not answer: {error}"]
        return [] if worker else ["no worker is ready; start one with `chironomia worker`"]


def desk_of(request: Request) -> Desk:
    """The desk that `create_app` put on the application."""
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(desk_of)]
