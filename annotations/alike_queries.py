"""Vectors of exemplars that may be alike, and which near duplicates are known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32, Int64
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session, aliased

from annotations.embedding_repository import batches
from annotations.revision_repository import at_version, is_current
from annotations.tables import EmbeddingRow, ExemplarRow, RevisionRow
from annotations.use_tables import NearDuplicateRow
from annotations.version_repository import VersionRepository


@dataclass(frozen=True, eq=False)
class AlikePool:
    """Exemplars of one label, ascending by id."""

    ids: Int64[np.ndarray, "entry"]
    numbers: Int64[np.ndarray, "entry"]
    annotations: Int64[np.ndarray, "entry"]
    words: tuple[str, ...]
    """In small letters."""
    vectors: Float32[np.ndarray, "entry total"] = field(
        default_factory=lambda: np.zeros((0, 0), dtype=np.float32)
    )
    """Left empty where nobody asked for them."""

    def at(self, places: Sequence[int]) -> "AlikePool":
        """Some of them, without their vectors."""
        chosen = np.array(places, dtype=np.int64)
        words = tuple(self.words[each] for each in places)
        return AlikePool(self.ids[chosen], self.numbers[chosen], self.annotations[chosen], words)


@dataclass(frozen=True)
class NearDuplicate:
    """What a comparison of one exemplar found."""

    exemplar_id: int
    number: int
    twin_id: int | None
    twin_number: int | None
    similarity: float | None


class AlikeQueries:
    """Questions of one session about what is alike."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions = VersionRepository(session)

    def embedder_of(self, exemplar_id: int) -> str | None:
        """Who made the newest vector of an exemplar; the first by name of several."""
        query = (
            select(EmbeddingRow.embedder_id)
            .where(EmbeddingRow.exemplar_id == exemplar_id)
            .order_by(EmbeddingRow.number.desc(), EmbeddingRow.embedder_id)
            .limit(1)
        )
        return self._session.scalar(query)

    def pool(self, label: str, version: int | None = None) -> AlikePool:
        """The index's exemplars of a label at a version, the head without one."""
        current = version is None or version == self._versions.head()
        columns = (RevisionRow.exemplar_id, RevisionRow.number, ExemplarRow.annotation_id)
        query = (
            select(*columns, RevisionRow.word)
            .join(ExemplarRow, ExemplarRow.id == RevisionRow.exemplar_id)
            .where(
                is_current() if current else at_version(version or 0),
                RevisionRow.removed.is_(False),
                RevisionRow.label == label,
            )
        )
        # sorted here: for an order by id SQLite would pass by the index of labels
        rows = sorted(self._session.execute(query).all())
        ids, numbers, annotations = (
            np.fromiter((row[column] for row in rows), dtype=np.int64, count=len(rows))
            for column in range(3)
        )
        return AlikePool(ids, numbers, annotations, tuple(row[3].lower() for row in rows))

    def with_vectors(self, pool: AlikePool, embedder_id: str) -> AlikePool:
        """Those of a pool that have a vector of this embedder, with it."""
        stored: dict[int, bytes] = {}
        numbers = dict(zip(pool.ids.tolist(), pool.numbers.tolist(), strict=True))
        for batch in batches(pool.ids.tolist()):
            query = select(EmbeddingRow.exemplar_id, EmbeddingRow.number, EmbeddingRow.vector)
            query = query.where(
                EmbeddingRow.exemplar_id.in_(batch), EmbeddingRow.embedder_id == embedder_id
            )
            for each, number, vector in self._session.execute(query):
                if numbers[each] == number:
                    stored[each] = vector
        found = pool.at([at for at, each in enumerate(pool.ids.tolist()) if each in stored])
        if not stored:
            return found
        whole = b"".join(stored[each] for each in found.ids.tolist())
        vectors = np.frombuffer(whole, dtype="<f4").reshape(len(found.ids), -1)
        return replace(found, vectors=vectors)

    def uncompared(self, most: int) -> dict[str, list[int]]:
        """Exemplars whose near duplicate is not known, or is not what it was, by label."""
        near, twin = NearDuplicateRow, aliased(RevisionRow)
        moved = near.twin_id.is_not(None) & or_(
            twin.id.is_(None), twin.removed, twin.number != near.twin_number
        )
        query = (
            select(RevisionRow.exemplar_id, RevisionRow.label)
            .outerjoin(near, near.exemplar_id == RevisionRow.exemplar_id)
            .outerjoin(
                twin,
                (twin.exemplar_id == near.twin_id)
                & twin.until_seq.is_(None)
                # spelled out, an index begins with it
                & twin.removed.in_((False, True)),
            )
            .where(is_current(), RevisionRow.removed.is_(False))
            .where(or_(near.exemplar_id.is_(None), near.number != RevisionRow.number, moved))
            .order_by(RevisionRow.exemplar_id)
            .limit(most)
        )
        found = defaultdict[str, list[int]](list)
        for exemplar_id, label in self._session.execute(query):
            found[label].append(exemplar_id)
        return found

    def known(self, ids: Sequence[int]) -> dict[int, float]:
        """Similarity of the near duplicates that are known, 0 where there is none."""
        found: dict[int, float] = {}
        for batch in batches(ids):
            query = select(NearDuplicateRow.exemplar_id, NearDuplicateRow.similarity)
            rows = self._session.execute(query.where(NearDuplicateRow.exemplar_id.in_(batch)))
            found.update((row[0], row[1] or 0.0) for row in rows)
        return found

    def put(self, found: Iterable[NearDuplicate]) -> None:
        """Keep what was found, in place of what was known."""
        rows = [vars(each) for each in found]
        for batch in batches([row["exemplar_id"] for row in rows]):
            gone = delete(NearDuplicateRow).where(NearDuplicateRow.exemplar_id.in_(batch))
            self._session.execute(gone)
        if rows:
            self._session.execute(insert(NearDuplicateRow.__table__), rows)  # type: ignore[arg-type]

    def forget_removed(self) -> None:
        """Drop what is known of exemplars that have left the index."""
        there = select(RevisionRow.exemplar_id).where(is_current(), RevisionRow.removed.is_(True))
        gone = delete(NearDuplicateRow).where(NearDuplicateRow.exemplar_id.in_(there))
        self._session.execute(gone)
