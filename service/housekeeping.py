"""What a worker does beside its jobs: hands on what is lost, writes index files, removes old ones.

In a thread of its own, so that none of it delays the signs of life.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from dbos import DBOSClient, error
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.worker_repository import WorkerRepository
from indexing.near_duplicates import AT_ONCE, compare_new
from service.queues import pace_batches
from service.settings import Settings
from service.snapshots import Snapshots
from service.storage import Storage
from service.sweep import SWEEP_SECONDS, sweep
from service.takeover import Takeover
from service.webhooks.delivery import Deliverer

COMPARING = "near duplicates"
"""Task that one worker at a time does."""
COMPARING_LASTS = timedelta(minutes=5)
"""Longer than a round takes."""
LOOK_SECONDS = 2.0
"""Between two rounds."""

_log = structlog.get_logger(__name__)


@dataclass
class Chore:
    """One step of the rounds, of every one or of one in a while."""

    name: str
    work: Callable[[], object]
    least_seconds: float = 0.0
    """Between two times that it is begun."""
    _begun: float = -math.inf

    def is_due(self) -> bool:
        """Whether its time has come; if so it counts as begun."""
        now = time.monotonic()
        due = now - self._begun >= self.least_seconds
        if due:
            self._begun = now
        return due


class Housekeeping:
    """The rounds of one worker."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        snapshots: Snapshots,
        deliverer: Deliverer,
        name: str,
    ) -> None:
        self._settings, self._database, self._name = settings, database, name
        self._snapshots, self._deliverer = snapshots, deliverer
        self._storage = Storage(settings.home)
        self._compared = -1
        """The live version after which nothing was left to compare."""

    def start(self, stop: threading.Event) -> None:
        """Begin; the engine must be up."""
        threading.Thread(target=self._go_rounds, args=(stop,), daemon=True).start()

    def chores(self, engine: DBOSClient, takeover: Takeover) -> tuple[Chore, ...]:
        """What every round is made of."""
        return (
            Chore("takeover", takeover.act),
            Chore("pace of batches", partial(pace_batches, engine)),
            Chore("index files", self._snapshots.write_files),
            Chore("old files", self._sweep, SWEEP_SECONDS),
            Chore("old deliveries", self._deliverer.forget_old, SWEEP_SECONDS),
            Chore(COMPARING, self._compare),
        )

    def go_round(self, chores: Sequence[Chore]) -> None:
        """Do what is due, each by itself: one that fails keeps none behind it from being done."""
        for chore in chores:
            if not chore.is_due():
                continue
            try:
                chore.work()
            except (OSError, SQLAlchemyError, error.DBOSException) as problem:
                self._warn(chore.name, problem)
            except Exception:
                # a bug of ours must not end the takeover of what others leave
                _log.exception("housekeeping failed", worker=self._name, chore=chore.name)

    def _go_rounds(self, stop: threading.Event) -> None:
        engine = DBOSClient(system_database_url=self._settings.jobs_database)
        takeover = Takeover(self._settings, self._database, engine, self._name)
        chores = self.chores(engine, takeover)
        while not stop.wait(LOOK_SECONDS):
            self.go_round(chores)
        try:
            takeover.leave()
        except SQLAlchemyError as problem:
            self._warn("leaving", problem)
        engine.destroy()

    def _warn(self, chore: str, problem: Exception) -> None:
        _log.warning("housekeeping", worker=self._name, chore=chore, problem=str(problem))

    def _compare(self) -> None:
        """Look for near duplicates of what is new in the live version, some at a time."""
        live = self._snapshots.last_live()
        if live is None or live.version == self._compared:
            return
        with self._database.session() as session:
            if not WorkerRepository(session).lease(COMPARING, self._name, COMPARING_LASTS):
                return
        embedder_id = live.snapshot.source.embedder.id
        if compare_new(self._database, embedder_id) < AT_ONCE:
            self._compared = live.version

    def _sweep(self) -> None:
        """Remove files past their time."""
        gone = sweep(self._storage, self._database, timedelta(days=self._settings.result_days))
        if gone:
            _log.info("removed what is past its time", worker=self._name, results_and_uploads=gone)
