"""Speech: sound with its words; TextGrid and JSON readers."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from speech.textgrid import textgrid_text, words_tier
from speech.words import Interval, TimedText, TranscriptError, Word, words_of

__all__ = [
    "SAMPLE_RATE",
    "TIME_TOLERANCE",
    "Interval",
    "Speech",
    "TimedText",
    "TranscriptError",
    "Word",
    "WordTimes",
    "check_fits",
    "read_textgrid",
    "read_words_json",
    "silent_speech",
    "words_of",
    "write_textgrid",
]

SAMPLE_RATE = 16_000
"""Samples a second of every sound inside the project."""
TIME_TOLERANCE = 0.05
"""Seconds that words may outlast their sound: transcripts round, encoders pad."""

_LONGEST_SECONDS = 1e9  # beyond it a JSON integer need not fit a float


class WordTimes(StrEnum):
    """Where the times of words come from."""

    GIVEN = "given"
    """From whoever sent the words."""
    ESTIMATED = "estimated"
    """From laying a plain text on the sound."""
    RECOGNISED = "recognised"
    """From a speech recogniser, as the words are."""


@dataclass(frozen=True, eq=False)
class Speech:
    """Sound with its words; either may be empty, the duration never is."""

    samples: Float[np.ndarray, "sample"]
    """Mono, 16 kHz, float32 in -1..1. Silence where only words were given."""
    words: tuple[Word, ...] = ()
    word_times: WordTimes = WordTimes.GIVEN
    untimed: str = ""
    """What is said, where nobody has said when: annotating finds the times."""

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def text(self) -> str:
        """The words, blank-separated."""
        return " ".join(word.text for word in self.words)

    def window(self, start: float, end: float) -> "Speech":
        """The speech from ``start`` to ``end``, padded with silence, times counted from ``start``.

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
        return Speech(samples, words, self.word_times)


def silent_speech(words: Sequence[Word], seconds: float) -> Speech:
    """Speech of ``seconds`` without sound, for words that come alone."""
    if not (math.isfinite(seconds) and seconds > 0):
        raise TranscriptError("duration", f"{seconds} s", "a duration above 0 s")
    check_fits(words, seconds)
    return Speech(np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32), tuple(words))


def check_fits(words: Sequence[Word], seconds: float) -> None:
    """Raise if a word ends later than the sound does, rounding aside."""
    for index, word in enumerate(words):
        if word.interval.end > seconds + TIME_TOLERANCE:
            raise TranscriptError(
                "end",
                f"{word.text!r} until {word.interval.end:.3f} s",
                f"no word after the sound's end at {seconds:.3f} s: is it another recording's?",
                index,
            )


def read_textgrid(source: Path | str | bytes) -> tuple[Word, ...]:
    """Words of a TextGrid file (path), or of its text or bytes; long or short form.

    Takes the interval tier "words" (or "word", or the one whose name ends so), UTF-8 or UTF-16.
    """
    return words_of(words_tier(_text_of(source)))


def read_words_json(source: Path | str | bytes) -> tuple[Word, ...]:
    """Words of a JSON file (path), or of its text or bytes.

    Whisper's ``{"segments": [{"words": [...]}]}``, ``{"words": [...]}``, or the bare list; a word
    is ``{"word" or "text", "start", "end"}`` in seconds.
    """
    text = _text_of(source)
    try:
        return words_of(_timed(index, entry) for index, entry in enumerate(_listed(_json(text))))
    except RecursionError as error:
        raise TranscriptError("file", "JSON that is nested too deep", "a list of words") from error


def write_textgrid(path: Path, words: Sequence[Word], seconds: float) -> None:
    """Write the words as a long TextGrid with one tier "words" that tiles ``seconds``."""
    check_fits(words, seconds)
    path.write_text(textgrid_text(words, seconds), encoding="utf-8")


def _text_of(source: Path | str | bytes) -> str:
    if isinstance(source, str):
        return source
    content = source.read_bytes() if isinstance(source, Path) else source
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise TranscriptError("file", f"no text ({error})", "UTF-8 or UTF-16") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        # a number of thousands of digits is no JSONDecodeError
        raise TranscriptError("file", f"no JSON ({error})", "a list of words") from error


def _listed(content: Any) -> list[Any]:
    match content:
        case {"segments": [*segments]}:
            return [word for segment in segments for word in _of_segment(segment)]
        case {"words": [*words]} | [*words]:
            return words
    raise TranscriptError(
        "file", f"JSON {type(content).__name__}", 'a list of words, {"words"} or {"segments"}'
    )


def _of_segment(segment: Any) -> list[Any]:
    match segment:
        case {"words": [*words]}:
            return words
        case {"text": str(text)} if not text.strip():
            return []
    raise TranscriptError("segments", repr(segment)[:40], "word times (Whisper: word_timestamps)")


def _timed(index: int, entry: Any) -> TimedText:
    if not isinstance(entry, dict):
        raise TranscriptError("word", repr(entry)[:40], "an object with word, start and end", index)
    text = entry.get("word", entry.get("text"))
    if not isinstance(text, str):
        raise TranscriptError("word", repr(text)[:40], "a text", index)
    times = []
    for field in ("start", "end"):
        value = entry.get(field)
        number = value if isinstance(value, int | float) else math.inf
        if isinstance(value, bool) or abs(number) > _LONGEST_SECONDS:
            raise TranscriptError(field, repr(value)[:40], "a time in seconds", index)
        times.append(float(number))
    return TimedText(text, *times)
