"""Words and connectives as they are compared."""

import pytest

from annotations.senses import SENSES, matching_sense
from retrieval.words import _FAMILIES, family_of, same_family, same_word


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("opened", "opens"),
        ("threw", "throwing"),
        ("running", "ran"),
        ("pushes", "push"),
        ("increase", "increasing"),
        ("typing", "type"),
        ("stopped", "stop"),
        ("ideas", "Idea,"),
        ("cries", "cry"),
        ("On the other hand,", "on the other hand"),
    ],
)
def test_case_punctuation_and_inflection_make_no_other_word(first, second):
    assert same_word(first, second)
    assert same_word(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [("huge", "hug"), ("hoped", "hop"), ("cared", "car"), ("bus", "bu"), ("this", "thi")],
)
def test_words_that_only_look_alike_stay_apart(first, second):
    assert not same_word(first, second)


def test_phrases_are_compared_word_by_word():
    assert same_word("this big", "This big.")
    assert not same_word("this big", "big")


def test_connectives_of_one_family_stand_for_each_other_within_a_sense():
    assert same_family("On the other hand,", "by contrast", "Comparison.Contrast")
    assert same_family("because", "since", "Contingency.Cause.Reason")
    assert not same_family("because", "since", "Temporal.Asynchronous.Succession")
    assert not same_family("but", "although", "Comparison.Concession")


def test_a_connective_that_no_family_names_stands_for_nothing():
    assert family_of("zebra", "Comparison.Contrast") is None
    assert not same_family("zebra", "zebra", "Comparison.Contrast")


def test_every_family_belongs_to_a_sense_that_annotation_knows():
    assert set(_FAMILIES) <= {matching_sense(sense) for sense in SENSES}
