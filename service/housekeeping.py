"""What a worker does beside its jobs: hands on what is lost, writes index files, removes old ones.

In a thread of its own, so that none of it delays the signs of life.
"""

import threading
import time
from datetime import timedelta

import structlog
from dbos import DBOSClient, error
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.worker_repository import WorkerRepository
from indexing.near_duplicates import AT_ONCE, compare_new
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
        self._swept = -SWEEP_SECONDS
        self._compared = -1
        """The live version after which nothing was left to compare."""

    def start(self, stop: threading.Event) -> None:
        """Begin; the engine must be up."""
        threading.Thread(target=self._go_round, args=(stop,), daemon=True).start()

    def _go_round(self, stop: threading.Event) -> None:
        engine = DBOSClient(system_database_url=self._settings.jobs_database)
        takeover = Takeover(self._settings, self._database, engine, self._name)
        while not stop.wait(LOOK_SECONDS):
            try:
                takeover.act()
                self._snapshots.write_files()
                self._sweep()
                self._compare()
            except (OSError, SQLAlchemyError, error.DBOSException) as problem:
                _log.warning("housekeeping", worker=self._name, problem=str(problem))
        try:
            takeover.leave()
        except SQLAlchemyError as problem:
            _log.warning("housekeeping", worker=self._name, problem=str(problem))
        engine.destroy()

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
        """Remove files past their time, once in a while."""
        now = time.monotonic()
        if now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        gone = sweep(self._storage, self._database, timedelta(days=self._settings.result_days))
        self._deliverer.forget_old()
        if gone:
            _log.info("removed what is past its time", worker=self._name, results_and_uploads=gone)
