"""The published retrieval over the entries at hand: every window scored, ties by text."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    Exemplar,
    GestureLabel,
    GestureType,
    Window,
)
from annotations.windows import tiers_within
from motion.timeline import WINDOW_SECONDS
from retrieval.context import key_word
from retrieval.embedding import Embedder
from retrieval.matches import Candidate, Query
from retrieval.published import Item, items_of, method_of, ranked, score_window, text_similarity
from retrieval.published_placement import HOP_CHUNKS
from speech.transcript import Interval


@dataclass(frozen=True)
class PublishedSearch:
    """Windows with their entries, in the order of their names."""

    exemplars: tuple[Exemplar, ...]
    embedder: Embedder
    prefer_speaker: bool = True
    """Whether the query's speaker counts, as published."""

    @cached_property
    def _windows(self) -> tuple[Window, ...]:
        entries: dict[str, list[Exemplar]] = defaultdict(list)
        for exemplar in self.exemplars:
            entries[exemplar.window.key].append(exemplar)
        return tuple(_curated(entries[key]) for key in sorted(entries, key=str.encode))

    @cached_property
    def _entries(self) -> dict[tuple[str, Annotation], Exemplar]:
        return {(e.window.key, e.annotation): e for e in self.exemplars}

    def candidates(self, query: Query, annotated: AnnotatedSpeech, keep: int) -> list[Candidate]:
        """The ``keep`` best windows that score at all, each with the entry that would be used."""
        method = method_of(query.annotation)
        around = _window_around(query, annotated)
        asked = _asked(query, around)
        scored = [
            score_window(
                asked,
                items_of(window, method),
                self.prefer_speaker and window.speaker == query.speaker,
                method,
            )
            for window in self._windows
        ]
        best = ranked(
            [found.score.total for found in scored],
            lambda i: text_similarity(self._rows(around.text), self._rows(self._windows[i].text)),
            keep,
        )
        return [
            Candidate(self._entries[self._windows[i].key, item.annotation], scored[i].score)
            for i in best
            if (item := scored[i].item) is not None
        ]

    def _rows(self, text: str) -> Float32[np.ndarray, "word width"]:
        """A vector for each word of a text."""
        return self.embedder.embed([key_word(word) for word in text.split()])


def _curated(entries: Iterable[Exemplar]) -> Window:
    """The entries' window with their annotations for its own; beats stay for the prominences."""
    ordered = sorted(entries, key=lambda exemplar: exemplar.annotation.focus)
    window = ordered[0].window
    own = {exemplar.annotation for exemplar in ordered}
    beats = {label for label in window.gestures if label.type is GestureType.BEAT}
    labels = {a for a in own if isinstance(a, GestureLabel)} | beats
    relations = [a for a in own if isinstance(a, DiscourseRelation)]
    return replace(
        window,
        relations=tuple(sorted(relations, key=lambda relation: relation.focus)),
        gestures=tuple(sorted(labels, key=lambda label: label.focus)),
    )


def _window_around(query: Query, annotated: AnnotatedSpeech) -> Window:
    """The query's ten seconds, on the grid of a long talk's windows."""
    start = HOP_CHUNKS * int(max(query.annotation.focus.middle, 0.0) // HOP_CHUNKS)
    tiers = tiers_within(annotated, Interval(start, start + WINDOW_SECONDS))
    text = " ".join(word.text for word in tiers.words)
    return Window(
        "", query.speaker, start, text, tiers.relations, tiers.gestures, tiers.prominences
    )


def _asked(query: Query, around: Window) -> Item:
    """The query with its prominence as the published code finds it in the window."""
    focus = query.annotation.focus.shifted(-around.start_seconds)
    for item in items_of(around, method_of(query.annotation)):
        found = item.annotation
        if found.label == query.annotation.label and abs(found.focus.start - focus.start) < 1e-6:
            return Item(query.annotation, item.prominence)
    return Item(query.annotation, query.prominence)
