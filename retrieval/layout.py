"""Where what lies in the vector of an index entry: the only file that knows its layout.

An entry is ``[context sentence | word | speaker | prominence]``. Its inner product with a query's
vector, which carries the weights, is the part of the default score that search can compute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float32

from retrieval.weights import Weights

SPEAKERS = 25
_PROMINENCE = 2
_STRONGEST = 3.0
"""Prominences from here on are equally strong."""


@dataclass(frozen=True)
class EntryLayout:
    """Where each likeness lies in a vector, for an embedding of ``width`` numbers."""

    width: int

    @classmethod
    def of_vectors(cls, vectors: Float32[np.ndarray, "entry total"]) -> Self:
        """The layout of stored vectors."""
        return cls((vectors.shape[1] - SPEAKERS - _PROMINENCE) // 2)

    @property
    def context(self) -> slice:
        """Embedding of the sentence around the annotation."""
        return slice(0, self.width)

    @property
    def word(self) -> slice:
        """Embedding of the word or connective."""
        return slice(self.width, 2 * self.width)

    @property
    def speaker(self) -> slice:
        """One-hot speaker index."""
        return slice(2 * self.width, 2 * self.width + SPEAKERS)

    @property
    def prominence(self) -> slice:
        """A point of the unit circle; zero where prominence is not known."""
        return slice(2 * self.width + SPEAKERS, self.total)

    @property
    def total(self) -> int:
        """Numbers of the whole vector."""
        return 2 * self.width + SPEAKERS + _PROMINENCE

    def pack(
        self,
        context: Float32[np.ndarray, "entry width"],
        word: Float32[np.ndarray, "entry width"],
        speakers: Sequence[int],
        prominences: Sequence[float | None],
    ) -> Float32[np.ndarray, "entry total"]:
        """Vectors of entries, every block of unit length."""
        if not all(0 <= speaker < SPEAKERS for speaker in speakers):
            raise ValueError(f"speakers must be within 0..{SPEAKERS - 1}, found {set(speakers)}")
        vectors = np.zeros((len(speakers), self.total), dtype=np.float32)
        vectors[:, self.context], vectors[:, self.word] = context, word
        vectors[np.arange(len(speakers)), [self.speaker.start + s for s in speakers]] = 1.0
        for row, value in enumerate(prominences):
            vectors[row, self.prominence] = _on_circle(value)
        return vectors

    def weighted(
        self, vector: Float32[np.ndarray, "total"], weights: Weights
    ) -> Float32[np.ndarray, "total"]:
        """A query's vector, each block times its weight."""
        scaled = vector.copy()
        scaled[self.context] *= weights.context
        scaled[self.word] *= weights.word
        scaled[self.speaker] *= weights.speaker
        scaled[self.prominence] *= weights.prominence
        return scaled


def _on_circle(prominence: float | None) -> tuple[float, float]:
    """A quarter of the circle from weak to strong: inner products are cosines of differences."""
    if prominence is None:
        return 0.0, 0.0
    angle = min(max(prominence, 0.0), _STRONGEST) / _STRONGEST * np.pi / 2
    return float(np.cos(angle)), float(np.sin(angle))
