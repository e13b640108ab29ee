"""Query to matches to placed exemplars: the retrieval side in two calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from annotations.types import AnnotatedSpeech, Clip, Exemplar, Window
from motion.timeline import WINDOW_SECONDS
from retrieval.context import key_word
from retrieval.embedding import Embedder
from retrieval.index import VectorIndex
from retrieval.matches import (
    Candidate,
    Dropped,
    Landing,
    Match,
    MatchRow,
    Placement,
    Query,
    RetrievalOptions,
    Score,
    Term,
)
from retrieval.placement import origin, place
from retrieval.published_search import PublishedSearch
from retrieval.query import moments_of
from retrieval.scoring import Compared, default_score, label_levels, shared_levels
from retrieval.vectors import EntryLayout, Weights

__all__ = [
    "Candidate",
    "Dropped",
    "Landing",
    "Match",
    "MatchRow",
    "Placement",
    "Query",
    "RetrievalOptions",
    "Retriever",
    "Score",
    "Term",
]

_FEW_ENTRIES = 3
"""With fewer entries of a sense than this, entries of the sense above it are looked at too."""
_SEARCHED_PER_KEPT = 6
"""Search returns this many entries for each candidate that the exact score keeps."""


@dataclass(frozen=True)
class Searched:
    """A query with its vector and what each likeness is worth."""

    query: Query
    compared: Compared
    weights: Weights


@dataclass(frozen=True)
class Pool:
    """What a query may choose from, and how it came about."""

    labels: tuple[str, ...]
    excluded: frozenset[int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Retriever:
    """Chooses exemplars from one immutable snapshot of the index and lays them on a talk."""

    index: VectorIndex
    embedder: Embedder
    exemplars: Mapping[int, Exemplar]
    """Every entry of the index by its id; entries that are not here are never found."""
    clips: Callable[[Window], Clip]
    weights: Weights = field(default_factory=Weights)

    def retrieve(
        self,
        annotated: AnnotatedSpeech,
        speaker: int,
        options: RetrievalOptions | None = None,
    ) -> tuple[Match, ...]:
        """The best exemplar for every moment that asks for a gesture, with its rivals."""
        options = options or RetrievalOptions()
        queries = moments_of(annotated, speaker, options).queries
        excluded = self._excluded(speaker, options)
        if options.scorer == "published":
            matches = self._published(queries, annotated, excluded, options)
        else:
            matches = self._nearest(queries, excluded, options)
        return tuple(match for match in matches if match is not None)

    def place(
        self,
        matches: Sequence[Match],
        annotated: AnnotatedSpeech,
        options: RetrievalOptions | None = None,
    ) -> Placement:
        """Lay the matches on the talk; every moment that gets nothing is named with its reason."""
        options = options or RetrievalOptions()
        placement = place(matches, annotated, self.clips, options)
        speaker = matches[0].query.speaker if matches else 0
        moments = moments_of(annotated, speaker, options)
        matched = {match.query.annotation for match in matches}
        excluded = self._excluded(speaker, options)
        unmatched = tuple(
            Dropped(query, self._why_unmatched(query, excluded, options))
            for query in moments.queries
            if query.annotation not in matched
        )
        dropped = (*moments.dropped, *unmatched, *placement.dropped)
        return replace(
            placement, dropped=tuple(sorted(dropped, key=lambda d: d.query.stress_seconds))
        )

    def _nearest(
        self, queries: Sequence[Query], excluded: frozenset[int], options: RetrievalOptions
    ) -> list[Match | None]:
        """Search by inner product, then score exactly."""
        layout = EntryLayout(self.embedder.width)
        weights = self.weights if options.speaker == "prefer" else replace(self.weights, speaker=0)
        matches = []
        for query, vector in zip(queries, self._query_vectors(layout, queries), strict=True):
            pool = self._pool(query, excluded)
            searched = Searched(query, Compared(layout, vector, vector), weights)
            candidates = self._candidates(searched, pool, options.candidates)
            matches.append(_match(query, candidates, pool.notes))
        return matches

    def _query_vectors(
        self, layout: EntryLayout, queries: Sequence[Query]
    ) -> Float32[np.ndarray, "query total"]:
        return layout.pack(
            self.embedder.embed([query.text for query in queries]),
            self.embedder.embed([key_word(query.annotation.word) for query in queries]),
            [query.speaker for query in queries],
            [query.prominence for query in queries],
        )

    def _candidates(self, searched: Searched, pool: Pool, keep: int) -> list[Candidate]:
        asked, weights = searched.compared, searched.weights
        weighted = asked.layout.weighted(asked.query, weights)
        wanted = _SEARCHED_PER_KEPT * keep
        own = (searched.query.annotation.label,)
        same = self.index.search(weighted, own, wanted, pool.excluded)
        wide = self.index.search(weighted, pool.labels, wanted, pool.excluded)
        ids = list(dict.fromkeys(entry.id for entry in (*same, *wide)))
        scored = []
        for entry, vector in zip(ids, self.index.vectors(ids), strict=True):
            exemplar, compared = self.exemplars[entry], replace(asked, entry=vector)
            score = default_score(searched.query, exemplar, compared, weights)
            scored.append(Candidate(exemplar, score))
        ordered = sorted(scored, key=lambda c: (-c.score.total, c.exemplar.id))
        return _one_per_gesture(ordered)[:keep]

    def _pool(self, query: Query, excluded: frozenset[int]) -> Pool:
        """Entries of the query's sense; of the senses above it while there are few."""
        levels = label_levels(query.annotation.label)
        notes: list[str] = []
        for level in range(len(levels), 0, -1):
            labels = self._labels(query, level)
            count = self.index.count(labels, excluded)
            if count >= _FEW_ENTRIES or level == 1:
                break
            sense = ".".join(levels[:level])
            notes.append(f"{sense} has only {count} to offer, so the sense above it was searched")
        cut = self.index.count(labels, ()) - count
        if cut:
            notes.append(f"{cut} entries were left out by recording or speaker")
        return Pool(labels, excluded, tuple(notes))

    def _labels(self, query: Query, level: int) -> tuple[str, ...]:
        asked = query.annotation.label
        return tuple(
            label for label in self.index.label_counts if shared_levels(label, asked) >= level
        )

    @cached_property
    def _unknown(self) -> frozenset[int]:
        """Entries of the index that the snapshot does not have."""
        return frozenset(self.index.ids.tolist()) - self.exemplars.keys()

    def _excluded(self, speaker: int, options: RetrievalOptions) -> frozenset[int]:
        if not options.exclude_recordings and options.speaker != "only":
            return self._unknown
        barred = (e.id for e in self.exemplars.values() if not _allowed(e, speaker, options))
        return self._unknown.union(barred)

    def _published(
        self,
        queries: Sequence[Query],
        annotated: AnnotatedSpeech,
        excluded: frozenset[int],
        options: RetrievalOptions,
    ) -> list[Match | None]:
        known = set(self.index.ids.tolist()) - excluded
        entries = tuple(e for e in self.exemplars.values() if e.id in known)
        search = PublishedSearch(entries, self.embedder, options.speaker != "any")
        return [
            _match(query, search.candidates(query, annotated, options.candidates), ())
            for query in queries
        ]

    def _why_unmatched(
        self, query: Query, excluded: frozenset[int], options: RetrievalOptions
    ) -> str:
        label = query.annotation.label
        if options.scorer == "published":
            if not self.index.count((label,), excluded):
                return f"the index has no entry of {label}, and this scorer takes no other"
            return "its match was not among those to be placed"
        pool = self._pool(query, excluded)
        if self.index.count(pool.labels, pool.excluded):
            return "its match was not among those to be placed"
        return "; ".join((f"the index has no entry of {label} to choose from", *pool.notes))


def _match(query: Query, candidates: Sequence[Candidate], notes: tuple[str, ...]) -> Match | None:
    """The best candidate with its rivals; ``None`` where there is none."""
    if not candidates:
        return None
    best = candidates[0]
    reason = "; ".join((best.score.reason, *notes))
    return Match(query, best.exemplar, best.score, 1, tuple(candidates), reason)


def _allowed(exemplar: Exemplar, speaker: int, options: RetrievalOptions) -> bool:
    if exemplar.window.recording in options.exclude_recordings:
        return False
    return options.speaker != "only" or exemplar.window.speaker == speaker


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
