"""Where the arguments of a relation lie."""

import pytest

from annotations.argument_spans import arguments
from annotations.types import DiscourseRelation
from speech.transcript import Interval, Word

SAID = ["I", "don't", "stay", "and", "it", "rained", "because", "it", "rained", "all", "night"]
WORDS = tuple(Word(each, Interval(i * 0.5, i * 0.5 + 0.4)) for i, each in enumerate(SAID))
WHOLE = Interval(0.0, 5.5)


def relation(**given) -> DiscourseRelation:
    """Of the word because, at 3.0 to 3.4 s; the window starts one second in."""
    focus = Interval(2.0, 2.4)
    return DiscourseRelation("because", "Contingency.Cause.Reason", WHOLE, focus, **given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"arg1": "", "arg2_tokens": (7, 8, 9, 10)}, (None, (2.5, 4.4))),
        ({"arg1": "I do n't stay", "arg2": "it rained all night."}, ((-1.0, 0.4), (2.5, 4.4))),
        ({"arg1": "it rained"}, ((1.0, 1.9), None)),
        ({"arg2": "rained all"}, (None, (3.0, 3.9))),
    ],
)
def test_arguments_are_found_by_tokens_or_by_text(given, found):
    spans = [
        None if each is None or each.interval is None else each.interval
        for each in arguments(relation(**given), WORDS, 1.0)
    ]
    for span, wanted in zip(spans, found, strict=True):
        shown = None if span is None else (span.start, span.end)
        assert shown == (None if wanted is None else pytest.approx(wanted))


def test_a_text_that_was_not_said_has_no_place():
    first, second = arguments(relation(arg1="nobody said this", arg2="t rained"), WORDS, 0.0)
    assert (first.text, first.interval) == ("nobody said this", None)
    assert second.interval is None, "part of a word is no word"
