"""A sentence that nobody has spoken yet: its words at the pace of calm speech."""

from speech.asr import syllable_count
from speech.transcript import Interval, Word

SYLLABLE_SECONDS = 0.2
"""Five syllables a second, as in calm English speech."""
PAUSES = {",": 0.2, ";": 0.4, ":": 0.4, ".": 0.6, "!": 0.6, "?": 0.6}
"""Seconds of silence behind a word that ends so."""
NOTE = "nobody has spoken this yet: its words were laid out at five syllables a second"
_START_SECONDS = 0.3
_GAP_SECONDS = 0.02


def paced(text: str) -> tuple[Word, ...]:
    """The words of a text with the times they would about have."""
    words, time = [], _START_SECONDS
    for word in text.split():
        end = time + SYLLABLE_SECONDS * syllable_count(word)
        words.append(Word(word, Interval(round(time, 3), round(end - _GAP_SECONDS, 3))))
        time = end + PAUSES.get(word[-1], 0.0)
    return tuple(words)
