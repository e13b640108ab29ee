"""Blocks of entries that never change, and the part of one that a version still uses.

A segment keeps its entries by label, then id: the entries of a label lie side by side, so that
a search reads one stretch of memory. An edit adds a small segment and marks rows of others as
gone; segments merge when the newer has grown to half the older, so that there are few.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int64

from retrieval.entries import Entries, EntryFacts
from retrieval.vector_index import SearchFilter

Columns: TypeAlias = slice | Int64[np.ndarray, "column"]
EVERY = slice(None)
_BLOCK = 4096
"""Rows that are copied at a time."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Rows of a segment that lie side by side, and which of them count."""

    start: int
    stop: int
    allowed: Bool[np.ndarray, "row"] | None
    """Which of the rows count; ``None`` where all do."""
    count: int
    """How many do."""

    def without(self, others: "Sequence[Stretch]") -> "Stretch":
        """The rows that count here and in none of ``others``."""
        size = self.stop - self.start
        left = np.ones(size, bool) if self.allowed is None else self.allowed.copy()
        for other in others:
            start, stop = max(self.start, other.start), min(self.stop, other.stop)
            if start >= stop:
                continue
            within = slice(start - other.start, stop - other.start)
            taken = True if other.allowed is None else other.allowed[within]
            left[start - self.start : stop - self.start] &= np.logical_not(taken)
        count = int(np.count_nonzero(left))
        return Stretch(self.start, self.stop, None if count == size else left, count)


@dataclass(frozen=True, eq=False)
class Products:
    """Rows of a segment with their products, as rounded by whatever summed them."""

    rows: Int64[np.ndarray, "row"]
    values: Float32[np.ndarray, "row"]


class VectorStore(Protocol):
    """The vectors of a segment, wherever they lie, and their fast but rounded products."""

    def rows(
        self, rows: Int64[np.ndarray, "row"], columns: Columns = EVERY
    ) -> Float32[np.ndarray, "row column"]:
        """Some of the vectors, or some columns of them."""

    def longest(self) -> float:
        """No less than the Euclidean length of any vector, and hardly more."""

    def nearest(self, query: Float32[np.ndarray, "width"], stretch: Stretch, k: int) -> Products:
        """The ``k`` largest products of a stretch, in any order; ``k`` within its count."""

    def at_least(
        self, query: Float32[np.ndarray, "width"], stretch: Stretch, least: float
    ) -> Products:
        """Every product of a stretch that is not below ``least``."""


StoreMaker: TypeAlias = Callable[[Float32[np.ndarray, "entry width"]], VectorStore]
"""Takes vectors over: nobody writes to the array from then on."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Entries by label, then id."""

    facts: EntryFacts
    store: VectorStore

    def __post_init__(self) -> None:
        """Work out at once what the first search and the first edit would wait for."""
        _ = self.starts, self.ids, self.longest

    @classmethod
    def of(cls, entries: Entries, make: StoreMaker) -> "Segment":
        """Copy entries into the order of a segment."""
        order = segment_order(entries)
        return cls(entries.facts_at(order), make(entries.vectors[order]))

    def stored_by(self, make: StoreMaker) -> "Segment":
        """The same entries in a store of another kind."""
        return Segment(self.facts, make(self.store.rows(np.arange(len(self.facts)))))

    @cached_property
    def starts(self) -> Int64[np.ndarray, "label_and_one"]:
        """Where each label starts; one more for the end."""
        counts = np.bincount(self.facts.label_codes, minlength=len(self.facts.labels))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def by_id(self) -> Int64[np.ndarray, "entry"]:
        """Rows by rising id."""
        order: Int64[np.ndarray, entry] = np.argsort(self.facts.ids)
        return order

    @cached_property
    def ids(self) -> Int64[np.ndarray, "entry"]:
        """Ids, rising."""
        ids: Int64[np.ndarray, entry] = self.facts.ids[self.by_id]
        return ids

    @cached_property
    def longest(self) -> float:
        """No less than the Euclidean length of any vector."""
        return self.store.longest()

    def rows_of(self, ids: Int64[np.ndarray, "id"]) -> Int64[np.ndarray, "id"]:
        """Row of each id; -1 where the segment does not have it."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[places] == ids, self.by_id[places], -1)

    def label_runs(self, labels: Sequence[str]) -> list[tuple[int, int]]:
        """Stretches of rows that hold these labels, neighbours joined."""
        wanted = frozenset(labels)
        runs: list[tuple[int, int]] = []
        for code, name in enumerate(self.facts.labels):
            start, stop = int(self.starts[code]), int(self.starts[code + 1])
            if name not in wanted or start == stop:
                continue
            if runs and runs[-1][1] == start:
                start = runs.pop()[0]
            runs.append((start, stop))
        return runs


@dataclass(frozen=True, eq=False)
class Part:
    """A segment as one version of the index sees it."""

    segment: Segment
    alive: Bool[np.ndarray, "entry"] | None
    """Rows that are still entries; ``None`` where all are."""
    count: int
    """How many are."""

    @classmethod
    def whole(cls, segment: Segment) -> "Part":
        """All of a segment."""
        return cls(segment, None, len(segment.facts))

    @property
    def live_rows(self) -> Int64[np.ndarray, "live"]:
        """Rows that are still entries."""
        if self.alive is None:
            return np.arange(self.count, dtype=np.int64)
        return np.flatnonzero(self.alive)

    @property
    def live_ids(self) -> Int64[np.ndarray, "live"]:
        """Ids that are still entries, rising."""
        if self.alive is None:
            return self.segment.ids
        ids: Int64[np.ndarray, live] = self.segment.ids[self.alive[self.segment.by_id]]
        return ids

    def rows_of(self, ids: Int64[np.ndarray, "id"]) -> Int64[np.ndarray, "id"]:
        """Row of each id; -1 where it is no entry of this part."""
        rows = self.segment.rows_of(ids)
        if self.alive is None or not len(self.alive):
            return rows
        return np.where(self.alive[rows], rows, -1)

    def without(self, ids: Int64[np.ndarray, "id"]) -> "Part":
        """This part without some ids; itself where it has none of them."""
        rows = self.rows_of(ids)
        gone = rows[rows >= 0]
        if not len(gone):
            return self
        alive = np.ones(len(self.segment.facts), bool) if self.alive is None else self.alive.copy()
        alive[gone] = False
        return Part(self.segment, alive, self.count - len(gone))

    def stretches(self, wanted: SearchFilter) -> list[Stretch]:
        """What a search with this filter looks at."""
        runs = self.segment.label_runs(wanted.labels)
        excluded = self.segment.rows_of(wanted.excluded_ids) if runs else np.zeros(0, np.int64)
        found = [self._stretch(start, stop, wanted, excluded) for start, stop in runs]
        if wanted.beyond is not None:
            passed = self.stretches(wanted.beyond)
            found = [stretch.without(passed) for stretch in found]
        return [stretch for stretch in found if stretch.count]

    def _stretch(
        self, start: int, stop: int, wanted: SearchFilter, excluded: Int64[np.ndarray, "id"]
    ) -> Stretch:
        facts = self.segment.facts
        allowed = np.ones(stop - start, bool) if self.alive is None else self.alive[start:stop]
        if wanted.speaker is not None:
            allowed = allowed & (facts.speakers[start:stop] == wanted.speaker)
        codes = [
            facts.recording_code_of[name]
            for name in wanted.without_recordings
            if name in facts.recording_code_of
        ]
        if codes:
            kept = np.ones(len(facts.recordings), dtype=bool)
            kept[codes] = False
            allowed = allowed & kept[facts.recording_codes[start:stop]]
        barred = excluded[(excluded >= start) & (excluded < stop)]
        if len(barred):
            allowed = allowed.copy()
            allowed[barred - start] = False
        count = int(np.count_nonzero(allowed))
        return Stretch(start, stop, None if count == stop - start else allowed, count)


def segment_order(facts: EntryFacts) -> Int64[np.ndarray, "entry"]:
    """Rows by label, then id; names of labels are in sorted order."""
    order: Int64[np.ndarray, entry] = np.lexsort((facts.ids, facts.label_codes))
    return order


@dataclass(frozen=True, eq=False)
class Gathered:
    """The live entries of several parts in the order of one segment, vectors not yet copied."""

    parts: tuple[Part, ...]
    facts: EntryFacts
    part_of: Int64[np.ndarray, "entry"]
    """Part that each entry comes from."""
    rows: Int64[np.ndarray, "entry"]
    """Row of the part's segment that each entry comes from."""
    width: int

    @classmethod
    def of(cls, parts: Sequence[Part], width: int) -> "Gathered":
        """The live entries of parts that share no id."""
        live = [part.live_rows for part in parts]
        facts = EntryFacts.joined(
            [part.segment.facts.facts_at(rows) for part, rows in zip(parts, live, strict=True)]
        )
        order = segment_order(facts)
        part_of = np.repeat(np.arange(len(parts)), [len(rows) for rows in live])[order]
        rows = np.concatenate([np.zeros(0, np.int64), *live])[order]
        return cls(tuple(parts), facts.facts_at(order), part_of, rows, width)

    def vector_blocks(self) -> Iterator[Float32[np.ndarray, "row width"]]:
        """The vectors in order, some thousand rows at a time."""
        for start in range(0, len(self.rows), _BLOCK):
            rows = self.rows[start : start + _BLOCK]
            part_of = self.part_of[start : start + _BLOCK]
            block = np.empty((len(rows), self.width), dtype=np.float32)
            for number in np.unique(part_of):
                own = part_of == number
                block[own] = self.parts[number].segment.store.rows(rows[own])
            yield block

    def segment(self, make: StoreMaker) -> Segment:
        """One segment of all of them."""
        vectors = np.empty((len(self.rows), self.width), dtype=np.float32)
        start = 0
        for block in self.vector_blocks():
            vectors[start : start + len(block)] = block
            start += len(block)
        return Segment(self.facts, make(vectors))


def merged(parts: Sequence[Part], width: int, make: StoreMaker) -> tuple[Part, ...]:
    """The same entries in few parts: each more than twice the next, none more than half empty."""
    kept: list[Part] = []
    for part in parts:
        if not part.count:
            continue
        group = [part]
        while kept and kept[-1].count <= 2 * sum(member.count for member in group):
            group.insert(0, kept.pop())
        sparse = 2 * part.count < len(part.segment.facts)
        if len(group) > 1 or sparse:
            part = Part.whole(Gathered.of(group, width).segment(make))
        kept.append(part)
    return tuple(kept)
