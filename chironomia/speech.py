"""What is said: a sound, words with times, a plain text, in any sensible combination."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Source = str | Path | bytes | BinaryIO
"""A path, a content, or a file open for reading bytes."""


@dataclass(frozen=True)
class Word:
    """A word and when it is said."""

    word: str
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """A sound, words with times, a plain text, in any sensible combination."""

    sound: Source | None = None
    words: Source | Sequence[Word] | None = None
    """TextGrid or JSON, or the words themselves."""
    text: str | None = None
    sound_of: str | None = None
    """A job whose sound is meant, in place of ``sound``: it is not sent again."""


def speech_of(given: Speech | Source) -> Speech:
    """A speech, or one that is a sound alone."""
    return given if isinstance(given, Speech) else Speech(sound=given)


def timed(words: Source | Sequence[Word]) -> Source:
    """Words in a form that can be uploaded."""
    if isinstance(words, (str, Path, bytes)) or hasattr(words, "read"):
        return words  # type: ignore[return-value]
    return json.dumps(
        [{"word": each.word, "start": each.start, "end": each.end} for each in words]
    ).encode()
