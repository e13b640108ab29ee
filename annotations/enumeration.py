"""Spoken lists: "first ..., second ..., third ..." as relations between their items."""

from collections.abc import Iterator, Sequence

from annotations.cues import (
    AUXILIARIES,
    DETERMINERS,
    PAUSE_MARKS,
    PAUSE_SECONDS,
    PRONOUNS,
    ends_with,
    pause_before,
    plain,
)
from annotations.types import DiscourseRelation, Source
from speech.transcript import Interval, Word

SENSE = "Expansion.Conjunction"
PROBABILITY = 0.9
"""An ordinal that opens a clause behind another one that did is hardly anything else."""
FURTHEST_WORDS = 60
"""Words from one item to the next, at most."""

_PLACES = {"first": 1, "firstly": 1, "second": 2, "secondly": 2, "third": 3, "thirdly": 3}
_PLACES |= {"fourth": 4, "fourthly": 4, "fifth": 5, "sixth": 6}
_OPENERS = PRONOUNS | DETERMINERS | AUXILIARIES


def annotate_enumeration(
    words: Sequence[Word], taken: frozenset[int] = frozenset()
) -> tuple[DiscourseRelation, ...]:
    """One relation for every item of a list after its first, on the ordinal that opens it.

    Words in ``taken`` belong to other connectives.
    """
    relations = []
    previous: int | None = None
    for index in _opening_ordinals(words, taken):
        place = _PLACES[plain(words[index].text)]
        follows = (
            previous is not None
            and index - previous <= FURTHEST_WORDS
            and place == _PLACES[plain(words[previous].text)] + 1
        )
        if follows and previous is not None:
            relations.append(_relation(words, previous, index))
        if follows or place == 1:
            previous = index
    return tuple(relations)


def _opening_ordinals(words: Sequence[Word], taken: frozenset[int]) -> Iterator[int]:
    """Ordinals that open a clause: "second, we planted", not "a second tree"."""
    for index, word in enumerate(words[:-1]):
        if index in taken or plain(word.text) not in _PLACES:
            continue
        if index and plain(words[index - 1].text) in DETERMINERS:
            continue
        marked = ends_with(word.text, PAUSE_MARKS) or pause_before(words, index + 1) > PAUSE_SECONDS
        if marked or plain(words[index + 1].text) in _OPENERS:
            yield index


def _relation(words: Sequence[Word], previous: int, index: int) -> DiscourseRelation:
    """The item at ``index`` beside the one at ``previous``."""
    item = words[previous + 1 : index]
    following = words[index + 1 : index + 1 + len(item)]
    return DiscourseRelation(
        connective=plain(words[index].text),
        sense=SENSE,
        interval=Interval(words[previous].interval.start, following[-1].interval.end),
        connective_interval=words[index].interval,
        arg1=" ".join(word.text for word in item),
        arg2=" ".join(word.text for word in following),
        tokens=(index,),
        probability=PROBABILITY,
        source=Source.RULES,
        arg1_tokens=tuple(range(previous + 1, index)),
        arg2_tokens=tuple(range(index + 1, index + 1 + len(following))),
    )
