"""Gesture type per word: triggers, likeness to seed phrases and syntax, weighed by prominence.

Types follow McNeill (1992); the table follows what words of a talk predict of its gestures
(Kucherenko et al., 2022): category and meaning come from the text, phase and rhythm from prosody.
"""

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from annotations.cues import FUNCTION_WORDS, plain
from annotations.gesture_seeds import Vectors, shipped_seeds
from annotations.gesture_syntax import WRONG_PART, head_of, syntax_shifts
from annotations.gesture_triggers import Trigger, Triggers, inflected, shipped_triggers
from annotations.types import GestureLabel, GestureType, Prominence, Source
from speech.words import Interval, Word

if TYPE_CHECKING:
    from annotations.language import Parsed

__all__ = [
    "BEAT_APART_SECONDS",
    "LEAST_APART_SECONDS",
    "MOST_IN_WINDOW",
    "NO_EVIDENCE",
    "WINDOW_SECONDS",
    "Candidate",
    "Evidence",
    "Trigger",
    "Triggers",
    "annotate_gesture_types",
    "arranged",
    "candidate_at",
    "inflected",
    "shipped_triggers",
]

MOST_IN_WINDOW = 2
"""Labels other than beats within any ten seconds."""
WINDOW_SECONDS = 10.0
LEAST_APART_SECONDS = 1.5
"""From one label other than a beat to the next."""
LEAST_SCORE = 0.3
BEAT_PROMINENCE = 1.0
"""From here on a content word may carry a beat, or be a candidate without a trigger."""
BEAT_APART_SECONDS = 0.5
SEED_SHARE = 0.4
"""How far likeness to the seeds moves a score: from a tenth down to three tenths up."""
UNTRIGGERED = 0.15
"""Weight of a prominent content word that is in no table, before its evidence."""
_MOST_WEIGHT = 0.98
_STRONG = 2.0
_STRONG_TYPES = (GestureType.DEICTIC, GestureType.ICONIC, GestureType.METAPHORIC)
_CHANCE = 1.0 / len(GestureType)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of the words besides their spelling; either may be missing."""

    doc: "Parsed | None" = None
    """The words, parsed; each token of it names the word that it is a piece of."""
    vectors: Vectors | None = None
    """One row a word, as `annotations.gesture_seeds.word_vectors` gives them."""

    @cached_property
    def pieces(self) -> Mapping[int, list[int]]:
        """For each word its tokens in the parse that are more than a mark."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        if self.doc is not None:
            for piece, owner in enumerate(self.doc.owner):
                if not self.doc.doc[piece].is_punct:
                    found[owner].append(piece)
        return found

    def parts_and_shifts(self, tokens: range) -> tuple[str, Mapping[GestureType, float]]:
        """Part of speech of the head of a span, and what its place in the sentence says."""
        places = [piece for token in tokens for piece in self.pieces.get(token, ())]
        if self.doc is None or not places:
            return "", {}
        head = head_of([self.doc.doc[place] for place in places])
        return head.pos_, syntax_shifts(head, len(tokens))

    def likenesses(self, spans: Sequence[range]) -> list[Mapping[GestureType, float]]:
        """For each span how much liker than chance it is to the seeds of each type."""
        if self.vectors is None or not spans:
            return [{} for _ in spans]
        rows = np.stack([self.vectors[span.start : span.stop].mean(axis=0) for span in spans])
        shares = shipped_seeds().shares(rows) - _CHANCE
        return [dict(zip(GestureType, map(float, row), strict=True)) for row in shares]


NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Candidate:
    """A span that may get a label, and how sure that is."""

    type: GestureType
    tokens: range
    interval: Interval
    score: float
    source: Source = Source.RULES


def annotate_gesture_types(
    words: Sequence[Word],
    prominences: Sequence[Prominence],
    triggers: Triggers | None = None,
    taken: frozenset[int] = frozenset(),
    evidence: Evidence = NO_EVIDENCE,
) -> tuple[GestureLabel, ...]:
    """Labels by time: the best few candidates, and beats on the other prominent content words.

    ``prominences`` holds one entry a word, as `annotations.prominence` gives them. Words in
    ``taken`` are connectives: their relation asks for the gesture, so they get no label here.
    Without ``evidence`` the triggers are the only candidates.
    """
    if len(words) != len(prominences):
        raise ValueError(f"one prominence a word: found {len(prominences)} for {len(words)} words")
    if evidence.vectors is not None and len(evidence.vectors) != len(words):
        raise ValueError(f"one vector a word: found {len(evidence.vectors)} for {len(words)} words")
    table = shipped_triggers() if triggers is None else triggers
    values = [found.value for found in prominences]
    candidates = _candidates(words, values, table, evidence)
    return arranged(words, prominences, candidates, taken)


def arranged(
    words: Sequence[Word],
    prominences: Sequence[Prominence],
    candidates: Sequence[Candidate],
    taken: frozenset[int] = frozenset(),
) -> tuple[GestureLabel, ...]:
    """The best candidates that keep apart, and beats; nothing on words in ``taken``.

    Candidates that are beats go before the beats that prominence alone asks for.
    """
    free = [each for each in candidates if taken.isdisjoint(each.tokens)]
    chosen = _chosen([each for each in free if each.type is not GestureType.BEAT])
    given = [each for each in free if each.type is GestureType.BEAT]
    beats = _apart([*given, *_accents(words, [p.value for p in prominences])], chosen)
    kept = [*chosen, *(beat for beat in beats if taken.isdisjoint(beat.tokens))]
    labels = [_label(each, words) for each in kept]
    return tuple(sorted(labels, key=lambda label: (label.interval.start, label.interval.end)))


def _candidates(
    words: Sequence[Word], values: Sequence[float], table: Triggers, evidence: Evidence
) -> list[Candidate]:
    """Triggers, and with evidence prominent content words, each of the type it fits best."""
    plains = [plain(word.text) for word in words]
    found: list[tuple[range, Trigger | None]] = list(_triggered(plains, table))
    if evidence.doc is not None or evidence.vectors is not None:
        inside = {token for span, _ in found for token in span}
        found += [
            (range(index, index + 1), None)
            for index, word in enumerate(plains)
            if index not in inside and values[index] >= BEAT_PROMINENCE and _is_content(word)
        ]
    likenesses = evidence.likenesses([span for span, _ in found])
    return [
        _candidate(span, trigger, words, values, _weights(span, trigger, likeness, evidence))
        for (span, trigger), likeness in zip(found, likenesses, strict=True)
    ]


def _triggered(plains: Sequence[str], table: Triggers) -> Iterator[tuple[range, Trigger]]:
    """Every trigger, the longest at each place."""
    for start, first in enumerate(plains):
        for trigger in table.by_first_word.get(first, ()):
            stop = start + len(trigger.words)
            if tuple(plains[start:stop]) == trigger.words:
                yield range(start, stop), trigger
                break


def _weights(
    span: range,
    trigger: Trigger | None,
    likeness: Mapping[GestureType, float],
    evidence: Evidence,
) -> dict[GestureType, float]:
    """The weight of each type that a span may have: a trigger's own, or any but a beat."""
    part, shifts = evidence.parts_and_shifts(span)
    moved = {
        kind: shifts.get(kind, 0.0) + SEED_SHARE * likeness.get(kind, 0.0) for kind in _STRONG_TYPES
    }
    if trigger is None:
        return {kind: UNTRIGGERED + shift for kind, shift in moved.items()}
    if part and trigger.parts and part not in trigger.parts:
        return {trigger.type: trigger.weight + WRONG_PART}
    return {trigger.type: trigger.weight + moved[trigger.type]}


def _candidate(
    span: range,
    trigger: Trigger | None,
    words: Sequence[Word],
    values: Sequence[float],
    weights: Mapping[GestureType, float],
) -> Candidate:
    kind = max(weights, key=lambda each: weights[each])
    weight = min(max(weights[kind], 0.0), _MOST_WEIGHT)
    source = Source.MODEL if trigger is None else Source.RULES
    return candidate_at(kind, span, weight, (words, values), source)


def candidate_at(
    kind: GestureType,
    span: range,
    weight: float,
    spoken: tuple[Sequence[Word], Sequence[float]],
    source: Source,
) -> Candidate:
    """A candidate whose score is its weight, less where its words are not prominent."""
    words, values = spoken
    strength = min(max(values[span.start : span.stop]), _STRONG) / _STRONG
    ends = max(words[token].interval.end for token in span)
    interval = Interval(words[span.start].interval.start, ends)
    return Candidate(kind, span, interval, weight * (0.4 + 0.6 * strength), source)


def _chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best first, as long as they keep apart and no ten seconds hold too many."""
    chosen: list[Candidate] = []
    spans: list[Interval] = []
    for each in sorted(candidates, key=lambda each: (-each.score, each.tokens.start)):
        if each.score >= LEAST_SCORE and _fits(each, spans):
            insort(spans, each.interval)
            chosen.append(each)
    return sorted(chosen, key=lambda each: each.tokens.start)


def _fits(candidate: Candidate, spans: Sequence[Interval]) -> bool:
    """Whether ``candidate`` may join ``spans``, which are in order."""
    place = bisect(spans, candidate.interval)
    before, after = spans[max(place - MOST_IN_WINDOW, 0) : place], spans[place:]
    near = [*before[-1:], *after[:1]]
    if any(_gap(candidate.interval, other) < LEAST_APART_SECONDS for other in near):
        return False
    around = [*before, candidate.interval, *after[:MOST_IN_WINDOW]]
    crowded = zip(around, around[MOST_IN_WINDOW:], strict=False)
    return all(last.end - first.start > WINDOW_SECONDS for first, last in crowded)


def _gap(one: Interval, other: Interval) -> float:
    """Seconds between two spans; negative where they overlap."""
    return max(one.start, other.start) - min(one.end, other.end)


def _label(found: Candidate, words: Sequence[Word]) -> GestureLabel:
    return GestureLabel(
        type=found.type,
        word=" ".join(plain(words[token].text) for token in found.tokens),
        interval=found.interval,
        tokens=tuple(found.tokens),
        probability=found.score,
        source=found.source,
    )


def _is_content(word: str) -> bool:
    return bool(word) and word not in FUNCTION_WORDS


def _accents(words: Sequence[Word], values: Sequence[float]) -> Iterator[Candidate]:
    """Prominent content words as beats, the strongest first."""
    for index in sorted(range(len(words)), key=lambda i: (-values[i], i)):
        if values[index] < BEAT_PROMINENCE:
            break
        if _is_content(plain(words[index].text)):
            score = min(1.0, values[index] / (_STRONG + 1.0))
            span = range(index, index + 1)
            yield Candidate(GestureType.BEAT, span, words[index].interval, score)


def _apart(beats: Sequence[Candidate], chosen: Sequence[Candidate]) -> Iterator[Candidate]:
    """The beats, in the order given, that keep apart from each other and from the rest."""
    inside = {token for each in chosen for token in each.tokens}
    middles = sorted(each.interval.middle for each in chosen)
    for beat in beats:
        if not inside.isdisjoint(beat.tokens):
            continue
        middle = beat.interval.middle
        place = bisect(middles, middle)
        near = middles[max(place - 1, 0) : place + 1]
        if all(abs(middle - other) >= BEAT_APART_SECONDS for other in near):
            middles.insert(place, middle)
            inside.update(beat.tokens)
            yield beat
