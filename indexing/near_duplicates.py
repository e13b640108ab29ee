"""Keeping up which exemplars have a near duplicate, as the index changes.

Compared are exemplars of the same label and word: the cosine of their sentences decides. Those of
one annotation do not count as duplicates of each other. Each comparison is of one exemplar that is
new or changed with all of its kind, so that an edit costs little; the first time all are compared.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from annotations.alike_queries import AlikePool, AlikeQueries, NearDuplicate
from annotations.database import Database
from retrieval.nearness import NEAR, twins

AT_ONCE = 1_000
"""Exemplars compared in one round."""


def compare_new(database: Database, embedder_id: str, most: int = AT_ONCE) -> int:
    """Compare exemplars that were not compared as they are now; returns how many.

    Those without a vector of this embedder wait. What is found is kept in one transaction.
    """
    rows: list[NearDuplicate] = []
    done = 0
    with database.reading() as session:
        queries = AlikeQueries(session)
        for label, ids in queries.uncompared(most).items():
            for kin in _kin(queries.pool(label), ids):
                pool = queries.with_vectors(kin, embedder_id)
                asked = np.flatnonzero(np.isin(pool.ids, ids))
                if len(asked):
                    rows += _compared(pool, asked, queries.known(pool.ids.tolist()))
                    done += len(asked)
    if done:
        with database.session() as session:
            AlikeQueries(session).put(rows)
            AlikeQueries(session).forget_removed()
    return done


def _kin(pool: AlikePool, ids: Sequence[int]) -> Iterator[AlikePool]:
    """Those of a label that share the word of one of some exemplars, word by word."""
    places = defaultdict[str, list[int]](list)
    for at, word in enumerate(pool.words):
        places[word].append(at)
    asked = set(ids)
    for alike in places.values():
        if not asked.isdisjoint(pool.ids[alike].tolist()):
            yield pool.at(alike)


def _compared(
    pool: AlikePool, asked: Int64[np.ndarray, "asked"], known: Mapping[int, float]
) -> Iterator[NearDuplicate]:
    """Compare some of a pool with all of it: what is found about either side."""
    own, back = twins(pool.vectors, pool.annotations, asked)
    for at, twin, similarity in zip(asked, own.places, own.similarity, strict=True):
        yield _row(pool, at, twin, similarity)
    for at in np.setdiff1d(np.flatnonzero(back.similarity >= NEAR), asked):
        # one that was never compared waits for its turn
        if back.similarity[at] > known.get(int(pool.ids[at]), np.inf):
            yield _row(pool, at, back.places[at], back.similarity[at])


def _row(pool: AlikePool, at: int, twin: int, similarity: float) -> NearDuplicate:
    exemplar_id, number = int(pool.ids[at]), int(pool.numbers[at])
    if twin < 0 or similarity < NEAR:
        return NearDuplicate(exemplar_id, number, None, None, None)
    return NearDuplicate(
        exemplar_id, number, int(pool.ids[twin]), int(pool.numbers[twin]), float(similarity)
    )
