"""The moments that get a gesture: marked words first, then prominent ones, thinned."""

from dataclasses import dataclass

import numpy as np

from indexing.demo.gestures import MOVEMENTS
from indexing.demo.movement import Movement
from indexing.demo.script import Mark, Sentence
from indexing.demo.voice import SpokenWord, Utterance

_MOST_LEAD_SECONDS = 0.25
_BEAT_GAP_SECONDS = 0.5
_GESTURE_GAP_SECONDS = 0.72


@dataclass(frozen=True)
class Event:
    """A gesture to make: the time its stroke is fastest, and what it is."""

    peak_seconds: float
    strength: float
    movement: Movement | None
    """``None`` for a beat, which starts from wherever the hands are."""
    mark: Mark | None = None
    rank: int = 0
    """Who gives way when two want the same moment: the lower rank."""


def events_of(
    sentences: tuple[Sentence, ...], utterance: Utterance, rng: np.random.Generator
) -> tuple[Event, ...]:
    """Gestures for every marked or prominent word, thinned so that hands can follow."""
    wanted: list[Event] = []
    for sentence, words in zip(sentences, utterance.sentences, strict=True):
        marked: set[int] = set()
        for mark in sentence.marks:
            word = _anchor(words[mark.start : mark.stop])
            marked |= set(range(mark.start, mark.stop))
            rank = 3 if mark.type is not None else 2
            event = Event(_peak(word, rng), word.strength, MOVEMENTS[mark.movement], mark, rank)
            wanted.append(event)
        for place, word in enumerate(words):
            if place not in marked and word.strength > 0.55 and rng.random() < 0.92:
                wanted.append(Event(_peak(word, rng), word.strength, None))
    return _thinned(wanted)


def _anchor(words: tuple[SpokenWord, ...]) -> SpokenWord:
    """The strongest word of a group."""
    return max(words, key=lambda word: word.strength)


def _peak(word: SpokenWord, rng: np.random.Generator) -> float:
    return max(0.5, word.stress_seconds - float(rng.uniform(0.0, _MOST_LEAD_SECONDS)))


def _thinned(wanted: list[Event]) -> tuple[Event, ...]:
    """Keep the more important of events that are too close together."""
    kept: list[Event] = []
    for event in sorted(wanted, key=lambda event: (-event.rank, -event.strength)):
        gap = _GESTURE_GAP_SECONDS if event.rank else _BEAT_GAP_SECONDS
        if all(abs(event.peak_seconds - other.peak_seconds) >= gap for other in kept):
            kept.append(event)
    return tuple(sorted(kept, key=lambda event: event.peak_seconds))
