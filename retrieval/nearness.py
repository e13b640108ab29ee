"""How near entries of the index are to each other, from their vectors alone."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from retrieval.layout import EntryLayout
from retrieval.weights import Weights

NEAR = 0.95
"""From this cosine of their sentences on, entries of one label and word are near duplicates."""
_BLOCK = 512
"""Entries that are compared with all others at a time."""


@dataclass(frozen=True)
class Nearness:
    """Every entry as seen from one of them."""

    similarity: Float32[np.ndarray, "entry"]
    """Word and sentence, weighted as the default score weighs them; 1 for equal ones."""
    context: Float32[np.ndarray, "entry"]
    """Cosine of the sentences."""


def nearness(
    one: Float32[np.ndarray, "total"],
    vectors: Float32[np.ndarray, "entry total"],
    weights: Weights,
) -> Nearness:
    """How near every entry is to one."""
    layout = EntryLayout.of_vectors(vectors)
    context = vectors[:, layout.context] @ one[layout.context]
    word = vectors[:, layout.word] @ one[layout.word]
    whole = weights.context + weights.word or 1.0
    similarity = (weights.context * context + weights.word * word) / whole
    return Nearness(similarity.astype(np.float32), context)


@dataclass(frozen=True)
class Twins:
    """For each entry, the most alike one of another annotation among some."""

    places: Int64[np.ndarray, "entry"]
    """Place of the twin; -1 where there is none."""
    similarity: Float32[np.ndarray, "entry"]
    """Cosine of the sentences."""


def twins(
    vectors: Float32[np.ndarray, "entry total"],
    annotations: Int64[np.ndarray, "entry"],
    asked: Int64[np.ndarray, "asked"],
) -> tuple[Twins, Twins]:
    """Compare some entries with all: their twins among all, and of all among the asked.

    The first has a place for each that was asked for. All are to be of one label and word. A few
    hundred rows of the products are held at once.
    """
    sentences = np.ascontiguousarray(vectors[:, EntryLayout.of_vectors(vectors).context])
    own = Twins(np.full(len(asked), -1), np.zeros(len(asked), dtype=np.float32))
    back = Twins(np.full(len(vectors), -1), np.zeros(len(vectors), dtype=np.float32))
    for start in range(0, len(asked), _BLOCK):
        some = asked[start : start + _BLOCK]
        alike = sentences[some] @ sentences.T
        alike[annotations[some][:, None] == annotations[None, :]] = 0.0
        block = slice(start, start + len(some))
        own.similarity[block] = alike.max(axis=1)
        own.places[block] = np.where(own.similarity[block] > 0.0, alike.argmax(axis=1), -1)
        best = alike.max(axis=0)
        closer = best > back.similarity
        back.similarity[closer] = best[closer]
        back.places[closer] = some[alike.argmax(axis=0)][closer]
    return own, back
