"""The workers that one command keeps on its machine, each a process of its own.

One process cannot use many cores: what is between the networks' products runs under Python's lock.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.worker_repository import WorkerRepository
from service.health import WORKER_SILENCE
from service.settings import Settings
from service.supervisor import Supervisor

CORES_OF_ONE, MOST = 2, 4
"""Cores that are worth a worker, and most workers, where the settings do not say how many."""

_log = structlog.get_logger(__name__)


def workers_of(settings: Settings, cores: int) -> int:
    """How many workers a server keeps on a machine with so many cores."""
    return settings.workers or max(1, min(MOST, cores // CORES_OF_ONE))


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew:
    """Starts all workers of one machine; they share its cores, and its GPUs in turn."""

    def __init__(self, settings: Settings, give_up: Callable[[], None]) -> None:
        """``give_up`` is called when one of them will never work: the others could not either."""
        cores = usable_cores()
        count = workers_of(settings, cores)
        # one alone is left what torch wants
        threads = max(1, cores // count) if count > 1 else 0
        self.members = [Supervisor(settings, give_up, place, threads) for place in range(count)]

    def __enter__(self) -> Self:
        for each in self.members:
            each.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave(0.0)

    def is_ready(self, database: Database) -> bool:
        """Whether all have told of themselves lately."""
        try:
            with database.reading() as session:
                heard = WorkerRepository(session).names(datetime.now(UTC) - WORKER_SILENCE)
        except SQLAlchemyError as error:
            _log.warning("the database does not answer", problem=str(error))
            return False
        return all(each.name in heard for each in self.members)

    def leave(self, patience_seconds: float) -> None:
        """Have all finish what they run, for so long; end those that take longer."""
        deadline = time.monotonic() + patience_seconds
        for each in self.members:
            each.tell_to_leave()
        for each in self.members:
            each.leave(max(0.0, deadline - time.monotonic()))

    def raise_if_unusable(self) -> None:
        """Raise `UnavailableError` where a worker could not start."""
        for each in self.members:
            each.raise_if_unusable()
