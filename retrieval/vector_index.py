"""What every index of vectors answers, whatever it computes with.

The answers of all implementations are the same to the bit: `retrieval.likeness` says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from jaxtyping import Float32, Int64

from retrieval.entries import Entries

__all__ = ["Entries", "Found", "SearchFilter", "UnknownEntryError", "VectorIndex"]


@dataclass(frozen=True)
class SearchFilter:
    """Which entries a search may find."""

    labels: tuple[str, ...]
    """Labels to look among; none at all finds nothing."""
    excluded: frozenset[int] = frozenset()
    """Ids that are passed over."""
    without_recordings: tuple[str, ...] = ()
    """Recordings whose entries are passed over."""
    speaker: int | None = None
    """Only entries of this speaker."""
    beyond: "SearchFilter | None" = None
    """Only entries that this filter does not let through."""

    @cached_property
    def excluded_ids(self) -> Int64[np.ndarray, "id"]:
        """Ids that are passed over, as an array."""
        return np.fromiter(self.excluded, dtype=np.int64, count=len(self.excluded))


@dataclass(frozen=True)
class Found:
    """An entry with its inner product, rounded to float32."""

    id: int
    likeness: float


class VectorIndex(Protocol):
    """An immutable set of entries, searched exactly.

    Vectors are float32 of one width. Best first means by falling likeness, then by rising id.
    """

    @property
    def embedder_id(self) -> str:
        """Who made the vectors."""

    @property
    def version(self) -> int:
        """Index version that the entries are of."""

    @property
    def width(self) -> int:
        """Numbers a vector."""

    @property
    def ids(self) -> Int64[np.ndarray, "entry"]:
        """Every id, ascending."""

    @property
    def label_counts(self) -> Mapping[str, int]:
        """How many entries each label has; labels without entries are not named."""

    def __len__(self) -> int: ...

    def __contains__(self, entry: int) -> bool: ...

    def search(
        self, vector: Float32[np.ndarray, "width"], filter: SearchFilter, k: int
    ) -> tuple[Found, ...]:
        """The ``k`` allowed entries with the largest inner products, best first.

        Raises ValueError for a vector of another width or with a number that is not finite.
        """

    def count(self, filter: SearchFilter) -> int:
        """How many entries a search with this filter looks at."""

    def vectors(self, ids: Sequence[int]) -> Float32[np.ndarray, "row width"]:
        """Vectors of entries, one a row; `UnknownEntryError` for an id that is not there."""

    def numbers(self, ids: Sequence[int]) -> Int64[np.ndarray, "row"]:
        """Revisions that the vectors of entries belong to."""

    def label_of(self, entry: int) -> str:
        """Label of an entry."""

    def recording_of(self, entry: int) -> str:
        """Recording that an entry was cut from."""

    def speaker_of(self, entry: int) -> int:
        """Speaker of an entry."""

    def updated(self, removed: Sequence[int], changed: Entries, version: int) -> "VectorIndex":
        """The index of a later version: without ``removed``, with ``changed`` added or replaced.

        This index stays as it is; unchanged vectors are shared. Removed ids that are not there
        are passed over. The answers are those of an index built from scratch, to the bit.
        """

    def save(self, folder: Path) -> None:
        """Write the index; a failed write leaves what the folder held before."""


class UnknownEntryError(KeyError):
    """An id is not in the index."""

    def __init__(self, ids: Sequence[int], version: int) -> None:
        super().__init__(ids, version)
        self.ids, self.version = tuple(ids), version

    def __str__(self) -> str:
        named = ", ".join(str(each) for each in self.ids[:5])
        more = f" and {len(self.ids) - 5} more" if len(self.ids) > 5 else ""
        return (
            f"index version {self.version} has no entry {named}{more}; "
            "ask for ids that a search of this version found"
        )
