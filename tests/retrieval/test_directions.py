"""Words that point the same way, or opposite ways."""

import pytest

from retrieval.directions import Direction, directed


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("huge", "enormous", Direction.SAME),
        ("this big", "Huge!", Direction.SAME),
        ("here", "there", Direction.OPPOSITE),
        ("growing", "shrinks", Direction.OPPOSITE),
        ("everything", "nothing", Direction.OPPOSITE),
        ("huge", "left", Direction.UNRELATED),
        ("bicycle", "huge", Direction.UNRELATED),
        ("", "", Direction.UNRELATED),
    ],
)
def test_two_words_point(first, second, found):
    assert directed(first, second) is found
    assert directed(second, first) is found


def test_a_word_of_several_axes_agrees_where_one_does():
    assert directed("over", "above") is Direction.SAME
    assert directed("over", "finish") is Direction.SAME
