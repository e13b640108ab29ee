"""The published retrieval over the entries at hand: every window scored, ties by text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
from retrieval.published import (
    Item,
    Method,
    items_of,
    method_of,
    ranked,
    score_window,
    text_similarity,
)
from retrieval.published_placement import HOP_CHUNKS
from retrieval.vector_index import SearchFilter
from speech.transcript import Interval


@dataclass(frozen=True)
class PublishedWindow:
    """A window with its entries."""

    entries: tuple[Exemplar, ...]
    window: Window
    """With the entries' annotations for its own; beats stay for the prominences."""
    _items: dict[Method, tuple[Item, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, entries: Iterable[Exemplar]) -> "PublishedWindow":
        """The window of these entries."""
        ordered = tuple(sorted(entries, key=lambda exemplar: exemplar.annotation.focus))
        return cls(ordered, _curated(ordered))

    def items(self, method: Method) -> tuple[Item, ...]:
        """What ``method`` compares, worked out once."""
        if method not in self._items:
            self._items[method] = items_of(self.window, method)
        return self._items[method]

    def entry_of(self, annotation: Annotation) -> Exemplar:
        """The entry that an annotation belongs to."""
        return next(each for each in self.entries if each.annotation == annotation)

    def allowed(self, filtered: SearchFilter) -> "PublishedWindow | None":
        """The window without entries that are kept out; ``None`` where none is left."""
        if self.window.recording in filtered.without_recordings:
            return None
        if filtered.speaker is not None and self.window.speaker != filtered.speaker:
            return None
        if filtered.excluded.isdisjoint(each.id for each in self.entries):
            return self
        left = [each for each in self.entries if each.id not in filtered.excluded]
        return PublishedWindow.of(left) if left else None


@dataclass(frozen=True)
class PublishedSearch:
    """Windows with their entries, in the order of their names."""

    windows: tuple[PublishedWindow, ...]
    embedder: Embedder

    @classmethod
    def of(cls, exemplars: Iterable[Exemplar], embedder: Embedder) -> "PublishedSearch":
        """A search among these entries."""
        entries: Mapping[str, list[Exemplar]] = defaultdict(list)
        for exemplar in exemplars:
            entries[exemplar.window.key].append(exemplar)
        ordered = sorted(entries, key=str.encode)
        return cls(tuple(PublishedWindow.of(entries[key]) for key in ordered), embedder)

    def allowed(self, filtered: SearchFilter) -> "PublishedSearch":
        """The search among what a filter lets through; its labels do not matter."""
        left = (window.allowed(filtered) for window in self.windows)
        return replace(self, windows=tuple(window for window in left if window is not None))

    def candidates(
        self, query: Query, annotated: AnnotatedSpeech, keep: int, prefer_speaker: bool = True
    ) -> list[Candidate]:
        """The ``keep`` best windows that score at all, each with the entry that would be used.

        Without ``prefer_speaker``, the query's speaker does not count as it does as published.
        """
        method = method_of(query.annotation)
        around = _window_around(query, annotated)
        asked = _asked(query, around)
        preferred = query.speaker if prefer_speaker else None
        scored = (
            (
                each,
                score_window(asked, each.items(method), each.window.speaker == preferred, method),
            )
            for each in self.windows
        )
        alike = [(each, found) for each, found in scored if found.item is not None]
        best = ranked(
            [found.score.total for _, found in alike],
            lambda i: self._likeness(around.text, alike[i][0].window.text),
            keep,
        )
        return [
            Candidate(each.entry_of(found.item.annotation), found.score)
            for each, found in (alike[i] for i in best)
            if found.item is not None
        ]

    def _likeness(self, first: str, second: str) -> float:
        return text_similarity(self._rows(first), self._rows(second))

    def _rows(self, text: str) -> Float32[np.ndarray, "word width"]:
        """A vector for each word of a text."""
        return self.embedder.embed([key_word(word) for word in text.split()])


def _curated(entries: Sequence[Exemplar]) -> Window:
    window = entries[0].window
    own = {exemplar.annotation for exemplar in entries}
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
