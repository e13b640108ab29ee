"""Words in time, and speech: sound with its words."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float

SAMPLE_RATE = 16_000
"""Samples a second of every sound inside the project."""


@dataclass(frozen=True, order=True)
class Interval:
    """Time from ``start`` to ``end`` in seconds."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.start <= self.end:
            raise ValueError(f"interval {self.start}..{self.end} ends before it starts")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """Time half way."""
        return (self.start + self.end) / 2

    def shifted(self, seconds: float) -> Self:
        """The same length, ``seconds`` later."""
        return type(self)(self.start + seconds, self.end + seconds)

    def inside(self, other: "Interval") -> bool:
        """Whether this one lies wholly within ``other``."""
        return other.start <= self.start and self.end <= other.end

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share some time."""
        return max(self.start, other.start) < min(self.end, other.end)

    def clamped(self, other: "Interval") -> Self:
        """The part within ``other``."""
        start = min(max(self.start, other.start), other.end)
        return type(self)(start, max(start, min(self.end, other.end)))


@dataclass(frozen=True)
class Word:
    """One spoken word."""

    text: str
    interval: Interval


@dataclass(frozen=True, eq=False)
class Speech:
    """Sound with its words; either may be empty, the duration never is."""

    samples: Float[np.ndarray, "sample"]
    """Mono, 16 kHz, float32 in -1..1. Silence where only words were given."""
    words: tuple[Word, ...] = ()

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def text(self) -> str:
        """The words, blank-separated."""
        return " ".join(word.text for word in self.words)

    def window(self, start: float, end: float) -> "Speech":
        """The speech from ``start`` to ``end``, padded with silence; word times count from ``start``.

        A word belongs to the window that holds any of it, cut to the window.
        """
        first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        samples = np.zeros(last - first, dtype=np.float32)
        source = self.samples[max(first, 0) : max(last, 0)]
        offset = max(-first, 0)
        samples[offset : offset + len(source)] = source
        whole = Interval(start, end)
        words = tuple(
            Word(word.text, word.interval.clamped(whole).shifted(-start))
            for word in self.words
            if word.interval.overlaps(whole)
        )
        return Speech(samples, words)
