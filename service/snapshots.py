"""The index versions that a worker answers from: opened once, then carried from edit to edit."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.records import LIVE
from indexing.snapshot import CHANGES_IN_MEMORY, Snapshot
from service.errors import UnavailableError
from service.generator import Generator
from service.loading import Loader

KEPT = 3
"""Versions that stay open; they share all that they have in common."""
PATIENCE_SECONDS = 30.0
"""Until a live version that could not be opened, or files that could not be written, are tried
again."""
LOOK_SECONDS = 2.0
"""Between two looks whether another version is live."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Opened:
    """One index version and the main path over it; immutable, so that a job keeps its own."""

    snapshot: Snapshot
    generator: Generator

    @property
    def version(self) -> int:
        """The index version."""
        return self.snapshot.version


class Snapshots:
    """Opened index versions; safe among threads."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._opened: OrderedDict[int, Opened] = OrderedDict()
        self._lock = threading.Lock()
        self._live: Opened | None = None
        self._refused: tuple[int, float] | None = None
        """A live version that could not be opened, and when."""
        self._written_at = 0.0

    def live(self) -> Opened:
        """The version that the tag ``live`` means at this moment: one query where it has not moved.

        A new version that cannot be used leaves the one before in service.
        """
        with self._lock:
            version = self._loader.resolve(LIVE)
            if self._live is not None and self._gave_up(version):
                return self._live
            try:
                self._live = self._at(version)
            except (UnavailableError, SQLAlchemyError) as error:
                if self._live is None:
                    raise
                _log.error(
                    "index version not taken; the one before stays in service",
                    version=version,
                    stays=self._live.version,
                    problem=str(error),
                )
                self._refused = (version, time.monotonic())
            return self._live

    def at(self, name: str | int) -> Opened:
        """The version that a tag or a number means."""
        if name == LIVE:
            return self.live()
        with self._lock:
            return self._at(self._loader.resolve(name))

    def last_live(self) -> Opened | None:
        """What was live when somebody last looked: all its exemplars have their vectors."""
        return self._live

    def follow(self, stop: threading.Event) -> None:
        """Look for another live version again and again, in a thread of its own."""
        threading.Thread(target=self._follow, args=(stop,), daemon=True).start()

    def _follow(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                self.live()
            except SQLAlchemyError as error:
                _log.warning("no look for versions: no answer", problem=str(error))
            except Exception:
                # a bug of ours must not keep the versions behind from being taken
                _log.exception("no look for versions")

    def write_files(self) -> None:
        """Write the live version to files where much has changed since the last time.

        The next process starts from them. For a thread that does not generate.
        """
        live = self._live
        now = time.monotonic()
        if live is None or live.snapshot.changes <= CHANGES_IN_MEMORY:
            return
        if now - self._written_at < PATIENCE_SECONDS:
            return
        self._written_at = now
        snapshot = live.snapshot.with_files()
        with self._lock:
            if self._live is live:
                self._live = replace(live, snapshot=snapshot)
                self._opened[live.version] = self._live

    def _gave_up(self, version: int) -> bool:
        if self._refused is None or self._refused[0] != version:
            return False
        return time.monotonic() - self._refused[1] < PATIENCE_SECONDS

    def _at(self, version: int) -> Opened:
        known = self._opened.get(version)
        if known is None:
            known = self._opened[version] = self._open(version)
        self._opened.move_to_end(version)
        while len(self._opened) > KEPT:
            self._opened.popitem(last=False)
        return known

    def _open(self, version: int) -> Opened:
        """From the nearest open version, else from files."""
        if not self._opened:
            snapshot = self._loader.snapshot(version)
        else:
            nearest = min(self._opened, key=lambda each: abs(each - version))
            snapshot = self._loader.refreshed(self._opened[nearest].snapshot, version)
        return Opened(snapshot, self._loader.generator(snapshot))
