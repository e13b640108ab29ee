"""What the filters kept out of a moment: how much, and the best of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from retrieval.matches import Candidate, Cut, CutReason, Match, Query
from retrieval.pools import Pool, Pools
from retrieval.search import DefaultSearch, Manner, Sought

EXAMPLES = 5
"""Most exemplars that are named for each reason."""


@dataclass(frozen=True)
class KeptOut:
    """What the filters kept out of one moment."""

    cut: Cut = Cut()
    examples: Mapping[CutReason, tuple[Candidate, ...]] = field(default_factory=dict)
    """Best first, by the default score; reasons that kept nothing out are not named."""


@dataclass(frozen=True)
class Cuts:
    """Looks at what pools of one request do not hold."""

    search: DefaultSearch
    pools: Pools
    manner: Manner
    published: bool
    """Whether the published scorer chooses, which looks among one label."""

    def of(self, queries: Iterable[Query], matches: Sequence[Match]) -> dict[Query, KeptOut]:
        """What each query could not choose from."""
        shown = {match.query: match.shown for match in matches}
        manner = replace(self.manner, keep=EXAMPLES)
        pools = {query: self._pool(query) for query in queries}
        kept_out = [
            (query, reason, filtered)
            for query, pool in pools.items()
            for reason, filtered in self.pools.kept_out(pool).items()
        ]
        sought = [Sought(query, (each,), shown.get(query, ())) for query, _, each in kept_out]
        examples: dict[Query, dict[CutReason, tuple[Candidate, ...]]] = {q: {} for q in pools}
        best = self.search.best_of(sought, manner)
        for (query, reason, _), some in zip(kept_out, best, strict=True):
            examples[query][reason] = tuple(some)
        return {query: KeptOut(pool.cut, examples[query]) for query, pool in pools.items()}

    def _pool(self, query: Query) -> Pool:
        if self.published:
            return self.pools.exactly((query.annotation.label,))
        return self.pools.pool_of(query)
