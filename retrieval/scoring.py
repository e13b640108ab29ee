"""The default score of a candidate, term by term; the published one is in `retrieval.published`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from annotations.types import DiscourseRelation, Exemplar, GestureLabel
from retrieval.alignment import sequence_similarity
from retrieval.context import (
    Shadow,
    anchor_seconds,
    context_of_window,
    key_word,
    recording_seconds,
    shadow_of,
    stroke_lead,
)
from retrieval.directions import Direction, directed
from retrieval.matches import Query, Score, Shown, Term
from retrieval.prosody import contour_likeness, contour_of
from retrieval.vectors import EntryLayout
from retrieval.weights import Weights
from retrieval.words import same_family, same_word

_STILL_HANDS, _SHORT_MOTION = "still_hands", "short_motion"
"""Quality flags that indexing sets; all others are a curator's."""
_LEAST_LEAD, _MOST_LEAD = -0.1, 0.35
"""Strokes precede the stress of their word or come with it (Kendon, McNeill)."""
_LEAD_MARGIN = 0.3
"""A stroke farther outside than this says nothing about its word."""
_DEEP_SHADOW = 1.5
"""A word outdone by so much prominence, or more, is in the shadow wholly."""


def label_levels(label: str) -> tuple[str, ...]:
    """A dotted sense as its levels; a gesture type has one."""
    return tuple(label.split("."))


def shared_levels(first: str, second: str) -> int:
    """How many leading levels two labels have in common."""
    shared = 0
    for one, other in zip(label_levels(first), label_levels(second), strict=False):
        if one != other:
            break
        shared += 1
    return shared


@dataclass(frozen=True)
class Asked:
    """A query as it is compared."""

    query: Query
    words: tuple[str, ...]
    """Of its sentence, in lower case."""
    shown: tuple[Shown, ...] = ()
    """What was shown shortly before."""


@dataclass(frozen=True)
class Likeness:
    """Inner products of a query and an entry: 1 for the same, about 0 for unlike ones."""

    context: float
    word: float
    speaker: float
    prominence: float | None
    """``None`` where either prominence is not known."""

    @classmethod
    def each(
        cls,
        layout: EntryLayout,
        asked: Float32[np.ndarray, "total"],
        entries: Float32[np.ndarray, "entry total"],
    ) -> "list[Likeness]":
        """Of a query's vector, without weights, with every entry's."""
        context, word, speaker, prominence = (
            (entries[:, block] @ asked[block]).tolist()
            for block in (layout.context, layout.word, layout.speaker, layout.prominence)
        )
        known = np.zeros(len(entries), dtype=bool)
        if asked[layout.prominence].any():
            known |= entries[:, layout.prominence].any(axis=1)
        return [
            cls(context[row], word[row], speaker[row], prominence[row] if known[row] else None)
            for row in range(len(entries))
        ]


@dataclass(frozen=True)
class Entry:
    """An exemplar as it is compared."""

    exemplar: Exemplar
    words: tuple[str, ...]
    """Of the sentence around its annotation, in lower case."""
    contour: tuple[float, ...]
    lead_seconds: float | None
    """How long before its own word's stress it strokes; ``None`` where no stroke is known."""
    shadow: Shadow | None
    """The stronger word beside its own, if there is one."""

    @classmethod
    def of(cls, exemplar: Exemplar) -> "Entry":
        """Work out what a score needs."""
        words = sentence_words(context_of_window(exemplar.window, exemplar.annotation))
        contour = contour_of(exemplar, anchor_seconds(exemplar))
        return cls(exemplar, words, contour, stroke_lead(exemplar), shadow_of(exemplar))


def sentence_words(text: str) -> tuple[str, ...]:
    """The words of a sentence as they are compared."""
    return tuple(word for part in text.split() if (word := key_word(part)))


def default_score(asked: Asked, entry: Entry, like: Likeness, weights: Weights) -> Score:
    """Every term rises with likeness; what speaks against an exemplar counts below zero."""
    exemplar = entry.exemplar
    terms = [_label_term(asked.query, exemplar, weights)]
    if asked.query.method == "prosody":
        terms.append(_contour_term(asked.query, entry, weights))
    else:
        terms.append(_word_term(asked, exemplar, like, weights))
        terms.append(_context_term(like, weights))
        terms.append(_text_term(asked, entry, weights))
    return Score.of(
        *terms,
        _speaker_term(like, weights),
        _prominence_term(like, weights),
        _stroke_term(entry, weights),
        *_shadow_terms(entry.shadow, weights),
        *_quality_terms(exemplar.quality, weights),
        *_recent_terms(asked, entry, weights),
    )


def _label_term(query: Query, exemplar: Exemplar, weights: Weights) -> Term:
    asked, found = query.annotation.label, exemplar.annotation.label
    if asked == found:
        return Term("label", weights.label, f"both are {asked}")
    shared = shared_levels(asked, found)
    value = (0.0, weights.label_one_level, weights.label_two_levels)[min(shared, 2)]
    common = ".".join(label_levels(asked)[:shared]) or "nothing"
    return Term("label", value, f"{found} for {asked}: only {common} in common")


def _word_term(asked: Asked, exemplar: Exemplar, like: Likeness, weights: Weights) -> Term:
    word, found = asked.query.annotation.word, exemplar.annotation.word
    value = weights.word * like.word
    if same_word(word, found):
        return Term("word", value + weights.same_word, f'same word "{found}"')
    if isinstance(exemplar.annotation, DiscourseRelation) and same_family(
        word, found, asked.query.annotation.label
    ):
        why = f'"{found}" stands for "{word}", like to {like.word:.2f}'
        return Term("word", value + weights.same_family, why)
    if isinstance(exemplar.annotation, GestureLabel):
        way = directed(word, found)
        if way is Direction.SAME:
            why = f'"{found}" points as "{word}" does, like to {like.word:.2f}'
            return Term("word", value + weights.same_family, why)
        if way is Direction.OPPOSITE:
            why = f'"{found}" points the other way than "{word}"'
            return Term("word", value - weights.opposite, why)
    return Term("word", value, f'"{found}" means about "{word}" to {like.word:.2f}')


def _context_term(like: Likeness, weights: Weights) -> Term:
    why = f"sentences mean alike to {like.context:.2f}"
    return Term("context", weights.context * like.context, why)


def _text_term(asked: Asked, entry: Entry, weights: Weights) -> Term:
    likeness = sequence_similarity(asked.words, entry.words)
    return Term("text", weights.text * likeness, f"sentences run alike to {likeness:.2f}")


def _contour_term(query: Query, entry: Entry, weights: Weights) -> Term:
    known = bool(query.contour and entry.contour)
    likeness = contour_likeness(query.contour, entry.contour)
    why = f"prominence rises and falls alike to {likeness:.2f}" if known else "contour not known"
    return Term("contour", weights.contour * likeness, why)


def _speaker_term(like: Likeness, weights: Weights) -> Term:
    why = "same speaker" if like.speaker else "other speaker"
    return Term("speaker", weights.speaker * like.speaker, why)


def _prominence_term(like: Likeness, weights: Weights) -> Term:
    if like.prominence is None:
        return Term("prominence", 0.0, "prominence not known")
    why = f"spoken about as strongly, to {like.prominence:.2f}"
    return Term("prominence", weights.prominence * like.prominence, why)


def _stroke_term(entry: Entry, weights: Weights) -> Term:
    """A stroke falls on its word's stress or shortly before; one elsewhere is another gesture's."""
    lead = entry.lead_seconds
    if lead is None:
        return Term("stroke", 0.0, "no stroke")
    shadow = entry.shadow
    if shadow and shadow.lead_seconds is not None and _fit(shadow.lead_seconds) == 1.0:
        return Term("stroke", 0.0, f'its stroke falls on "{shadow.word}"')
    fit = _fit(lead)
    place = f"{lead:.2f} s before" if lead >= 0 else f"{-lead:.2f} s behind"
    return Term("stroke", weights.stroke * fit, f"its stroke is {place} its own stress")


def _fit(lead: float) -> float:
    """1 where a stroke comes with a stress or shortly before, less the farther outside."""
    outside = max(_LEAST_LEAD - lead, lead - _MOST_LEAD, 0.0)
    return max(0.0, 1.0 - outside / _LEAD_MARGIN)


def _shadow_terms(shadow: Shadow | None, weights: Weights) -> tuple[Term, ...]:
    """Hands go with the stronger of two near words; the weaker may have no gesture of its own."""
    if shadow is None:
        return ()
    share = min(shadow.excess / _DEEP_SHADOW, 1.0)
    why = f'"{shadow.word}" beside it is stronger by {shadow.excess:.1f}'
    return (Term("overshadowed", -weights.overshadowed * share, why),)


def _quality_terms(quality: Sequence[str], weights: Weights) -> tuple[Term, ...]:
    """One term for each flag: the exemplar is taken only where nothing better is left."""
    costs = {_STILL_HANDS: weights.still_hands, _SHORT_MOTION: weights.short_motion}
    return tuple(
        Term("quality", -costs.get(each, weights.curator_flag), f"marked {each}")
        for each in quality
    )


def _recent_terms(asked: Asked, entry: Entry, weights: Weights) -> tuple[Term, ...]:
    """Less the longer ago the same gesture was shown; none where it was not."""
    ago = [
        asked.query.stress_seconds - shown.seconds
        for shown in asked.shown
        if shown.recording == entry.exemplar.window.recording
        and abs(shown.recording_seconds - recording_seconds(entry.exemplar)) < 0.01
    ]
    if not ago or min(ago) >= weights.recent_seconds:
        return ()
    share = 1.0 - max(min(ago), 0.0) / weights.recent_seconds
    return (Term("recent", -weights.recent * share, f"shown {min(ago):.0f} s before"),)
