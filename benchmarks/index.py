"""What the index costs, beside a plain numpy scan and a plain Python scan of the same entries.

    OMP_NUM_THREADS=1 python benchmarks/index.py [--million] [--searches 300] [--edits 300]

Entries are packed like real ones (sentence, word, speaker, prominence: 795 numbers) and spread over
40 labels as word frequencies are (the n-th label has 1/n of the first); queries ask for labels as
often as these occur. Figures are ratios within one run, with milliseconds beside them: searches
to the numpy scan, which multiplies everything and then leaves out what the filter bars; updates to
a rebuild. One core does all of it.

Expected before measuring, at 1e5: a filtered search within a tenth of the numpy scan and its p50
under 5 ms (1 ms); unfiltered within three quarters; the Python scan a hundred times slower than
the filtered search; an edit within a hundredth of a rebuild, under 3 ms; after some hundred edits
a search as fast as before within a fifth; save and load under a second each; under 3,300 bytes an
exemplar, 3,180 of them its vector; recall 1.0 exactly.
"""

import argparse
import gc
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from retrieval.entries import Entries
from retrieval.index import FaissIndex
from retrieval.torch_index import TorchIndex
from retrieval.vector_index import SearchFilter
from retrieval.vectors import SPEAKERS, EntryLayout, Weights

LABELS = tuple(f"label {number:02}" for number in range(40))
LAYOUT = EntryLayout(384)
K = 60
EMBEDDER = "random@1"
_BLOCK = 8192


@dataclass(frozen=True)
class Asked:
    """A query with the filter it is asked under."""

    vector: np.ndarray
    filter: SearchFilter


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="1e6 entries too: 12 GB of memory")
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--edits", type=int, default=300)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for count in (10_000, 100_000, *([1_000_000] if asked.million else [])):
        _measure(count, asked.searches, asked.edits)
        gc.collect()


def _measure(count: int, searches: int, edits: int) -> None:
    rng = np.random.default_rng(count)
    entries = _entries(np.arange(count), rng)
    began = time.perf_counter()
    index = FaissIndex.of(entries, EMBEDDER)
    rebuild = 1000 * (time.perf_counter() - began)
    _say(f"\n{count:,} entries of {index.width} numbers, k = {K}")
    queries = _queries(entries, rng, searches)
    scan = _search_figures(index, entries, queries)
    _recall(index, entries, queries[:100])
    _torch_figures(entries, queries, scan)
    del entries
    gc.collect()
    _edit_figures(index, queries, rng, (edits, rebuild))
    _file_figures(index)


def _search_figures(index: FaissIndex, entries: Entries, queries: list[Asked]) -> float:
    """Search in every way; milliseconds of the numpy scan."""
    scan = _p50(lambda asked: _numpy_scan(entries, asked), queries[:30])
    ways: dict[str, list[Asked]] = {
        "one label": queries,
        "one label, one speaker": [_with(q, speaker=3) for q in queries],
        "one label, 2 recordings and 50 ids barred": [_with(q, barred=True) for q in queries],
        "ten labels": [_with(q, labels=LABELS[5:15]) for q in queries[:100]],
        "one label by prominence alone": [_by_prominence(q) for q in queries[:100]],
        "every label": [_with(q, labels=LABELS) for q in queries[:50]],
    }
    _say(f"{'numpy scan of everything (baseline)':44} {1:8.3f} x {scan:9.3f} ms")
    for name, asked in ways.items():
        times = _times(lambda one: index.search(one.vector, one.filter, K), asked)
        p50, p95 = np.percentile(times, [50, 95])
        _say(f"{name:44} {p50 / scan:8.3f} x {p50:9.3f} ms, p95 {p95:.3f} ms")
    records = _Records.of(entries, 20_000)
    largest = [_with(q, labels=LABELS[:1]) for q in queries[:3]]
    python = _p50(records.scan, largest) * len(entries.ids) / len(records.vectors)
    _say(f"{'plain Python scan, the largest label':44} {python / scan:8.3f} x {python:9.3f} ms")
    return scan


def _torch_figures(entries: Entries, queries: list[Asked], scan: float) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    index = TorchIndex.of(entries, EMBEDDER, device=device)
    every = [_with(q, labels=LABELS) for q in queries[:50]]
    for name, asked in (("one label", queries), ("every label", every)):
        p50 = _p50(lambda one: index.search(one.vector, one.filter, K), asked)
        _say(f"{f'torch on {device}, {name}':44} {p50 / scan:8.3f} x {p50:9.3f} ms")


def _recall(index: FaissIndex, entries: Entries, queries: list[Asked]) -> None:
    """Share of the exact best, by products in float64, that search finds."""
    hits = wanted = 0
    for asked in queries:
        rows = np.flatnonzero(entries.label_codes == LABELS.index(asked.filter.labels[0]))
        exact = entries.vectors[rows].astype(np.float64) @ asked.vector.astype(np.float64)
        best = set(entries.ids[rows[np.argsort(-exact, kind="stable")[:K]]].tolist())
        found = {one.id for one in index.search(asked.vector, asked.filter, K)}
        hits, wanted = hits + len(best & found), wanted + len(best)
    _say(f"{'recall of the exact best':44} {hits / wanted:8.6f}")


def _edit_figures(
    index: FaissIndex, queries: list[Asked], rng: np.random.Generator, against: tuple[int, float]
) -> None:
    """One entry removed, one changed and one added an edit."""
    edits, rebuild = against
    before = _p50(lambda one: index.search(one.vector, one.filter, K), queries)
    later, times = index, []
    ids = rng.choice(len(index), 2 * edits, replace=False)
    for edit in range(edits):
        changed = _entries(np.sort([ids[2 * edit], len(index) + edit]), rng)
        began = time.perf_counter()
        later = later.updated([int(ids[2 * edit + 1])], changed, edit + 1)
        times.append(1000 * (time.perf_counter() - began))
    p50, worst = statistics.median(times), max(times)
    _say(f"{'rebuild from entries (baseline of edits)':44} {1:8.3f} x {rebuild:9.3f} ms")
    _say(f"{'update after one edit':44} {p50 / rebuild:8.5f} x {p50:9.3f} ms, worst {worst:.3f} ms")
    after = _p50(lambda one: later.search(one.vector, one.filter, K), queries)
    _say(f"{f'one label after {edits} edits':44} {after / before:8.3f} x {after:9.3f} ms")
    _say(f"{'parts after them':44} {len(later.parts):8}")


def _file_figures(index: FaissIndex) -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        index.save(Path(folder))
        saved = time.perf_counter()
        FaissIndex.load(Path(folder), EMBEDDER)
        _say(f"{'save':44} {saved - began:8.3f} s")
        _say(f"{'load':44} {time.perf_counter() - saved:8.3f} s")
        tracemalloc.start()
        loaded = FaissIndex.load(Path(folder), EMBEDDER)
        loaded.search(np.zeros(loaded.width, np.float32), SearchFilter(LABELS[-1:]), 1)
        loaded.updated([0], Entries.none(loaded.width), 1)
        bytes_each, most = (held / len(index) for held in tracemalloc.get_traced_memory())
        tracemalloc.stop()
        vector = 4 * index.width
        _say(f"{'memory per exemplar, loaded and ready':44} {bytes_each:8.0f} bytes")
        _say(f"{'    against its vector alone':44} {bytes_each / vector:8.3f} x {vector:9} bytes")
        _say(f"{'    at most while loading':44} {most / vector:8.3f} x")


@dataclass(frozen=True)
class _Records:
    """Entries as a plain program holds them."""

    labels: list[str]
    vectors: list[list[float]]

    @classmethod
    def of(cls, entries: Entries, count: int) -> "_Records":
        rows = np.arange(min(count, len(entries)))
        labels = [entries.labels[code] for code in entries.label_codes[rows]]
        return cls(labels, entries.vectors[rows].tolist())

    def scan(self, asked: Asked) -> list[tuple[float, int]]:
        query = asked.vector.tolist()
        scores = [
            (sum(q * v for q, v in zip(query, vector, strict=True)), row)
            for row, (label, vector) in enumerate(zip(self.labels, self.vectors, strict=True))
            if label in asked.filter.labels
        ]
        return sorted(scores, reverse=True)[:K]


def _numpy_scan(entries: Entries, asked: Asked) -> np.ndarray:
    products = entries.vectors @ asked.vector
    products[entries.label_codes != LABELS.index(asked.filter.labels[0])] = -np.inf
    near = np.argpartition(-products, K)[:K]
    return near[np.argsort(-products[near])]


def _entries(ids: np.ndarray, rng: np.random.Generator) -> Entries:
    """Entries like real ones: words that recur, sentences that a few entries share."""
    count = len(ids)
    words, sentences = np.random.default_rng(7), np.random.default_rng(8)
    known = _unit(words.normal(size=(3000, LAYOUT.width)))
    frequency = 1.0 / np.arange(1, len(known) + 1)
    vectors = np.empty((count, LAYOUT.total), dtype=np.float32)
    topics = _unit(sentences.normal(size=(200, LAYOUT.width)))
    for start in range(0, count, _BLOCK):
        rows = min(_BLOCK, count - start)
        near = topics[rng.integers(0, 200, rows)] + 0.05 * rng.normal(size=(rows, LAYOUT.width))
        vectors[start : start + rows] = LAYOUT.pack(
            _unit(near),
            known[rng.choice(len(known), rows, p=frequency / frequency.sum())],
            rng.integers(0, SPEAKERS, rows).tolist(),
            rng.uniform(0, 3, rows).tolist(),
        )
    shares = 1.0 / np.arange(1, len(LABELS) + 1)
    return Entries(
        ids.astype(np.int64),
        np.ones(count, np.int64),
        LABELS,
        rng.choice(len(LABELS), count, p=shares / shares.sum()).astype(np.int32),
        vectors[:, LAYOUT.speaker].argmax(axis=1).astype(np.int16),
        tuple(f"recording {number}" for number in range(200)),
        rng.integers(0, 200, count).astype(np.int32),
        vectors,
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    found: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found.astype(np.float32)


def _queries(entries: Entries, rng: np.random.Generator, count: int) -> list[Asked]:
    """Entries asked for again with other words around them."""
    rows = rng.choice(len(entries.ids), count)
    vectors = entries.vectors[rows] + 0.02 * rng.normal(size=(count, entries.width))
    return [
        Asked(
            LAYOUT.weighted(vector.astype(np.float32), Weights()),
            SearchFilter((LABELS[entries.label_codes[row]],)),
        )
        for row, vector in zip(rows, vectors, strict=True)
    ]


def _with(
    asked: Asked,
    labels: tuple[str, ...] | None = None,
    speaker: int | None = None,
    barred: bool = False,
) -> Asked:
    recordings = ("recording 3", "recording 4") if barred else ()
    excluded = frozenset(range(1000, 6000, 100)) if barred else frozenset()
    wanted = SearchFilter(labels or asked.filter.labels, excluded, recordings, speaker)
    return Asked(asked.vector, wanted)


def _by_prominence(asked: Asked) -> Asked:
    """A query that thousands of entries answer nearly alike."""
    vector = np.zeros_like(asked.vector)
    vector[LAYOUT.prominence] = asked.vector[LAYOUT.prominence]
    return Asked(vector, asked.filter)


def _times(search: Callable[[Asked], object], queries: list[Asked]) -> list[float]:
    """Milliseconds of each query, after a few to warm up."""
    for asked in queries[:5]:
        search(asked)
    return list(_each(search, queries))


def _each(search: Callable[[Asked], object], queries: list[Asked]) -> Iterator[float]:
    for asked in queries:
        began = time.perf_counter()
        search(asked)
        yield 1000 * (time.perf_counter() - began)


def _p50(search: Callable[[Asked], object], queries: list[Asked]) -> float:
    return statistics.median(_times(search, queries))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
