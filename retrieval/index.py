"""The index on processors, with FAISS's flat scan: the only file that uses faiss.

The scan reads the segments' own memory. An `IndexFlatIP` would keep a copy that no two versions
could share, and its selectors are slower than a stretch of neighbours: see docs/retrieval-index.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float32, Int64

from annotations.types import Exemplar
from retrieval.embedding import Embedder
from retrieval.entries import Entries
from retrieval.exact_index import ExactIndex
from retrieval.index_files import EmbedderMismatchError, IndexFileError, IndexNotSavedError
from retrieval.likeness import longest_length
from retrieval.segments import EVERY, Columns, Products, Stretch
from retrieval.vectors import exemplar_vectors

__all__ = [
    "EmbedderMismatchError",
    "FaissIndex",
    "IndexFileError",
    "IndexNotSavedError",
    "entries_of",
]

_FEW = 16
"""Of a stretch with fewer than one in so many allowed, the allowed rows are listed."""
_FEW_TOLD = 4
"""Of a query with fewer than one in so many numbers told, only these are multiplied."""


@dataclass(frozen=True, eq=False)
class FaissVectors:
    """Vectors of a segment in memory."""

    vectors: Float32[np.ndarray, "entry width"]

    def rows(
        self, rows: Int64[np.ndarray, "row"], columns: Columns = EVERY
    ) -> Float32[np.ndarray, "row column"]:
        """Some of the vectors, or some columns of them."""
        wanted = rows if isinstance(columns, slice) else rows[:, None]
        found: Float32[np.ndarray, "row column"] = self.vectors[wanted, columns]
        return found

    def longest(self) -> float:
        """No less than the Euclidean length of any vector, and hardly more."""
        squares = np.einsum("ew,ew->e", self.vectors, self.vectors)
        return longest_length(float(squares.max(initial=0.0)), self.vectors.shape[1])

    def nearest(self, query: Float32[np.ndarray, "width"], stretch: Stretch, k: int) -> Products:
        """The ``k`` largest products of a stretch, in any order; ``k`` within its count."""
        import faiss  # noqa: TID251

        if (told := _told(query)) is not None:
            return _largest(self._products(query, stretch, told), stretch, k)
        stretched = self.vectors[stretch.start : stretch.stop]
        values = np.empty(k, dtype=np.float32)
        rows = np.empty(k, dtype=np.int64)
        selector, _held = _selector(stretch)
        faiss.knn_inner_product(
            faiss.swig_ptr(query),
            faiss.swig_ptr(stretched),
            len(query),
            1,
            len(stretched),
            k,
            faiss.swig_ptr(values),
            faiss.swig_ptr(rows),
            selector,
        )
        return Products(rows + stretch.start, values)

    def at_least(
        self, query: Float32[np.ndarray, "width"], stretch: Stretch, least: float
    ) -> Products:
        """Every product of a stretch that is not below ``least``."""
        values = self._products(query, stretch, _told(query) or slice(None))
        wanted = values >= least
        if stretch.allowed is not None:
            wanted &= stretch.allowed
        rows = np.flatnonzero(wanted)
        return Products(rows + stretch.start, values[rows])

    def _products(
        self, query: Float32[np.ndarray, "width"], stretch: Stretch, columns: slice
    ) -> Float32[np.ndarray, "row"]:
        found: Float32[np.ndarray, row] = (
            self.vectors[stretch.start : stretch.stop, columns] @ query[columns]
        )
        return found


def _told(query: Float32[np.ndarray, "width"]) -> slice | None:
    """Where a query is not zero, if that is a small part of it: of prosody, its last numbers."""
    told = np.flatnonzero(query)
    if not len(told):
        return None
    columns = slice(int(told[0]), int(told[-1]) + 1)
    return columns if _FEW_TOLD * (columns.stop - columns.start) < len(query) else None


def _largest(values: Float32[np.ndarray, "row"], stretch: Stretch, k: int) -> Products:
    """The ``k`` largest products of what is allowed in a stretch."""
    allowed = None if stretch.allowed is None else np.flatnonzero(stretch.allowed)
    looked = values if allowed is None else values[allowed]
    places = np.argpartition(looked, len(looked) - k)[len(looked) - k :]
    rows = places if allowed is None else allowed[places]
    return Products(rows + stretch.start, values[rows])


def _selector(stretch: Stretch) -> tuple[Any, Any]:
    """What tells FAISS which rows of a stretch count, and the memory that it points at."""
    import faiss  # noqa: TID251

    if stretch.allowed is None:
        return None, None
    if stretch.count * _FEW < len(stretch.allowed):
        listed = np.flatnonzero(stretch.allowed)
        return faiss.IDSelectorArray(len(listed), faiss.swig_ptr(listed)), listed
    bits = np.packbits(stretch.allowed, bitorder="little")
    return faiss.IDSelectorBitmap(len(stretch.allowed), faiss.swig_ptr(bits)), bits


class FaissIndex(ExactIndex):
    """The index on processors."""

    @classmethod
    def of(cls, entries: Entries, embedder_id: str, version: int = 0) -> Self:
        """Index ready vectors."""
        return cls._of(entries, embedder_id, version, FaissVectors)

    @classmethod
    def build(cls, exemplars: Sequence[Exemplar], embedder: Embedder, version: int = 0) -> Self:
        """Embed and index exemplars; the order they are given in does not matter."""
        return cls.of(entries_of(exemplars, embedder), embedder.id, version)

    @classmethod
    def load(cls, folder: Path, embedder_id: str | None = None) -> Self:
        """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used.

        ``embedder_id`` names the embedder that is going to ask.
        """
        return cls._load(folder, embedder_id, FaissVectors)


def entries_of(exemplars: Sequence[Exemplar], embedder: Embedder) -> Entries:
    """Entries of exemplars, embedded."""
    return Entries.of(
        [exemplar.id for exemplar in exemplars],
        [exemplar.annotation.label for exemplar in exemplars],
        exemplar_vectors(exemplars, embedder),
        speakers=[exemplar.window.speaker for exemplar in exemplars],
        recordings=[exemplar.window.recording for exemplar in exemplars],
    )
