"""Every query about the vectors of exemplars."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float32
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from annotations.tables import EmbeddingRow

BATCH = 5_000
"""Ids in one query: below every database's limit of variables."""
Id = TypeVar("Id", int, str)


def batches(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    """Ids in groups that fit in one query."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


class EmbeddingRepository:
    """Vectors of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def missing(self, ids: Sequence[int], embedder_id: str) -> tuple[int, ...]:
        """Which of these exemplars have no vector yet."""
        known: set[int] = set()
        for batch in batches(ids):
            query = select(EmbeddingRow.exemplar_id).where(_are(batch, embedder_id))
            known.update(self._session.scalars(query))
        return tuple(each for each in ids if each not in known)

    def add(
        self,
        ids: Sequence[int],
        vectors: Float32[np.ndarray, "exemplar width"],
        embedder_id: str,
    ) -> None:
        """Store the vectors of exemplars that have none."""
        rows = zip(ids, np.asarray(vectors, dtype="<f4"), strict=True)
        self._session.add_all(
            EmbeddingRow(exemplar_id=each, embedder_id=embedder_id, vector=vector.tobytes())
            for each, vector in rows
        )
        self._session.flush()

    def get(self, ids: Sequence[int], embedder_id: str) -> Float32[np.ndarray, "exemplar width"]:
        """The vectors of these exemplars, in their order; `KeyError` where one has none."""
        stored: dict[int, bytes] = {}
        for batch in batches(ids):
            query = select(EmbeddingRow.exemplar_id, EmbeddingRow.vector).where(
                _are(batch, embedder_id)
            )
            stored.update((row[0], row[1]) for row in self._session.execute(query))
        missing = [each for each in ids if each not in stored]
        if missing:
            raise KeyError(
                f"{len(missing)} exemplars have no vector of {embedder_id}, "
                f"first {missing[0]}; build the index again"
            )
        joined = b"".join(stored[each] for each in ids)
        return np.frombuffer(joined, dtype="<f4").reshape(len(ids), -1).astype(np.float32)


def _are(ids: Sequence[int], embedder_id: str) -> ColumnElement[bool]:
    return and_(
        EmbeddingRow.exemplar_id.in_(ids),
        EmbeddingRow.embedder_id == embedder_id,
    )
