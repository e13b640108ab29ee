"""A batch: entries through a maker, several at once; one that fails does not stop the rest."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from service.batches.manifest import Entry
from service.batches.record import Line, Record
from service.errors import GestureError
from service.results import Json
from service.storage import sha256_of

PROVENANCE = "provenance.json"


class StoppedError(Exception):
    """The batch is to end before this entry has."""


class Maker(Protocol):
    """Whoever makes motion: the networks of this process, or a service."""

    @property
    def weights_id(self) -> str:
        """Of the weights that sample."""

    @property
    def index_version(self) -> int:
        """Of the index that is searched."""

    def make(self, entry: Entry, key: str, folder: Path, stop: threading.Event) -> Json:
        """Write the result files of an entry into a folder; returns their provenance."""


@dataclass(frozen=True)
class Counts:
    """How far a batch is."""

    done: int = 0
    failed: int = 0
    kept: int = 0
    """Done by an earlier run."""
    total: int = 0


class Turns:
    """One at a time for each name."""

    def __init__(self) -> None:
        self._known: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Hold the name."""
        with self._lock:
            turn = self._known.setdefault(name, threading.Lock())
        with turn:
            yield


@dataclass(frozen=True)
class Batch:
    """Where results go, and how many entries are worked on at once."""

    out: Path
    record: Record
    maker: Maker
    at_once: int
    retry_failed: bool = False
    turns: Turns = field(default_factory=Turns)
    """So that lines of the same content, worked on together, make it once."""

    def run(self, entries: Sequence[Entry], told: Callable[[Counts], None]) -> Counts:
        """Do what is not done yet; what failed before is left alone unless it is to be retried."""
        waiting, counts = self._waiting(entries)
        told(counts)
        stop = threading.Event()
        pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="batch")
        try:
            for line in self._lines(pool, waiting, stop):
                failed = int(line.state == "failed")
                counts = Counts(
                    counts.done + 1 - failed, counts.failed + failed, counts.kept, counts.total
                )
                told(counts)
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
        return counts

    def _waiting(self, entries: Sequence[Entry]) -> tuple[list[Entry], Counts]:
        """Entries that are still to be done, and what is known of the others."""
        waiting, kept, failed = [], 0, 0
        for entry in entries:
            known = self.record.of(entry.id, self._key(entry))
            if known is None or (known.state == "failed" and self.retry_failed):
                waiting.append(entry)
            elif known.state == "failed":
                failed += 1
            elif self._intact(known):
                kept += 1
            else:
                waiting.append(entry)
        return waiting, Counts(0, failed, kept, len(entries))

    def _lines(
        self, pool: ThreadPoolExecutor, waiting: Sequence[Entry], stop: threading.Event
    ) -> Iterator[Line]:
        """Lines of entries as they end; no more are begun than are worked on."""
        left = iter(waiting)
        running: set[Future[Line]] = set()
        while True:
            while len(running) < self.at_once and (entry := next(left, None)) is not None:
                running.add(pool.submit(self._one, entry, stop))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for each in ended:
                yield each.result()

    def _one(self, entry: Entry, stop: threading.Event) -> Line:
        """Make one entry, and record what became of it."""
        started, key = time.monotonic(), self._key(entry)
        known = self.record.of(entry.id, key)
        tries = 1 if known is None else known.tries + 1
        try:
            folder = self._made(entry, key, f"{key}-{tries}", stop)
        except GestureError as error:
            line = Line(entry.id, key, "failed", error=error.as_json(), tries=tries)
        except (StoppedError, OSError):
            # a full disk or a lost server is no property of the entry
            raise
        except Exception as error:
            line = Line(entry.id, key, "failed", error=_told(error), tries=tries)
        else:
            made = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
            line = Line(
                entry.id,
                key,
                "succeeded",
                folder=folder.relative_to(self.out).as_posix(),
                files={path.name: sha256_of(path) for path in sorted(folder.iterdir())},
                seconds=made.get("seconds"),
                wall_seconds=round(time.monotonic() - started, 3),
                tries=tries,
            )
        self.record.add(line)
        return line

    def _made(self, entry: Entry, key: str, attempt: str, stop: threading.Event) -> Path:
        """The folder of a result, which appears whole; one that is there is that result."""
        folder = self.folder(key)
        with self.turns.of(key):
            if not (folder / PROVENANCE).is_file():
                with _aside(folder) as beside:
                    made = self.maker.make(entry, attempt, beside, stop)
                    (beside / PROVENANCE).write_text(json.dumps(made), encoding="utf-8")
        return folder

    def _intact(self, line: Line) -> bool:
        """Whether the files that a line names are there."""
        return all((self.out / (line.folder or "") / name).is_file() for name in line.files or {})

    def _key(self, entry: Entry) -> str:
        return entry.key(self.maker.weights_id, self.maker.index_version)

    def folder(self, key: str) -> Path:
        """Where a result lies."""
        return self.out / key[:2] / key


def _told(error: Exception) -> Json:
    """What a service tells of the same failure; of a bug its name alone, as there is no log."""
    # with torch, which a batch that a service does never needs
    from service.failures import failure_of

    told = failure_of(error)
    if told["code"] != "unexpected":
        return told
    return GestureError("unexpected", f"{type(error).__name__}: {error}").as_json()


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder to write into, which becomes ``folder`` at the end unless that is there by then."""
    name = f".{folder.name}.{os.getpid()}.{threading.get_ident()}"
    beside = folder.with_name(name)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        try:
            beside.rename(folder)
        except OSError:
            # another process made the same content, and was faster
            if not (folder / PROVENANCE).is_file():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
