"""Gesture labels against those of people."""

import pytest

from annotations.types import GestureLabel, GestureType
from evaluation.label_agreement import agreement
from speech.words import Interval


def label(kind: GestureType, start: float) -> GestureLabel:
    return GestureLabel(kind, "word", Interval(start, start + 0.4))


GIVEN = [label(GestureType.ICONIC, 5.0), label(GestureType.METAPHORIC, 20.0)]


def test_equal_labels_agree_far_beyond_chance():
    found = {each.type: each for each in agreement(GIVEN, GIVEN, 60.0)}
    iconic, whatever = found[GestureType.ICONIC], found[None]
    assert (iconic.given, iconic.hit, iconic.found, iconic.right) == (1, 1, 1, 1)
    assert iconic.recall == iconic.precision == 1.0
    assert whatever.given == 2
    assert iconic.chance_right == pytest.approx(1.8 / 60.0, abs=0.02)
    assert iconic.at_least < 0.05
    assert found[GestureType.DEICTIC].precision == 0.0


def test_near_counts_and_the_type_must_be_the_same():
    near = [label(GestureType.ICONIC, 5.8), label(GestureType.DEICTIC, 20.0)]
    found = {each.type: each for each in agreement(GIVEN, near, 60.0)}
    assert found[GestureType.ICONIC].hit == 1
    assert found[GestureType.METAPHORIC].hit == 0
    assert found[None].hit == 2
    far = agreement(GIVEN, [label(GestureType.ICONIC, 6.0)], 60.0)
    assert all(each.hit == 0 for each in far)
