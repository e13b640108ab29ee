"""Words in time for the tests of this folder."""

from speech.transcript import Interval, Word


def spoken(text: str, seconds: float = 0.4, pause: float = 0.0) -> tuple[Word, ...]:
    """Words one after the other; ``|`` stands for a pause of ``pause`` seconds."""
    words: list[Word] = []
    time = 0.0
    for token in text.split():
        if token == "|":
            time += pause
        else:
            words.append(Word(token, Interval(time, time + seconds)))
            time += seconds
    return tuple(words)
