"""Which sentences a recording holds: all senses and gesture words come round equally often."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from indexing.demo.patterns import PLAIN_PATTERNS, RELATION_PATTERNS, WORD_PATTERNS
from indexing.demo.script import Pattern, Sentence, any_topic, written

_WORDS_PER_SECOND = 2.4
_SENTENCES_PER_TOPIC = 5
_PLAIN_SHARE = 0.06


def subject_of(pattern: Pattern) -> str:
    """What a pattern gives an example of: a sense with its connective, or a type with its word."""
    if pattern.sense:
        connective = pattern.text.split("[")[1].split("]")[0]
        return f"{pattern.sense} {connective}"
    return next((t.split(".")[0] for t in pattern.text.split() if ":" in t), "plain")


@dataclass
class _Deck:
    """Subjects in shuffled order, each once before any comes again."""

    patterns: Sequence[Pattern]
    rng: np.random.Generator
    waiting: list[str] = field(default_factory=list)

    def draw(self) -> Pattern:
        """One pattern of the next subject."""
        subjects: dict[str, list[Pattern]] = {}
        for pattern in self.patterns:
            subjects.setdefault(subject_of(pattern), []).append(pattern)
        if not self.waiting:
            names = list(subjects)
            self.waiting = [names[place] for place in self.rng.permutation(len(names))]
        chosen = subjects[self.waiting.pop()]
        return chosen[int(self.rng.integers(len(chosen)))]


def talks(
    count: int, seconds: Sequence[float], emphasis: Sequence[str], rng: np.random.Generator
) -> tuple[tuple[Sentence, ...], ...]:
    """Write ``count`` talks of about the given lengths.

    Subjects named in ``emphasis`` fill every other sentence.
    """
    patterns = (*RELATION_PATTERNS, *WORD_PATTERNS)
    everything = _Deck(patterns, rng)
    favoured = [pattern for pattern in patterns if subject_of(pattern) in emphasis]
    extra = _Deck(favoured, rng) if favoured else None
    return tuple(_talk(seconds[number], everything, extra, rng) for number in range(count))


def _talk(
    seconds: float, deck: _Deck, extra: _Deck | None, rng: np.random.Generator
) -> tuple[Sentence, ...]:
    topic = any_topic(rng)
    opening = PLAIN_PATTERNS[int(rng.integers(2))]
    sentences = [written(opening, topic, rng)]
    while _duration(sentences) < seconds - 1.5:
        if len(sentences) % _SENTENCES_PER_TOPIC == 0:
            topic = any_topic(rng)
        favour = extra is not None and len(sentences) % 2 == 0
        chosen = extra.draw() if favour and extra is not None else deck.draw()
        if rng.random() < _PLAIN_SHARE:
            chosen = PLAIN_PATTERNS[int(rng.integers(2, len(PLAIN_PATTERNS)))]
        sentences.append(written(chosen, topic, rng))
    return tuple(sentences)


def _duration(sentences: list[Sentence]) -> float:
    return sum(len(sentence.words) for sentence in sentences) / _WORDS_PER_SECOND
