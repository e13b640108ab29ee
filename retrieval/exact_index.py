"""Exact search over segments of entries: all of an index but where its vectors lie.

A store preselects by products that it rounds in its own way; all that could still belong among
the best within that rounding is scored again by `retrieval.likeness`. So the answer depends on
the entries and the query alone: not on the device, the order of building, or earlier edits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Float32, Int64

from retrieval.entries import LARGEST_NUMBER, Entries, EntryFacts
from retrieval.index_files import load_index, save_index
from retrieval.likeness import best, slack, summed, told
from retrieval.segments import Gathered, Part, Products, Segment, StoreMaker, Stretch, merged
from retrieval.vector_index import Found, SearchFilter, UnknownEntryError

_SPARE = 16
"""How many more than asked a store returns at first: rounding seldom puts more in doubt."""


class _Looked(NamedTuple):
    """A stretch of a part."""

    part: Part
    stretch: Stretch


@dataclass(frozen=True, eq=False)
class ExactIndex:
    """An immutable set of entries; versions share what they have in common. See `VectorIndex`."""

    embedder_id: str
    version: int
    width: int
    parts: tuple[Part, ...]
    """Disjoint by id, big ones first."""
    make: StoreMaker

    @classmethod
    def _of(cls, entries: Entries, embedder_id: str, version: int, make: StoreMaker) -> Self:
        parts = (Part.whole(Segment.of(entries, make)),) if len(entries) else ()
        return cls(embedder_id, version, entries.width, parts, make)

    @classmethod
    def _load(cls, folder: Path, embedder_id: str | None, make: StoreMaker) -> Self:
        loaded = load_index(folder, embedder_id)
        known, width = loaded.manifest, loaded.manifest.width
        parts = (Part.whole(Segment(loaded.facts, make(loaded.vectors))),) if known.count else ()
        return cls(known.embedder_id, known.index_version, width, parts, make)

    def __len__(self) -> int:
        return sum(part.count for part in self.parts)

    def __contains__(self, entry: int) -> bool:
        asked = np.array([entry], dtype=np.int64)
        return any(part.rows_of(asked)[0] >= 0 for part in self.parts)

    @cached_property
    def ids(self) -> Int64[np.ndarray, "entry"]:
        """Every id, ascending."""
        live = [part.live_ids for part in self.parts]
        ids = np.sort(np.concatenate([np.zeros(0, np.int64), *live]), kind="stable")
        ids.flags.writeable = False
        return ids

    @cached_property
    def label_counts(self) -> Mapping[str, int]:
        """How many entries each label has; labels without entries are not named."""
        counts: dict[str, int] = {}
        for part in self.parts:
            facts = part.segment.facts
            live = np.bincount(facts.label_codes[part.live_rows], minlength=len(facts.labels))
            for label, count in zip(facts.labels, live.tolist(), strict=True):
                counts[label] = counts.get(label, 0) + count
        return {label: counts[label] for label in sorted(counts) if counts[label]}

    def search(
        self, vector: Float32[np.ndarray, "width"], filter: SearchFilter, k: int
    ) -> tuple[Found, ...]:
        """The ``k`` allowed entries with the largest inner products, best first."""
        query = self._checked(vector)
        looked = self._looked(filter)
        if k < 1 or not looked:
            return ()
        doubtful = self._doubtful(query, looked, k)
        ids = np.concatenate([one.part.segment.facts.ids[rows] for one, rows in doubtful])
        columns = told(query)
        vectors = [one.part.segment.store.rows(rows, columns) for one, rows in doubtful]
        found = summed(query[columns], np.concatenate(vectors))
        order = best(ids, found, k)
        pairs = zip(ids[order].tolist(), found[order].tolist(), strict=True)
        return tuple(Found(entry, likeness) for entry, likeness in pairs)

    def count(self, filter: SearchFilter) -> int:
        """How many entries a search with this filter looks at."""
        return sum(one.stretch.count for one in self._looked(filter))

    def vectors(self, ids: Sequence[int]) -> Float32[np.ndarray, "row width"]:
        """Vectors of entries, one a row; `UnknownEntryError` for an id that is not there."""
        vectors = np.empty((len(ids), self.width), dtype=np.float32)
        for part, places, rows in self._located(ids):
            vectors[places] = part.segment.store.rows(rows)
        return vectors

    def numbers(self, ids: Sequence[int]) -> Int64[np.ndarray, "row"]:
        """Revisions that the vectors of entries belong to."""
        numbers = np.empty(len(ids), dtype=np.int64)
        for part, places, rows in self._located(ids):
            numbers[places] = part.segment.facts.numbers[rows]
        return numbers

    def label_of(self, entry: int) -> str:
        """Label of an entry."""
        facts, row = self._one(entry)
        return facts.labels[int(facts.label_codes[row])]

    def recording_of(self, entry: int) -> str:
        """Recording that an entry was cut from."""
        facts, row = self._one(entry)
        return facts.recordings[int(facts.recording_codes[row])]

    def speaker_of(self, entry: int) -> int:
        """Speaker of an entry."""
        facts, row = self._one(entry)
        return int(facts.speakers[row])

    def updated(self, removed: Sequence[int], changed: Entries, version: int) -> Self:
        """The index of a later version; this one stays as it is and shares its vectors."""
        if changed.width != self.width:
            raise ValueError(
                f"changed vectors are {changed.width} wide, the index {self.width}; "
                f"embed them with {self.embedder_id}"
            )
        taken = np.asarray(removed, dtype=np.int64)
        both = np.intersect1d(taken, changed.ids)
        if len(both):
            raise ValueError(f"entry {both[0]} is both removed and changed; give it once")
        gone = np.concatenate([taken, changed.ids])
        parts = [part.without(gone) for part in self.parts]
        if len(changed):
            parts.append(Part.whole(Segment.of(changed, self.make)))
        return replace(self, version=version, parts=merged(parts, self.width, self.make))

    def save(self, folder: Path) -> None:
        """Write the index; a failed write leaves what the folder held before."""
        save_index(folder, Gathered.of(self.parts, self.width), self.embedder_id, self.version)

    def _checked(self, vector: Float32[np.ndarray, "width"]) -> Float32[np.ndarray, "width"]:
        if vector.shape != (self.width,):
            raise ValueError(
                f"the query's vector has shape {vector.shape}, not ({self.width},); "
                f"embed it with {self.embedder_id}"
            )
        query = np.ascontiguousarray(vector, dtype=np.float32)
        wrong = np.flatnonzero(~(np.abs(query) <= LARGEST_NUMBER))
        if len(wrong):
            raise ValueError(
                f"the query's vector holds {query[wrong[0]]} at number {wrong[0]}; "
                f"numbers must be finite and at most {LARGEST_NUMBER:g}"
            )
        return query

    def _looked(self, filter: SearchFilter) -> list[_Looked]:
        return [_Looked(part, stretch) for part in self.parts for stretch in part.stretches(filter)]

    def _doubtful(
        self, query: Float32[np.ndarray, "width"], looked: Sequence[_Looked], k: int
    ) -> list[tuple[_Looked, Int64[np.ndarray, "row"]]]:
        """Rows of each stretch that may be among the best ``k``, however products are rounded."""
        near = [
            one.part.segment.store.nearest(query, one.stretch, min(k + _SPARE, one.stretch.count))
            for one in looked
        ]
        values = np.concatenate([products.values for products in near])
        if len(values) <= k:
            return [(one, products.rows) for one, products in zip(looked, near, strict=True)]
        longest = max(one.part.segment.longest for one in looked)
        kth = float(np.partition(values, -k)[-k])
        least = kth - slack(query, longest)
        return [
            (one, _not_below(query, one, products, least))
            for one, products in zip(looked, near, strict=True)
        ]

    def _located(
        self, ids: Sequence[int]
    ) -> list[tuple[Part, Int64[np.ndarray, "place"], Int64[np.ndarray, "row"]]]:
        """For each part the places of its ids among those asked for, and their rows."""
        asked = np.asarray(ids, dtype=np.int64)
        missing = np.ones(len(asked), dtype=bool)
        located = []
        for part in self.parts:
            rows = part.rows_of(asked)
            places = np.flatnonzero(rows >= 0)
            missing[places] = False
            located.append((part, places, rows[places]))
        if missing.any():
            raise UnknownEntryError(asked[missing].tolist(), self.version)
        return located

    def _one(self, entry: int) -> tuple[EntryFacts, int]:
        located = ((part, rows) for part, _, rows in self._located([entry]) if len(rows))
        part, rows = next(located)
        return part.segment.facts, int(rows[0])


def _not_below(
    query: Float32[np.ndarray, "width"], one: _Looked, products: Products, least: float
) -> Int64[np.ndarray, "row"]:
    """Rows of a stretch whose products are not below ``least``, given its nearest."""
    if len(products.rows) < one.stretch.count and not products.values.min() < least:
        products = one.part.segment.store.at_least(query, one.stretch, least)
    return products.rows[products.values >= least]
