"""Random entries, a plain scan to compare with, and both kinds of index."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from retrieval.entries import Entries
from retrieval.index import FaissIndex
from retrieval.likeness import likenesses
from retrieval.torch_index import TorchIndex
from retrieval.vector_index import Found, SearchFilter, VectorIndex

WIDTH = 6
LABELS = ("A.B", "A.B.C", "A.D", "iconic", "deictic")
RECORDINGS = ("monday", "tuesday", "friday")
EMBEDDER = "letters@1"
Indexer = Callable[[Entries, int], VectorIndex]


def with_faiss(entries: Entries, version: int = 0) -> FaissIndex:
    return FaissIndex.of(entries, EMBEDDER, version)


def with_torch(entries: Entries, version: int = 0) -> TorchIndex:
    return TorchIndex.of(entries, EMBEDDER, version)


@dataclass(frozen=True)
class Row:
    """An entry as a test writes it down."""

    id: int
    number: int
    label: str
    speaker: int
    recording: str
    vector: tuple[float, ...]


def entries_of(rows: "list[Row]", width: int = WIDTH) -> Entries:
    return Entries.of(
        [row.id for row in rows],
        [row.label for row in rows],
        np.array([row.vector for row in rows], dtype=np.float32).reshape(len(rows), width),
        numbers=[row.number for row in rows],
        speakers=[row.speaker for row in rows],
        recordings=[row.recording for row in rows],
    )


def random_row(entry: int, rng: np.random.Generator, rough: bool = False) -> Row:
    """A row; rough ones have few distinct numbers, so that likenesses tie."""
    vector = rng.integers(-1, 2, WIDTH) if rough else rng.normal(size=WIDTH)
    return Row(
        entry,
        int(rng.integers(1, 5)),
        str(rng.choice(LABELS)),
        int(rng.integers(0, 3)),
        str(rng.choice(RECORDINGS)),
        tuple(np.float32(vector).tolist()),
    )


def random_rows(count: int, seed: int = 0, rough: bool = False) -> list[Row]:
    rng = np.random.default_rng(seed)
    return [random_row(int(i) * 7 + 3, rng, rough) for i in rng.permutation(count)]


def allowed(rows: list[Row], wanted: SearchFilter) -> list[Row]:
    """The rows that a filter lets through, read off its definition."""
    return [
        row
        for row in rows
        if row.label in wanted.labels
        and row.id not in wanted.excluded
        and row.recording not in wanted.without_recordings
        and wanted.speaker in (None, row.speaker)
        and (wanted.beyond is None or not allowed([row], wanted.beyond))
    ]


def scanned(rows: list[Row], query: np.ndarray, wanted: SearchFilter, k: int) -> tuple[Found, ...]:
    """What a search must find: every allowed row scored, sorted by likeness and then id."""
    left = allowed(rows, wanted)
    vectors = np.array([row.vector for row in left], dtype=np.float32)
    scores = likenesses(query, vectors.reshape(len(left), len(query))).tolist()
    found = [Found(row.id, score) for row, score in zip(left, scores, strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.id))[: max(k, 0)])
