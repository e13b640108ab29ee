"""The exemplars nearest to one, from stored vectors: no network is loaded."""

from typing import Self

import numpy as np
from pydantic import BaseModel, Field

from annotations.alike_queries import AlikePool, AlikeQueries
from annotations.curation_records import ExemplarFacts
from retrieval.nearness import NEAR, nearness
from retrieval.weights import Weights
from service.curation_answers import ExemplarBody
from service.reads import Reading


class NeighbourBody(BaseModel):
    """An exemplar beside another one."""

    similarity: float = Field(
        description="Cosines of word and sentence, weighted as the default score weighs them."
    )
    context: float = Field(description="Cosine of the sentences.")
    near_duplicate: bool = Field(
        description="The same word in nearly the same sentence, in another annotation."
    )
    exemplar: ExemplarBody


class NeighboursBody(BaseModel):
    """The nearest exemplars of the same label, nearest first."""

    id: int
    version: int
    label: str
    compared: int = Field(description="Exemplars of the label with a vector; 0 without its own.")
    near: float = Field(description="From this `context` on, near duplicates are told.")
    neighbours: list[NeighbourBody]

    @classmethod
    def of(cls, reading: Reading, exemplar_id: int, version: int, limit: int) -> Self:
        """Compare an exemplar with all others of its label at a version."""
        facts = reading.exemplars.facts(exemplar_id, version)
        pool = _pool(reading, facts, version)
        own = np.flatnonzero(pool.ids == exemplar_id)
        body = cls(
            id=exemplar_id, version=version, label=facts.label, compared=0, near=NEAR, neighbours=[]
        )
        if not len(own):
            return body
        near = nearness(pool.vectors[own[0]], pool.vectors, Weights())
        order = np.lexsort((pool.ids, -near.context, -near.similarity))
        chosen = [each for each in order if each != own[0]][:limit]
        body.compared = len(pool.ids)
        found = reading.exemplars.several([int(pool.ids[each]) for each in chosen], version)
        body.neighbours = [
            _neighbour(facts, other, float(near.similarity[each]), float(near.context[each]))
            for each, other in zip(chosen, found, strict=True)
        ]
        return body


def _pool(reading: Reading, facts: ExemplarFacts, version: int) -> AlikePool:
    queries = AlikeQueries(reading.session)
    pool = queries.pool(facts.label, version)
    return queries.with_vectors(pool, queries.embedder_of(facts.id) or "")


def _neighbour(
    one: ExemplarFacts, other: ExemplarFacts, similarity: float, context: float
) -> NeighbourBody:
    same_word = one.word.lower() == other.word.lower()
    return NeighbourBody(
        similarity=similarity,
        context=context,
        near_duplicate=(context >= NEAR and same_word and one.annotation_id != other.annotation_id),
        exemplar=ExemplarBody.of(other),
    )
