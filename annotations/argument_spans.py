"""Where the arguments of a relation lie in time: from their tokens, else by their text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from annotations.types import DiscourseRelation
from speech.transcript import Interval, Word


@dataclass(frozen=True)
class Argument:
    """An argument of a relation; its place is known where its words are."""

    text: str
    interval: Interval | None


def arguments(
    relation: DiscourseRelation, words: Sequence[Word], start_seconds: float
) -> tuple[Argument | None, Argument | None]:
    """Both arguments of a relation; ``None`` for one that nobody has found.

    Times of the relation and of the answer count from a window, which starts ``start_seconds``
    into the recording of the ``words``.
    """
    focus = relation.focus.shifted(start_seconds)
    first = _spoken(relation.arg1, relation.arg1_tokens, words, focus)
    second = _spoken(relation.arg2, relation.arg2_tokens, words, focus)
    return (
        _argument(relation.arg1, first, start_seconds),
        _argument(relation.arg2, second, start_seconds),
    )


def _argument(text: str, said: Sequence[Word], start_seconds: float) -> Argument | None:
    if not said:
        return Argument(text, None) if text else None
    span = Interval(
        min(word.interval.start for word in said), max(word.interval.end for word in said)
    )
    return Argument(text or " ".join(w.text for w in said), span.shifted(-start_seconds))


def _spoken(
    text: str, tokens: Sequence[int], words: Sequence[Word], focus: Interval
) -> Sequence[Word]:
    """The words of an argument; files that give its text alone are searched for it."""
    if tokens:
        return [words[each] for each in tokens if 0 <= each < len(words)]
    return _nearest(_letters(text), words, focus)


def _nearest(letters: str, words: Sequence[Word], focus: Interval) -> Sequence[Word]:
    """The run of whole words with these letters that lies nearest to the connective."""
    if not letters:
        return ()
    spelled = [_letters(word.text) for word in words]
    ends = list(accumulate(len(each) for each in spelled))
    starts = {end - len(each): place for place, (end, each) in _filled(ends, spelled)}
    stops = {end: place for place, (end, _) in _filled(ends, spelled)}
    whole = "".join(spelled)
    found: list[Sequence[Word]] = []
    at = whole.find(letters)
    while at >= 0:
        if at in starts and at + len(letters) in stops:
            found.append(words[starts[at] : stops[at + len(letters)] + 1])
        at = whole.find(letters, at + 1)
    return min(found, key=lambda run: _apart(run, focus), default=())


def _filled(ends: Sequence[int], spelled: Sequence[str]) -> list[tuple[int, tuple[int, str]]]:
    """Places of the words that have letters."""
    pairs = enumerate(zip(ends, spelled, strict=True))
    return [(place, each) for place, each in pairs if each[1]]


def _apart(run: Sequence[Word], focus: Interval) -> float:
    return max(run[0].interval.start - focus.end, focus.start - run[-1].interval.end, 0.0)


def _letters(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())
