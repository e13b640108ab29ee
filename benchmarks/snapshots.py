"""The index between SQL and memory: rebuild, open, edit to visible, memory, at a given size.

    OMP_NUM_THREADS=1 python benchmarks/snapshots.py [--exemplars 100000] [--edits 40] [--url URL]

``--url`` is an empty Postgres database; without it the rows lie in SQLite.

Rows are made through the repository, as a build makes them; sentence vectors are random but of the
real width, so that an entry is as large as a real one. Times stand as ratios to a baseline within
the same run, with seconds beside them: reading all stored vectors with the bare driver for the
rebuild, reading and hashing the index files for opening, one bare commit of one row for an edit.

Expected before measuring, at 100000 exemplars: rebuild from SQL within 5 times the bare reading
and under 30 s; opening from files within 4 times reading and hashing them (SQL must be asked what
it holds, too); from the edit to an answer that shows it under 100 ms at the median, most of it the
edit's own transaction; memory within 1.3 times the vectors.
"""

import argparse
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from annotations.curation import Curation
from annotations.curation_records import Change, Relabel, Retime, Reword
from annotations.database import Database
from annotations.records import CutExemplar, CutWindow, StoredRecording
from annotations.repository import Repository
from annotations.types import DiscourseRelation, GestureLabel, GestureType, Prominence, Window
from indexing.entries import embed_missing
from indexing.snapshot import IndexSource, Snapshot
from retrieval.vector_index import SearchFilter
from speech.transcript import Interval

Answer = TypeVar("Answer")

EXEMPLARS_A_WINDOW = 3
WINDOWS_A_RECORDING = 20
SENSES = (
    "Contingency.Cause.Reason",
    "Contingency.Cause.Result",
    "Comparison.Contrast",
    "Comparison.Concession",
    "Expansion.Conjunction",
    "Temporal.Synchronous",
)
SYLLABLES = ("ka", "ro", "mi", "ten", "sul", "vor", "be", "lin", "da", "phe")


@dataclass(frozen=True)
class HashEmbedder:
    """Random unit vectors that depend on the text alone."""

    id: str = "hash@1"
    width: int = 384

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text."""
        seeds = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
        rows = [
            np.random.default_rng(int.from_bytes(each, "little")).standard_normal(
                self.width, dtype=np.float32
            )
            for each in seeds
        ]
        stacked = np.stack(rows) if rows else np.zeros((0, self.width), dtype=np.float32)
        return stacked / np.linalg.norm(stacked, axis=1, keepdims=True).clip(1e-9)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exemplars", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--url", help="an empty Postgres database")
    parser.add_argument("--keep", type=Path, help="folder to make the rows in, and to use again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with Database.open(asked.url or f"sqlite:///{folder / 'bench.db'}") as database:
            source = IndexSource(database, folder / "index", HashEmbedder())
            _filled(database, asked.exemplars)
            _measured(source, asked.edits)


def _measured(source: IndexSource, edits: int) -> None:
    bare, stored = _timed(lambda: _bare_reading(source.database))
    before = _megabytes()
    rebuilt, snapshot = _timed(lambda: _rebuilt(source))
    count, width = len(snapshot.index), snapshot.index.width
    _say(f"{count} exemplars, {width} numbers a vector, {stored / 1e6:.0f} MB of vectors")
    _say(
        f"memory: {1e6 * (_megabytes() - before) / count:.0f} bytes an exemplar, {4 * width} of "
        "them its vector (the most that was ever in use lies above, rebuilding)"
    )
    _tell("rebuild from SQL", rebuilt, "bare reading of the vectors", bare)
    saving, snapshot = _timed(snapshot.with_files)
    hashing, _ = _timed(lambda: _hashed(source.folder))
    opening, snapshot = _timed(source.open)
    _tell("open from files", opening, "reading and hashing the files", hashing)
    _tell("write the files", saving, "reading and hashing the files", hashing)
    _edited(source, snapshot, edits)
    reopening, _ = _timed(source.open)
    _tell(f"open from files and {edits} edits", reopening, "reading and hashing the files", hashing)


def _edited(source: IndexSource, snapshot: Snapshot, edits: int) -> None:
    """Edits, one after the other, each until an answer shows it."""
    rng = random.Random(0)
    asked = np.ones(snapshot.index.width, dtype=np.float32)
    commit = statistics.median(
        _timed(lambda: _bare_commit(source.database))[0] for _ in range(edits)
    )
    times: dict[str, list[float]] = {"edit": [], "refresh": [], "search": [], "load exemplars": []}
    for _ in range(edits):
        taken, snapshot = _one_edit(source, snapshot, rng, asked)
        for name, seconds in zip(times, taken, strict=True):
            times[name].append(seconds)
    whole = [sum(parts) for parts in zip(times["edit"], times["refresh"], strict=True)]
    _tell("edit to visible, median", statistics.median(whole), "a bare commit", commit)
    _tell("edit to visible, slowest", max(whole), "a bare commit", commit)
    for name, taken in times.items():
        _tell(f"  {name}, median", statistics.median(taken), "a bare commit", commit)


def _one_edit(
    source: IndexSource, before: Snapshot, rng: random.Random, asked: np.ndarray
) -> tuple[tuple[float, float, float, float], Snapshot]:
    labels = (rng.choice(SENSES),)
    edit, version = _timed(lambda: _edit(source.database, rng, before))
    refresh, after = _timed(lambda: before.refreshed(version))
    search, found = _timed(lambda: after.index.search(asked, SearchFilter(labels), 60))
    load, _ = _timed(lambda: after.exemplars.of([each.id for each in found]))
    return (edit, refresh, search, load), after


def _edit(database: Database, rng: random.Random, snapshot: Snapshot) -> int:
    exemplar = int(rng.choice(snapshot.index.ids.tolist()[:5000]))
    start = rng.uniform(0.0, 9.0)
    is_relation = snapshot.index.label_of(exemplar) in SENSES
    label = rng.choice(SENSES) if is_relation else rng.choice(("iconic", "deictic"))
    edit = rng.choice((Relabel(label), Reword(_word(rng)), Retime(start, start + 0.4)))
    with database.session() as session:
        outcome = Curation(session, "bench").apply([Change(exemplar, edit)])
    return snapshot.version if outcome.version is None else outcome.version


def _filled(database: Database, count: int) -> None:
    """Recordings until there are so many exemplars, with their vectors."""
    recordings = -(-count // (EXEMPLARS_A_WINDOW * WINDOWS_A_RECORDING))
    with database.reading() as session:
        known = len(Repository(session).recordings())
    seconds, _ = _timed(
        lambda: [cut_recording(database, number) for number in range(known, recordings)]
    )
    if known < recordings:
        _say(f"rows of {recordings - known} recordings: {seconds:.1f} s")
    with database.reading() as session:
        repository = Repository(session)
        version = repository.versions.head()
        pairs = repository.indexed_at(version).pairs
    embedding, made = _timed(lambda: embed_missing(database, pairs, version, HashEmbedder()))
    if made:
        _say(f"{made} vectors embedded (by a stand-in) and stored: {embedding:.1f} s")


def cut_recording(database: Database, number: int) -> None:
    """One made recording with its windows and exemplars."""
    rng, speaker = random.Random(number), number % 25
    name = f"{speaker + 1}_bench_0_{number}_{number}"
    stored = StoredRecording(
        name, "/nowhere", speaker, f"speaker{speaker}", "train", {}, 200.0, "made", True
    )
    windows = [_window(name, speaker, 10.0 * place, rng) for place in range(WINDOWS_A_RECORDING)]
    with database.session() as session:
        repository = Repository(session)
        repository.put_recording(stored)
        repository.cut(name, "made", windows)


def _window(name: str, speaker: int, start: float, rng: random.Random) -> CutWindow:
    """Twenty-four words as are spoken in ten seconds, three of them annotated."""
    words = [_word(rng) for _ in range(24)]
    times = [Interval(round(0.4 * i, 3), round(0.4 * i + 0.3, 3)) for i in range(24)]
    one, two, three = sorted(rng.sample(range(24), EXEMPLARS_A_WINDOW))
    relation = DiscourseRelation(
        *(words[one], rng.choice(SENSES), Interval(0.0, 9.5), times[one]),
        *(" ".join(words[:one]), " ".join(words[one + 1 :]), (one,)),
    )
    kinds = (GestureType.ICONIC, GestureType.DEICTIC)
    gestures = tuple(
        GestureLabel(rng.choice(kinds), words[i], times[i], (i,)) for i in (two, three)
    )
    prominences = tuple(
        Prominence(word, interval, round(rng.uniform(0, 3), 3))
        for word, interval in zip(words, times, strict=True)
    )
    window = Window(name, speaker, start, " ".join(words), (relation,), gestures, prominences)
    cuts = tuple(CutExemplar(each, 1.0, each.focus.start) for each in (relation, *gestures))
    return CutWindow(window, cuts)


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randint(1, 3)))


def _rebuilt(source: IndexSource) -> Snapshot:
    with source.database.reading() as session:
        rows = Repository(session).indexed_at()
    return source.from_sql(source.resolve(), rows)


def _bare_reading(database: Database) -> int:
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT vector FROM embeddings")
        return sum(len(row[0]) for row in cursor.fetchall())


def _bare_commit(database: Database) -> None:
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE IF NOT EXISTS bench (x REAL)")
        cursor.execute(f"INSERT INTO bench VALUES ({time.time()})")
        connection.commit()


def _hashed(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


def _timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def _megabytes() -> float:
    """Memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _tell(name: str, seconds: float, baseline: str, unit: float) -> None:
    _say(f"{name:32} {seconds / unit:7.2f} x {baseline} {1000 * seconds:10.1f} ms")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
