"""Every query about the vectors of revisions."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float32
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from annotations.tables import EmbeddingRow

BATCH = 5_000
"""Ids in one query: below every database's limit of variables."""
Id = TypeVar("Id", int, str)
Pair = tuple[int, int]
"""Exemplar and number of its revision."""
_CARRY = text(
    "INSERT INTO embeddings (exemplar_id, number, embedder_id, vector) "
    "SELECT exemplar_id, CAST(:new AS INTEGER), embedder_id, vector FROM embeddings "
    "WHERE exemplar_id = :id AND number = :old"
)


def batches(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    """Ids in groups that fit in one query."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


class EmbeddingRepository:
    """Vectors of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def missing(self, pairs: Sequence[Pair], embedder_id: str) -> tuple[Pair, ...]:
        """Which of these revisions have no vector yet."""
        known: set[Pair] = set()
        for batch in batches([pair[0] for pair in pairs]):
            query = select(EmbeddingRow.exemplar_id, EmbeddingRow.number).where(
                EmbeddingRow.exemplar_id.in_(batch), EmbeddingRow.embedder_id == embedder_id
            )
            known.update((row[0], row[1]) for row in self._session.execute(query))
        return tuple(each for each in pairs if each not in known)

    def add(
        self,
        pairs: Sequence[Pair],
        vectors: Float32[np.ndarray, "revision width"],
        embedder_id: str,
    ) -> None:
        """Store the vectors of revisions that have none."""
        stored = np.ascontiguousarray(vectors, dtype="<f4")
        rows = [
            {
                "exemplar_id": exemplar_id,
                "number": number,
                "embedder_id": embedder_id,
                "vector": vector.tobytes(),
            }
            for (exemplar_id, number), vector in zip(pairs, stored, strict=True)
        ]
        if rows:
            self._session.execute(insert(EmbeddingRow.__table__), rows)  # type: ignore[arg-type]

    def get(self, pairs: Sequence[Pair], embedder_id: str) -> Float32[np.ndarray, "revision width"]:
        """The vectors of these revisions, in their order; `KeyError` where one has none."""
        wanted = {pair: place for place, pair in enumerate(pairs)}
        vectors: Float32[np.ndarray, "revision width"] | None = None
        found = np.zeros(len(pairs), dtype=bool)
        for batch in batches([pair[0] for pair in pairs]):
            query = select(
                EmbeddingRow.exemplar_id, EmbeddingRow.number, EmbeddingRow.vector
            ).where(EmbeddingRow.exemplar_id.in_(batch), EmbeddingRow.embedder_id == embedder_id)
            for exemplar_id, number, vector in self._session.execute(query):
                place = wanted.get((exemplar_id, number))
                if place is None:
                    continue
                if vectors is None:
                    vectors = np.empty((len(pairs), len(vector) // 4), dtype=np.float32)
                vectors[place] = np.frombuffer(vector, dtype="<f4")
                found[place] = True
        if not found.all():
            first = pairs[int(found.argmin())]
            raise KeyError(
                f"{int((~found).sum())} exemplars have no vector of {embedder_id}, first "
                f"exemplar {first[0]} at revision {first[1]}; build the index again"
            )
        return np.empty((0, 0), dtype=np.float32) if vectors is None else vectors

    def carry(self, same: Iterable[tuple[int, int, int]]) -> None:
        """Give (exemplar, from, to) revisions the vectors of earlier ones that are alike."""
        rows = [{"id": each, "old": old, "new": new} for each, old, new in same]
        if rows:
            self._session.execute(_CARRY, rows)

    def embedders(self) -> tuple[str, ...]:
        """Ids of the embedders that have made vectors, by name."""
        query = select(EmbeddingRow.embedder_id).distinct().order_by(EmbeddingRow.embedder_id)
        return tuple(self._session.scalars(query))
