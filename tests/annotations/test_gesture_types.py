"""Triggers, their weights and how many of them are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.gesture_types import (
    BEAT_APART_SECONDS,
    LEAST_APART_SECONDS,
    MOST_IN_WINDOW,
    WINDOW_SECONDS,
    annotate_gesture_types,
    inflected,
    shipped_triggers,
)
from annotations.types import GestureLabel, GestureType, Prominence, Source
from tests.annotations.spoken import spoken


def labels(text: str, stressed: str = "", **timing: float) -> tuple[GestureLabel, ...]:
    """Labels of ``text`` where the words of ``stressed`` are prominent."""
    words = spoken(text, **timing)
    strong = set(stressed.split())
    prominences = [Prominence(w.text, w.interval, 2.0 if w.text in strong else 0.2) for w in words]
    return annotate_gesture_types(words, prominences)


@pytest.mark.parametrize(
    ("text", "stressed", "type_", "word"),
    [
        ("put it over there please", "there", GestureType.DEICTIC, "over there"),
        ("that was yesterday evening", "yesterday", GestureType.DEICTIC, "yesterday"),
        ("he was throwing it away", "throwing", GestureType.ICONIC, "throwing"),
        ("the fish was this big really", "big", GestureType.ICONIC, "this big"),
        ("then it went boom", "boom", GestureType.ICONIC, "boom"),
        ("i work monday through friday", "friday", GestureType.METAPHORIC, "monday through friday"),
        ("it was a huge success", "huge", GestureType.METAPHORIC, "huge"),
        ("on the other hand it is cheap", "other", GestureType.METAPHORIC, "on the other hand"),
        ("she has three brothers", "three", GestureType.BEAT, "three"),
        ("it happens in october", "october", GestureType.BEAT, "october"),
    ],
)
def test_words_ask_for_their_gesture(text, stressed, type_, word):
    found = labels(text, stressed)
    assert (type_, word) in [(label.type, label.word) for label in found]
    label = next(label for label in found if label.word == word)
    words = spoken(text)
    assert [words[token].text for token in label.tokens] == word.split()
    assert label.interval.start == words[label.tokens[0]].interval.start
    assert label.interval.end == words[label.tokens[-1]].interval.end
    assert label.source is Source.RULES
    assert 0.0 < label.probability <= 1.0


def test_function_words_get_no_beat_however_strong():
    assert labels("it is and of the", "it is and of the") == ()


def test_unstressed_words_get_no_beat():
    assert labels("it happens in october", "") == ()


def test_prominence_decides_between_rivals():
    stressed_first = labels("throwing and climbing", "throwing")
    stressed_last = labels("throwing and climbing", "climbing")
    assert [x.word for x in stressed_first if x.type is GestureType.ICONIC] == ["throwing"]
    assert [x.word for x in stressed_last if x.type is GestureType.ICONIC] == ["climbing"]


VOCABULARY = sorted({" ".join(entry.words) for entry in shipped_triggers().entries})
FILLERS = ["october", "the", "brother", "number", "was"]


@given(
    st.lists(st.sampled_from(VOCABULARY + FILLERS), min_size=1, max_size=40),
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 1.0),
)
def test_gestures_are_few_and_apart(phrases, seed, seconds):
    words = spoken(" ".join(phrases), seconds=seconds)
    strengths = [((seed * (i + 7)) % 97) / 30 for i in range(len(words))]
    prominences = [Prominence(w.text, w.interval, v) for w, v in zip(words, strengths, strict=True)]
    found = annotate_gesture_types(words, prominences)
    strong = [x.interval for x in found if x.type is not GestureType.BEAT]
    for first, second in zip(strong, strong[1:], strict=False):
        assert second.start - first.end >= LEAST_APART_SECONDS - 1e-9
    for first, last in zip(strong, strong[MOST_IN_WINDOW:], strict=False):
        assert last.end - first.start > WINDOW_SECONDS
    middles = [x.interval.middle for x in found]
    beats = [x.interval.middle for x in found if x.type is GestureType.BEAT]
    for beat in beats:
        others = [abs(beat - middle) for middle in middles if middle != beat]
        assert all(distance >= BEAT_APART_SECONDS - 1e-9 for distance in others)
    assert [x.interval for x in found] == sorted(x.interval for x in found)


def test_one_prominence_a_word_is_demanded():
    with pytest.raises(ValueError, match="found 0 for 2 words"):
        annotate_gesture_types(spoken("so what"), ())


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("throw", ("throw", "throws", "throwed", "throwing")),
        ("type", ("type", "types", "typed", "typing")),
        ("carry", ("carry", "carries", "carried", "carrying")),
        ("swim", ("swim", "swims", "swimmed", "swimming")),
        ("push", ("push", "pushes", "pushed", "pushing")),
        ("pick up", ("pick up", "picks up", "picked up", "picking up")),
        ("open", ("open", "opens", "opened", "opening")),
        ("play", ("play", "plays", "played", "playing")),
    ],
)
def test_regular_forms(word, forms):
    assert inflected(word) == forms


def test_every_type_but_beats_has_triggers():
    assert {entry.type for entry in shipped_triggers().entries} == set(GestureType) - {
        GestureType.BEAT
    }
    assert all(0.0 < entry.weight <= 1.0 for entry in shipped_triggers().entries)
