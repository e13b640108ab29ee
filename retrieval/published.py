"""The published scores of RAG-Gesture (CVPR 2025), as its released code computes them.

Known defects are part of it: the word term falls as words grow more alike, words are compared by
their letters, and ties are broken by the texts' token vectors position by position.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np
from jaxtyping import Float

from annotations.types import Annotation, DiscourseRelation, GestureType, Source, Window
from retrieval.matches import Score, Term
from retrieval.published_text import mapped_prominence, word_similarity

Method = Literal["discourse", "gesture_type", "llm"]

_SAME_LABEL = 2.0
_SAME_CONNECTIVE = 4.0
_SAME_WORD = 5.0
_SAME_SPEAKER: dict[Method, float] = {"discourse": 3.0, "gesture_type": 2.0, "llm": 1.0}


def method_of(annotation: Annotation) -> Method:
    """The published method that answers a query for ``annotation``."""
    if isinstance(annotation, DiscourseRelation):
        return "discourse"
    return "llm" if annotation.source is Source.LLM else "gesture_type"


@dataclass(frozen=True)
class Item:
    """An annotation with the prominence found for it by text."""

    annotation: Annotation
    prominence: float | None


@dataclass(frozen=True)
class Scored:
    """A window's score and the annotation of it that would be used."""

    score: Score
    item: Item | None


_NOTHING = Scored(Score(0.0, ()), None)


def items_of(window: Window, method: Method) -> tuple[Item, ...]:
    """What ``method`` compares in a window: its relations, or its gesture labels without beats."""
    tier: tuple[Annotation, ...] = window.gestures
    if method == "discourse":
        tier = window.relations
    mapped = mapped_prominence([annotation.word for annotation in tier], window.prominences)
    return tuple(
        Item(annotation, found.value if found else None)
        for annotation, found in zip(tier, mapped, strict=True)
        if annotation.label != GestureType.BEAT
    )


def score_window(query: Item, items: Sequence[Item], same_speaker: bool, method: Method) -> Scored:
    """Score one window's ``items`` against the query; 0 where none shares its sense or type."""
    alike = [item for item in items if item.annotation.label == query.annotation.label]
    if not alike:
        return _NOTHING
    terms = [
        Term("label", _SAME_LABEL, f"both are {query.annotation.label}"),
        Term("speaker", _SAME_SPEAKER[method] * same_speaker, "same speaker"),
    ]
    match method:
        case "discourse":
            terms += [_connective_term(query, alike), _prominence_term(query, alike)]
        case "gesture_type":
            terms += [_word_term(query, alike)]
        case "llm":
            terms += [_word_term(query, alike), _prominence_term(query, alike)]
        case _:
            assert_never(method)
    return Scored(Score.of(*terms), _used(query, alike, method))


def _same_word(query: Item, item: Item) -> bool:
    return query.annotation.word == item.annotation.word


def _connective_term(query: Item, alike: Sequence[Item]) -> Term:
    same = any(_same_word(query, item) for item in alike)
    return Term("word", _SAME_CONNECTIVE * same, f'same connective "{query.annotation.word}"')


def _word_term(query: Item, alike: Sequence[Item]) -> Term:
    word = query.annotation.word
    if any(_same_word(query, item) for item in alike):
        return Term("word", _SAME_WORD, f'same word "{word}"')
    similarity = max(word_similarity(item.annotation.word, word) for item in alike)
    value = 3.0 / (1.0 + 2.0 * similarity)
    return Term("word", value, f'letters like "{word}" to {similarity:.2f}')


def _closeness(query: Item, item: Item) -> float:
    """4/(1+2|d|) of two known prominences; 0 where either is not known."""
    if query.prominence is None or item.prominence is None:
        return 0.0
    return 4.0 / (1.0 + 2.0 * abs(query.prominence - item.prominence))


def _prominence_term(query: Item, alike: Sequence[Item]) -> Term:
    known = [_closeness(query, item) for item in alike if item.prominence is not None]
    value = sum(known) / len(known) if known else 0.0
    return Term("prominence", value, "spoken about as strongly")


def _used(query: Item, alike: Sequence[Item], method: Method) -> Item:
    """The annotation that is cut out: by prominence for ``llm``, else by word."""
    exact = [item for item in alike if _same_word(query, item)]
    nearest = max(alike, key=lambda item: _closeness(query, item))
    word = query.annotation.word
    match method:
        case "discourse":
            return exact[0] if exact else nearest
        case "llm" if _closeness(query, nearest) > 0.0:
            return nearest
        case "gesture_type" | "llm":
            likest = max(alike, key=lambda item: word_similarity(item.annotation.word, word))
            return exact[0] if exact else likest
        case _:
            assert_never(method)


def text_similarity(
    first: Float[np.ndarray, "token d"], second: Float[np.ndarray, "other d"]
) -> float:
    """Mean product of the token vectors at the same place, over the places both texts have."""
    shared = min(len(first), len(second))
    if shared == 0:
        return 0.0
    return float((first[:shared] * second[:shared]).sum(axis=1).mean())


def ranked(
    totals: Sequence[float], similarity: Callable[[int], float], keep: int
) -> tuple[int, ...]:
    """The ``keep`` best places of ``totals``; equal ones in the order of their text similarity.

    ``similarity`` is asked only where it decides.
    """
    order = sorted(range(len(totals)), key=lambda i: -totals[i])
    if not order or keep < 1:
        return ()
    least = totals[order[min(keep, len(order)) - 1]]
    able = [i for i in order if totals[i] >= least]
    times = Counter(totals)
    likeness = {i: similarity(i) if times[totals[i]] > 1 else 0.0 for i in able}
    return tuple(sorted(able, key=lambda i: (-totals[i], -likeness[i]))[:keep])
