"""Query to matches to placed exemplars: the retrieval side in two calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from annotations.types import AnnotatedSpeech, Clip, Window
from retrieval.cuts import Cuts
from retrieval.embedding import Embedder
from retrieval.explanation import Explanation, explained
from retrieval.matches import (
    Candidate,
    Dropped,
    ExemplarSource,
    HeldExemplars,
    Landing,
    Match,
    MatchRow,
    Placement,
    Query,
    RetrievalOptions,
    Score,
    Term,
)
from retrieval.placement import place
from retrieval.pools import Pool, Pools
from retrieval.published_search import PublishedSearch
from retrieval.query import Moments, moments_of
from retrieval.search import DefaultSearch, Manner, match_of_candidates
from retrieval.vector_index import SearchFilter, VectorIndex
from retrieval.weights import Weights

__all__ = [
    "Candidate",
    "Dropped",
    "ExemplarSource",
    "HeldExemplars",
    "Landing",
    "Match",
    "MatchRow",
    "Placement",
    "Query",
    "RetrievalOptions",
    "Retriever",
    "Score",
    "Term",
    "Weights",
]


@dataclass(frozen=True)
class Retriever:
    """Chooses exemplars from one immutable snapshot of the index and lays them on a talk."""

    index: VectorIndex
    embedder: Embedder
    exemplars: ExemplarSource
    """What lies behind the entries; entries that are not here are never found."""
    clips: Callable[[Window], Clip]
    weights: Weights = field(default_factory=Weights)
    """The server's; a call may bring its own."""
    excluded: frozenset[int] = frozenset()
    """Exemplars that are treated as if they were gone."""

    def retrieve(
        self,
        annotated: AnnotatedSpeech,
        speaker: int,
        options: RetrievalOptions | None = None,
    ) -> tuple[Match, ...]:
        """The best exemplar for every moment that asks for a gesture, with its rivals."""
        options = options or RetrievalOptions()
        queries = moments_of(annotated, speaker, options).queries
        pools = self._pools(speaker, options)
        if options.scorer == "published":
            matches = (self._published_match(each, annotated, pools, options) for each in queries)
            return tuple(match for match in matches if match is not None)
        manner = Manner.of(options, self.weights)
        return tuple(self._search.matches(queries, pools, manner))

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
        pools = self._pools(speaker, options)
        unmatched = tuple(
            Dropped(query, self._why_unmatched(query, pools, options))
            for query in moments.queries
            if query.annotation not in matched
        )
        dropped = (*moments.dropped, *unmatched, *placement.dropped)
        return replace(
            placement,
            dropped=tuple(sorted(dropped, key=lambda d: d.query.stress_seconds)),
            notes=self._notes(moments, pools),
        )

    def explain(
        self,
        annotated: AnnotatedSpeech,
        speaker: int,
        options: RetrievalOptions | None = None,
    ) -> Explanation:
        """Every moment with its candidates, their terms, what was cut, placed and dropped."""
        options = options or RetrievalOptions()
        matches = self.retrieve(annotated, speaker, options)
        placement = self.place(matches, annotated, options)
        cuts = Cuts(
            self._search,
            self._pools(speaker, options),
            Manner.of(options, self.weights),
            published=options.scorer == "published",
        )
        kept_out = cuts.of(moments_of(annotated, speaker, options).queries, matches)
        weights = options.weights or self.weights
        return explained(matches, placement, kept_out, options, weights)

    def without(self, ids: Iterable[int]) -> "Retriever":
        """The same as if these exemplars were gone: at once, with nothing built again."""
        other = replace(self, excluded=self.excluded.union(ids))
        known = {"_search", "_published_search"}  # do not depend on what is excluded
        other.__dict__.update({name: self.__dict__[name] for name in known & self.__dict__.keys()})
        return other

    def what_if(
        self,
        match: Match,
        without: Iterable[int],
        annotated: AnnotatedSpeech,
        options: RetrievalOptions | None = None,
    ) -> Match | None:
        """What the query of ``match`` would find at its place in the talk without some exemplars.

        ``None`` where nothing is left. ``options`` are those of the match.
        """
        options = options or RetrievalOptions()
        pools = self.without(without)._pools(match.query.speaker, options)
        if options.scorer == "published":
            return self._published_match(match.query, annotated, pools, options)
        return self._search.again(match, pools, Manner.of(options, self.weights))

    def knows_recording(self, recording: str) -> bool:
        """Whether the index holds anything of a recording."""
        everything = SearchFilter(tuple(self.index.label_counts))
        others = replace(everything, without_recordings=(recording,))
        return self.index.count(others) < self.index.count(everything)

    @cached_property
    def _search(self) -> DefaultSearch:
        return DefaultSearch(self.index, self.embedder, self.exemplars)

    @cached_property
    def _published_search(self) -> PublishedSearch:
        """Reads every exemplar: as published, each query looks at all of them."""
        known = (each for each in self.exemplars.every() if each.id in self.index)
        return PublishedSearch.of(known, self.embedder)

    def _pools(self, speaker: int, options: RetrievalOptions) -> Pools:
        return Pools.of(self.index, speaker, options, self.excluded)

    def _published_match(
        self, query: Query, annotated: AnnotatedSpeech, pools: Pools, options: RetrievalOptions
    ) -> Match | None:
        search = self._published_search.allowed(pools.allowed)
        candidates = search.candidates(
            query, annotated, options.candidates, options.speaker != "any"
        )
        return match_of_candidates(query, candidates, pools.exactly((query.annotation.label,)))

    def _why_unmatched(self, query: Query, pools: Pools, options: RetrievalOptions) -> str:
        label = query.annotation.label
        if options.scorer == "published":
            if not pools.exactly((label,)).count:
                return f"the index has no entry of {label}, and this scorer takes no other"
            return "its match was not among those to be placed"
        pool: Pool = pools.pool_of(query)
        if pool.count:
            return "its match was not among those to be placed"
        return "; ".join((f"the index has no entry of {label} to choose from", *pool.notes))

    def _notes(self, moments: Moments, pools: Pools) -> tuple[str, ...]:
        """What the whole talk should know, once."""
        asks = any(query.method == "prosody" for query in moments.queries)
        without_beats = pools.why_no_beats() if asks else None
        return (*moments.notes, *([without_beats] if without_beats else []))
