"""The vectors of index entries, see `retrieval.layout`."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from annotations.types import Annotation, Exemplar, Prominence, Window
from retrieval.context import context_of_window, key_word, prominence_of
from retrieval.embedding import Embedder
from retrieval.layout import SPEAKERS, EntryLayout
from retrieval.weights import Weights

__all__ = ["SPEAKERS", "EntryLayout", "Weights", "exemplar_prominence", "exemplar_vectors"]


def exemplar_vectors(
    exemplars: Sequence[Exemplar], embedder: Embedder
) -> Float32[np.ndarray, "entry total"]:
    """Vectors of index entries."""
    return EntryLayout(embedder.width).pack(
        embedder.embed([context_of_window(e.window, e.annotation) for e in exemplars]),
        embedder.embed([key_word(e.annotation.word) for e in exemplars]),
        [e.window.speaker for e in exemplars],
        [exemplar_prominence(e.window, e.annotation) for e in exemplars],
    )


def exemplar_prominence(window: Window, annotation: Annotation) -> float | None:
    """Prominence of an annotation in its window."""
    tier: Sequence[Prominence] = window.prominences
    return prominence_of(annotation.focus, tier)
