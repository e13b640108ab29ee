"""Programs that save an index under trouble; run in a process of their own, as ``-m`` module.

Forking is safe there, as no thread has been started; so many writers cost one start of Python.
"""

import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from retrieval.index import FaissIndex
from retrieval.index_files import IndexNotSavedError
from tests.retrieval.entry_worlds import EMBEDDER, entries_of, random_rows, with_faiss

COUNTS = (300, 400)
LEAST_READS = 60
PATIENCE_SECONDS = 60.0
"""How long a busy machine may take until a reader has seen the saves of both writers."""


def with_little_room(folder: Path) -> None:
    """Save where files may not grow, and print what the error says."""
    index = with_faiss(entries_of(random_rows(4000, 9)), 6)
    for room in (0, 4096, 100_000):  # the last takes the vectors, not the entries
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        try:
            index.save(folder)
        except IndexNotSavedError as error:
            sys.stdout.write(f"{error}\n")


def killed_at_any_instant(folder: Path) -> None:
    """Kill a writer again and again; what it leaves must load each time."""
    rng = random.Random(0)
    indices = [with_faiss(entries_of(random_rows(count)), count) for count in COUNTS]
    for _ in range(40):
        writer = _forked(lambda: _save_for_ever(indices, folder))
        time.sleep(rng.uniform(0.001, 0.03))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        _check(folder)
    sys.stdout.write("whole\n")


def read_beside_two_writers(folder: Path) -> None:
    """Load while two others save, until both versions were seen; each load must be whole."""
    indices = [with_faiss(entries_of(random_rows(count)), count) for count in COUNTS]
    writers = [
        _forked(lambda order=order: _save_for_ever(indices[::order], folder)) for order in (1, -1)
    ]
    deadline = time.monotonic() + PATIENCE_SECONDS
    versions, reads = set(), 0
    while reads < LEAST_READS or (len(versions) < 2 and time.monotonic() < deadline):
        versions.add(_check(folder))
        reads += 1
    for writer in writers:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    sys.stdout.write(f"{len(versions)} versions\n")


def _forked(run: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        run()
    return child


def _save_for_ever(indices: list[FaissIndex], folder: Path) -> None:
    while True:
        for index in indices:
            index.save(folder)


def _check(folder: Path) -> int:
    index = FaissIndex.load(folder, EMBEDDER)
    assert index.version == len(index)
    return index.version


SAVERS = (with_little_room, killed_at_any_instant, read_beside_two_writers)

if __name__ == "__main__":
    {saver.__name__: saver for saver in SAVERS}[sys.argv[1]](Path(sys.argv[2]))
