"""How the published method compares and finds words, kept for its scores.

Its similarity is the partial string ratio of fuzzywuzzy 0.18 over ``difflib``, written anew from
the algorithm's description: the shorter string slides along the longer one to every block that
both share, and the best ratio of a cut-out as long as the shorter string counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from annotations.types import GestureType, Prominence
from speech.transcript import Interval, Word

_PUNCTUATION = re.compile(r"[^\w\s]")
_SURE = 0.995
"""A cut-out this similar counts as the same."""
_PAIR = re.compile(r"""["']?([\w'][\w' -]*\w)["']?\s*,\s*["']?([a-z]+)["']?(?!\w)""")
"""A word or phrase, a comma, and what may be the name of a gesture type."""


@lru_cache(maxsize=1 << 16)
def word_similarity(first: str, second: str) -> float:
    """Partial string ratio of two words in 0..1, in hundredths; blank is like blank only."""
    if first == second:
        return 1.0
    if not first or not second:
        return 0.0
    shorter, longer = (first, second) if len(first) <= len(second) else (second, first)
    best = 0.0
    for block in SequenceMatcher(None, shorter, longer).get_matching_blocks():
        start = max(block.b - block.a, 0)
        ratio = SequenceMatcher(None, shorter, longer[start : start + len(shorter)]).ratio()
        if ratio > _SURE:
            return 1.0
        best = max(best, ratio)
    return round(100 * best) / 100


def stripped(text: str) -> str:
    """``text`` without punctuation."""
    return _PUNCTUATION.sub("", text)


@dataclass(frozen=True)
class Mapped:
    """A phrase with the words of a tier it was found at."""

    phrase: str
    places: tuple[int, ...]


def found_in_order(phrases: Iterable[str], words: Sequence[str]) -> tuple[Mapped | None, ...]:
    """Walk the tier once for each phrase and collect its words, each word of the tier once.

    The walk ends at the phrase's last word, wherever that first stands: as published, "as soon
    as" is found at its first "as" alone. ``None`` where nothing is found.
    """
    free = [True] * len(words)
    tier = [stripped(word) for word in words]

    def place(phrase: str) -> Mapped | None:
        wanted = phrase.split(" ")
        places = []
        for i, word in enumerate(tier):
            if free[i] and word in wanted:
                places.append(i)
                if word == wanted[-1]:
                    break
        for i in places:
            free[i] = False
        return Mapped(phrase, tuple(places)) if places else None

    return tuple(place(stripped(phrase)) for phrase in phrases)


@dataclass(frozen=True)
class MappedProminence:
    """A phrase with the mean prominence of the words found for it."""

    phrase: str
    value: float


def mapped_prominence(
    phrases: Iterable[str], prominences: Sequence[Prominence]
) -> tuple[MappedProminence | None, ...]:
    """The prominence of each phrase, found in the tier by text."""
    found = found_in_order(phrases, [item.word for item in prominences])
    return tuple(
        MappedProminence(
            item.phrase, sum(prominences[i].value for i in item.places) / len(item.places)
        )
        if item
        else None
        for item in found
    )


@dataclass(frozen=True)
class AnswerLabel:
    """A phrase and its gesture type, as a language model wrote them."""

    word: str
    type: GestureType


def parse_answer(text: str) -> tuple[AnswerLabel, ...]:
    """The phrases and types in a language model's answer, each once, beats left out.

    A type that lost its first letter still counts, as published.
    """
    names = {name: kind for kind in GestureType for name in (kind.value, kind.value[1:])}
    labels = [AnswerLabel(word, names[name]) for word, name in _pairs(text, names)]
    return tuple(dict.fromkeys(label for label in labels if label.type is not GestureType.BEAT))


def _pairs(text: str, names: Iterable[str]) -> list[tuple[str, str]]:
    known = set(names)
    pairs = []
    position = 0
    while pair := _PAIR.search(text, position):
        good = pair[2] in known
        position = pair.end() if good else pair.start(2)
        if good:
            pairs.append((pair[1], pair[2]))
    return pairs


@dataclass(frozen=True)
class AnswerPoint:
    """A phrase of the answer at its time in the speech."""

    word: str
    type: GestureType
    interval: Interval


def answer_points(labels: Sequence[AnswerLabel], words: Sequence[Word]) -> tuple[AnswerPoint, ...]:
    """The answer's phrases at the words' times, in their order; unspoken ones are left out."""
    phrases = [label.word.lower() for label in labels]
    found = found_in_order(phrases, [word.text.lower() for word in words])
    points = [
        AnswerPoint(
            item.phrase,
            label.type,
            Interval(
                min(words[i].interval.start for i in item.places),
                max(words[i].interval.end for i in item.places),
            ),
        )
        for label, item in zip(labels, found, strict=True)
        if item
    ]
    return tuple(sorted(points, key=lambda point: point.interval.start))
