"""Words in time: intervals, words, and what makes a sequence of words believable."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

OVERLAP_TOLERANCE = 0.02
"""Seconds that neighbouring words may overlap: the step of Whisper's times."""
SILENCE_LABELS = frozenset({"", "sil", "sp", "<sil>", "<eps>"})
"""Labels that aligners give to silence."""
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


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


class TranscriptError(ValueError):
    """Words that cannot be used: which word and field, what was found, what was expected."""

    def __init__(self, field: str, found: str, expected: str, index: int | None = None) -> None:
        self.index, self.field, self.found, self.expected = index, field, found, expected
        where = f"word {index}, {field}" if index is not None else field
        super().__init__(f"transcript: {where}: found {found}; expected {expected}")


@dataclass(frozen=True)
class TimedText:
    """What a file says of one word, not yet believed."""

    text: str
    start: float
    end: float


def unstorable(text: str) -> str | None:
    """What keeps a text out of files and databases, in words; JSON may carry either."""
    if "\0" in text:
        # PostgreSQL stores none, and looks into no JSON that has one
        return "the character U+0000"
    if _HALF_CHARACTER.search(text):
        return "half a character, an unpaired surrogate"
    return None


def words_of(timed: Iterable[TimedText]) -> tuple[Word, ...]:
    """The words, once they can be stored, their times finite, in order and apart.

    Silence is left out. Neighbours of exactly equal times are pieces of one spoken word and pass.
    """
    words: list[Word] = []
    for index, entry in enumerate(timed):
        _check_times(index, entry)
        if (wrong := unstorable(entry.text)) is not None:
            raise TranscriptError("word", ascii(entry.text)[:40], f"a text without {wrong}", index)
        text = " ".join(entry.text.split())
        if text.lower() in SILENCE_LABELS:
            continue
        word = Word(text, Interval(entry.start, entry.end))
        if words:
            _check_order(index, words[-1], word)
        words.append(word)
    return tuple(words)


def _check_times(index: int, entry: TimedText) -> None:
    for field, value in (("start", entry.start), ("end", entry.end)):
        if not math.isfinite(value) or value < 0:
            raise TranscriptError(field, f"{value} s", "a finite time of at least 0 s", index)
    if entry.end < entry.start:
        found = f"{entry.text!r} from {entry.start} s to {entry.end} s"
        raise TranscriptError("end", found, "an end that is not before the start", index)


def _check_order(index: int, last: Word, word: Word) -> None:
    if word.interval == last.interval:
        return
    found = f"{word.text!r} from {word.interval.start} s"
    if word.interval.start < last.interval.start:
        expected = f"words sorted by time, {last.text!r} before it is from {last.interval.start} s"
        raise TranscriptError("start", found, expected, index)
    if word.interval.start < last.interval.end - OVERLAP_TOLERANCE:
        expected = f"no overlap with {last.text!r}, which lasts until {last.interval.end} s"
        raise TranscriptError("start", found, expected, index)
