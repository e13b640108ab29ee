"""The default search: candidates by inner product, then the exact score, one talk at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from motion.timeline import WINDOW_SECONDS
from retrieval.context import key_word, origin, recording_seconds
from retrieval.embedding import Embedder
from retrieval.matches import (
    Candidate,
    ExemplarSource,
    Match,
    Query,
    RetrievalOptions,
    Shown,
)
from retrieval.pools import Pool, Pools
from retrieval.scoring import (
    Asked,
    Entry,
    Likeness,
    default_score,
    sentence_words,
    shared_levels,
)
from retrieval.vector_index import SearchFilter, VectorIndex
from retrieval.vectors import EntryLayout
from retrieval.weights import Weights

_SEARCHED_PER_KEPT = 6
"""Search returns this many entries for each candidate that the exact score keeps."""
_SEARCHED_BY_CONTOUR = 15
"""The same for prosody, whose contour only the exact score sees."""
_REMEMBERED_ENTRIES = 1 << 14
_PORTION = 64
"""Queries whose exemplars are read at once."""


@dataclass(frozen=True)
class Manner:
    """How candidates are scored and how many are kept."""

    keep: int
    weights: Weights
    recently_used: Mapping[int, float]
    """Exemplars shown before the talk, and how many seconds before."""

    @classmethod
    def of(cls, options: RetrievalOptions, weights: Weights) -> "Manner":
        """What the options ask; ``weights`` are the server's."""
        chosen = options.weights or weights
        if options.speaker != "prefer":
            chosen = replace(chosen, speaker=0.0)
        return cls(options.candidates, chosen, options.recently_used)


@dataclass(frozen=True)
class Sought:
    """A query, and what it may find."""

    query: Query
    filters: Sequence[SearchFilter]
    """Each is searched; what several find counts once."""
    shown: tuple[Shown, ...] = ()
    """What was shown shortly before, where that is known already."""


@dataclass(frozen=True)
class _Near:
    """What search found for a query, ready for the exact scores."""

    query: Query
    entries: Sequence[Entry]
    likes: Sequence[Likeness]


@dataclass(frozen=True)
class DefaultSearch:
    """Searches one immutable index; what it worked out of exemplars is remembered."""

    index: VectorIndex
    embedder: Embedder
    exemplars: ExemplarSource
    _entries: dict[int, Entry] = field(default_factory=dict, compare=False, repr=False)

    def matches(self, queries: Sequence[Query], pools: Pools, manner: Manner) -> list[Match]:
        """The best candidate of each query, in the order of time; some have none.

        A gesture chosen for one query counts as shown for those that follow.
        """
        ordered = sorted(queries, key=lambda query: query.stress_seconds)
        chosen_from = [pools.pool_of(query) for query in ordered]
        sought = [
            Sought(query, _pool_filters(query, pool))
            for query, pool in zip(ordered, chosen_from, strict=True)
        ]
        shown = self._shown_before(manner.recently_used)
        stale = manner.weights.recent_seconds
        found = []
        for near, pool in zip(self._near(sought, manner), chosen_from, strict=True):
            now = near.query.stress_seconds
            shown = [each for each in shown if now - each.seconds < stale]
            candidates = _candidates(near, tuple(shown), manner)
            match = match_of_candidates(near.query, candidates, pool, tuple(shown))
            if match is not None:
                best = match.exemplar
                shown.append(Shown(best.window.recording, recording_seconds(best), now))
                found.append(match)
        return found

    def again(self, match: Match, pools: Pools, manner: Manner) -> Match | None:
        """The match of the same query at the same moment of the talk from other pools."""
        query, pool = match.query, pools.pool_of(match.query)
        (near,) = self._near([Sought(query, _pool_filters(query, pool))], manner)
        return match_of_candidates(query, _candidates(near, match.shown, manner), pool, match.shown)

    def best_of(self, sought: Sequence[Sought], manner: Manner) -> list[list[Candidate]]:
        """The best that filters let through for each query, whether or not a pool holds it."""
        near = self._near([replace(each, filters=_by_level(each)) for each in sought], manner)
        return [
            _candidates(one, each.shown, manner) for one, each in zip(near, sought, strict=True)
        ]

    def _shown_before(self, recently_used: Mapping[int, float]) -> list[Shown]:
        return [
            Shown(each.window.recording, recording_seconds(each), -recently_used[entry])
            for entry, each in self.exemplars.of(recently_used).items()
        ]

    @property
    def _layout(self) -> EntryLayout:
        return EntryLayout(self.embedder.width)

    def _vectors(self, queries: Sequence[Query]) -> Float32[np.ndarray, "query total"]:
        return self._layout.pack(
            self.embedder.embed([query.text for query in queries]),
            self.embedder.embed([key_word(query.annotation.word) for query in queries]),
            [query.speaker for query in queries],
            [query.prominence for query in queries],
        )

    def _near(self, sought: Sequence[Sought], manner: Manner) -> Iterator[_Near]:
        """What is worth an exact score for each, in order; read together, portion by portion."""
        if not sought:
            return
        vectors = self._vectors([each.query for each in sought])
        for start in range(0, len(sought), _PORTION):
            asked, own = sought[start : start + _PORTION], vectors[start : start + _PORTION]
            found = [
                self._nearest(each, vector, manner) for each, vector in zip(asked, own, strict=True)
            ]
            entries = self._entries_of([each for ids in found for each in ids])
            for each, vector, ids in zip(asked, own, found, strict=True):
                known = [one for one in ids if one in entries]
                likes = Likeness.each(self._layout, vector, self.index.vectors(known))
                yield _Near(each.query, [entries[one] for one in known], likes)

    def _nearest(
        self, sought: Sought, vector: Float32[np.ndarray, "total"], manner: Manner
    ) -> list[int]:
        """The ids with the largest inner products, of each filter."""
        prosodic, weights = sought.query.method == "prosody", manner.weights
        weighed = replace(weights, context=0.0, word=0.0) if prosodic else weights
        wanted = manner.keep * (_SEARCHED_BY_CONTOUR if prosodic else _SEARCHED_PER_KEPT)
        weighted = self._layout.weighted(vector, weighed)
        found = (self.index.search(weighted, each, wanted) for each in sought.filters)
        return list(dict.fromkeys(entry.id for entries in found for entry in entries))

    def _entries_of(self, ids: Sequence[int]) -> dict[int, Entry]:
        """Entries by id, worked out once; ids that the source does not have are left out."""
        held = {each: self._entries[each] for each in ids if each in self._entries}
        missing = [each for each in dict.fromkeys(ids) if each not in held]
        read = {each: Entry.of(exemplar) for each, exemplar in self.exemplars.of(missing).items()}
        if len(self._entries) + len(read) > _REMEMBERED_ENTRIES:
            self._entries.clear()
        self._entries.update(read)
        return held | read


def _pool_filters(query: Query, pool: Pool) -> list[SearchFilter]:
    """A pool, and before it the query's own label where the pool has others too."""
    filters, own = [pool.filter], query.annotation.label
    if own in pool.filter.labels and len(pool.filter.labels) > 1:
        filters.insert(0, replace(pool.filter, labels=(own,)))
    return filters


def _by_level(sought: Sought) -> list[SearchFilter]:
    """A filter for each level of the sense that its labels share: search does not weigh labels."""
    filters = []
    for filtered in sought.filters:
        labels: dict[int, list[str]] = defaultdict(list)
        for label in filtered.labels:
            labels[shared_levels(label, sought.query.annotation.label)].append(label)
        filters += [replace(filtered, labels=tuple(labels[level])) for level in sorted(labels)]
    return filters


def _candidates(near: _Near, shown: tuple[Shown, ...], manner: Manner) -> list[Candidate]:
    """The best of what search found, by the exact score, best first."""
    asked = Asked(near.query, sentence_words(near.query.text), shown)
    scored = [
        Candidate(entry.exemplar, default_score(asked, entry, like, manner.weights))
        for entry, like in zip(near.entries, near.likes, strict=True)
    ]
    ordered = sorted(scored, key=lambda c: (-c.score.total, c.exemplar.id))
    return _one_per_gesture(ordered)[: manner.keep]


def match_of_candidates(
    query: Query, candidates: Sequence[Candidate], pool: Pool, shown: tuple[Shown, ...] = ()
) -> Match | None:
    """The best candidate with its rivals; ``None`` where there is none."""
    if not candidates:
        return None
    best = candidates[0]
    reason = "; ".join((best.score.reason, *pool.notes))
    return Match(
        query,
        best.exemplar,
        best.score,
        1,
        tuple(candidates),
        reason,
        cut=pool.cut,
        shown=shown,
    )


def _one_per_gesture(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Of a gesture that lies in two overlapping windows, the one with more motion around it."""
    best: dict[tuple[str, float, str], Candidate] = {}
    for candidate in candidates:
        key = (*origin(candidate.exemplar), candidate.exemplar.annotation.label)
        if key not in best or _margin(candidate) > _margin(best[key]):
            best[key] = candidate
    kept = {candidate.exemplar.id for candidate in best.values()}
    return [candidate for candidate in candidates if candidate.exemplar.id in kept]


def _margin(candidate: Candidate) -> float:
    """Seconds between the annotation and the nearer end of its window, up to what is ever cut."""
    focus = candidate.exemplar.annotation.focus
    return min(focus.start, WINDOW_SECONDS - focus.end, 2.0)
