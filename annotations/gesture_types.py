"""Gesture type per word: a table of triggers, weighed by prominence.

Types follow McNeill (1992); the table follows what words of a talk predict of its gestures
(Kucherenko et al., 2022): category and meaning come from the text, phase and rhythm from prosody.
"""

import json
from bisect import bisect, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from annotations.cues import FUNCTION_WORDS, plain
from annotations.types import GestureLabel, GestureType, Prominence, Source
from speech.words import Interval, Word

MOST_IN_WINDOW = 2
"""Labels other than beats within any ten seconds."""
WINDOW_SECONDS = 10.0
LEAST_APART_SECONDS = 1.5
"""From one label other than a beat to the next."""
LEAST_SCORE = 0.3
BEAT_PROMINENCE = 1.0
"""From here on a content word may carry a beat."""
BEAT_APART_SECONDS = 0.5
_STRONG = 2.0
_FILE = Path(__file__).with_name("triggers.json")


@dataclass(frozen=True)
class Trigger:
    """Words that ask for a gesture of a type."""

    type: GestureType
    group: str
    words: tuple[str, ...]
    weight: float
    """0 to 1: how surely, when the words are prominent."""


@dataclass(frozen=True)
class Triggers:
    """The table."""

    entries: tuple[Trigger, ...]

    @cached_property
    def by_first_word(self) -> Mapping[str, tuple[Trigger, ...]]:
        """Triggers by the word they begin with, longest first."""
        found: dict[str, tuple[Trigger, ...]] = {}
        for entry in sorted(self.entries, key=lambda e: (-len(e.words), -e.weight, e.words)):
            found[entry.words[0]] = (*found.get(entry.words[0], ()), entry)
        return found

    @classmethod
    def load(cls, path: Path = _FILE) -> "Triggers":
        """Read the table; groups marked ``inflect`` get the regular forms of their words."""
        table = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            tuple(
                entry
                for kind, groups in table.items()
                for group in groups
                for entry in _group(GestureType(kind), group)
            )
        )


@lru_cache(maxsize=1)
def shipped_triggers() -> Triggers:
    """The table that comes with the package."""
    return Triggers.load()


def _group(kind: GestureType, group: Mapping[str, Any]) -> Iterator[Trigger]:
    for phrase in group["phrases"]:
        forms = inflected(phrase) if group.get("inflect") else (phrase,)
        for form in forms:
            yield Trigger(kind, group["name"], tuple(form.split(" ")), group["weight"])


def inflected(phrase: str) -> tuple[str, ...]:
    """A word and its regular forms in -s, -ed and -ing; of a phrase, those of its first word."""
    head, _, rest = phrase.partition(" ")
    stem = head.removesuffix("e")
    if head.endswith("y") and head[-2:-1] not in ("a", "e", "o", "u"):
        forms = [f"{head[:-1]}ies", f"{head[:-1]}ied", f"{head}ing"]
    else:
        doubled = f"{head}{head[-1]}" if _doubles(head) else stem
        plural = "es" if head.endswith(("s", "sh", "ch", "x", "z")) else "s"
        forms = [f"{head}{plural}", f"{doubled}ed", f"{doubled}ing"]
    return tuple(f"{form} {rest}".strip() for form in (head, *forms))


def _doubles(word: str) -> bool:
    """Whether the last letter is doubled before a vowel: one short vowel, one consonant."""
    vowels = "aeiou"
    return (
        sum(letter in vowels for letter in word) == 1
        and len(word) >= 3
        and word[-1] not in f"{vowels}wxy"
        and word[-2] in vowels
        and word[-3] not in vowels
    )


@dataclass(frozen=True)
class _Hit:
    trigger: Trigger
    tokens: range
    interval: Interval
    score: float


def annotate_gesture_types(
    words: Sequence[Word],
    prominences: Sequence[Prominence],
    triggers: Triggers | None = None,
    taken: frozenset[int] = frozenset(),
) -> tuple[GestureLabel, ...]:
    """Labels by time: the best few triggers, and beats on the other prominent content words.

    ``prominences`` holds one entry a word, as `annotations.prominence` gives them. Words in
    ``taken`` are connectives: their relation asks for the gesture, so they get no label here.
    """
    if len(words) != len(prominences):
        raise ValueError(f"one prominence a word: found {len(prominences)} for {len(words)} words")
    table = shipped_triggers() if triggers is None else triggers
    values = [found.value for found in prominences]
    chosen = _chosen([hit for hit in _hits(words, values, table) if taken.isdisjoint(hit.tokens)])
    beats = _beats(words, values, chosen)
    labels = [_label(hit, words) for hit in chosen]
    labels += [label for label in beats if taken.isdisjoint(label.tokens)]
    return tuple(sorted(labels, key=lambda label: (label.interval.start, label.interval.end)))


def _hits(words: Sequence[Word], values: Sequence[float], table: Triggers) -> list[_Hit]:
    """Every trigger, the longest at each place, scored by weight and prominence."""
    plains = [plain(word.text) for word in words]
    hits = []
    for start, first in enumerate(plains):
        for trigger in table.by_first_word.get(first, ()):
            stop = start + len(trigger.words)
            if tuple(plains[start:stop]) == trigger.words:
                strength = min(max(values[start:stop]), _STRONG) / _STRONG
                span = Interval(words[start].interval.start, words[stop - 1].interval.end)
                score = trigger.weight * (0.4 + 0.6 * strength)
                hits.append(_Hit(trigger, range(start, stop), span, score))
                break
    return hits


def _chosen(hits: Sequence[_Hit]) -> list[_Hit]:
    """The best first, as long as they keep apart and no ten seconds hold too many."""
    chosen: list[_Hit] = []
    spans: list[Interval] = []
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.tokens.start)):
        if hit.score >= LEAST_SCORE and _fits(hit, spans):
            insort(spans, hit.interval)
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.tokens.start)


def _fits(hit: _Hit, spans: Sequence[Interval]) -> bool:
    """Whether ``hit`` may join ``spans``, which are in order."""
    place = bisect(spans, hit.interval)
    before, after = spans[max(place - MOST_IN_WINDOW, 0) : place], spans[place:]
    near = [*before[-1:], *after[:1]]
    if any(_gap(hit.interval, other) < LEAST_APART_SECONDS for other in near):
        return False
    around = [*before, hit.interval, *after[:MOST_IN_WINDOW]]
    crowded = zip(around, around[MOST_IN_WINDOW:], strict=False)
    return all(last.end - first.start > WINDOW_SECONDS for first, last in crowded)


def _gap(one: Interval, other: Interval) -> float:
    """Seconds between two spans; negative where they overlap."""
    return max(one.start, other.start) - min(one.end, other.end)


def _label(hit: _Hit, words: Sequence[Word]) -> GestureLabel:
    return GestureLabel(
        type=hit.trigger.type,
        word=" ".join(plain(words[token].text) for token in hit.tokens),
        interval=hit.interval,
        tokens=tuple(hit.tokens),
        probability=hit.score,
        source=Source.RULES,
    )


def _beats(
    words: Sequence[Word], values: Sequence[float], chosen: Sequence[_Hit]
) -> Iterator[GestureLabel]:
    """Prominent content words, the strongest first, apart from each other and from the rest."""
    taken = {token for hit in chosen for token in hit.tokens}
    middles = sorted(hit.interval.middle for hit in chosen)
    for index in sorted(range(len(words)), key=lambda i: (-values[i], i)):
        word, span = plain(words[index].text), words[index].interval
        if values[index] < BEAT_PROMINENCE:
            break
        if index in taken or not word or word in FUNCTION_WORDS:
            continue
        place = bisect(middles, span.middle)
        near = middles[max(place - 1, 0) : place + 1]
        if all(abs(span.middle - middle) >= BEAT_APART_SECONDS for middle in near):
            middles.insert(place, span.middle)
            probability = min(1.0, values[index] / (_STRONG + 1.0))
            yield GestureLabel(GestureType.BEAT, word, span, (index,), probability, Source.RULES)
