"""How much may be said, and in which characters: of words with times and of plain texts."""

from collections.abc import Sequence

from service.errors import InvalidInputError, TooLargeError
from service.settings import Settings
from speech.audio import WINDOW_SECONDS
from speech.transcript import Word
from speech.words import unstorable

MOST_AT_ONCE = 170
"""Words in ten seconds, which the text model sees at once: with three pieces each they fill it."""


def check_word_count(count: int, field: str, settings: Settings) -> None:
    """Refuse more words than the limit."""
    if count > settings.max_words:
        raise TooLargeError(
            "too_many_words",
            "there are too many words",
            field=field,
            limit=f"{settings.max_words} words",
            found=f"{count} words",
            remedy="cut the talk into parts",
        )


def check_text(text: str, settings: Settings) -> None:
    """Refuse a plain text of too many words, or one that nobody can store."""
    check_word_count(len(text.split()), "text", settings)
    if (wrong := unstorable(text)) is not None:
        raise InvalidInputError(
            "text_unusable",
            f"the text has {wrong}",
            field="text",
            limit="whole characters, none of them U+0000",
            found=ascii(text)[:200],
            remedy="write it as UTF-8 again, from where it came",
        )


def check_words(words: Sequence[Word], settings: Settings) -> None:
    """Refuse too many words with times, in all or in any ten seconds."""
    check_word_count(len(words), "words", settings)
    densest = _densest(words)
    if len(densest) > MOST_AT_ONCE:
        start, end = densest[0].interval.start, densest[-1].interval.end
        raise _too_dense("words", f"{len(densest)} words from {start:.2f} s to {end:.2f} s")


def check_holds(text: str, seconds: float) -> None:
    """Refuse a plain text that is too long for its sound; ten seconds are the least it counts."""
    words = len(text.split())
    if words > MOST_AT_ONCE * max(seconds / WINDOW_SECONDS, 1.0):
        raise _too_dense("text", f"{words} words in {seconds:.2f} s")


def _densest(words: Sequence[Word]) -> Sequence[Word]:
    """The most words that one window of ten seconds can have any of; they are sorted by time."""
    first, densest = 0, range(0)
    for last, word in enumerate(words):
        while words[first].interval.end + WINDOW_SECONDS <= word.interval.start:
            first += 1
        if last + 1 - first > len(densest):
            densest = range(first, last + 1)
    return words[densest.start : densest.stop]


def _too_dense(field: str, found: str) -> InvalidInputError:
    return InvalidInputError(
        "words_too_dense",
        "there are more words in ten seconds than anybody says",
        field=field,
        limit=f"{MOST_AT_ONCE} words in ten seconds",
        found=found,
        remedy="check that the words belong to this sound, and their times",
    )
