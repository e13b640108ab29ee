"""Triggers, seeds and syntax, their weights and how many of them are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.gesture_seeds import word_vectors
from annotations.gesture_types import (
    BEAT_APART_SECONDS,
    LEAST_APART_SECONDS,
    MOST_IN_WINDOW,
    WINDOW_SECONDS,
    Evidence,
    annotate_gesture_types,
    inflected,
    shipped_triggers,
)
from annotations.language import shipped_parser
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


def evidence_of(text: str) -> Evidence:
    """What the shipped models say of the words."""
    words = text.split()
    parser = shipped_parser()
    return Evidence(parser.parsed(parser.tokenized(words)), word_vectors(words))


def labels_with_evidence(text: str, stressed: str) -> tuple[GestureLabel, ...]:
    words = spoken(text)
    strong = set(stressed.split())
    prominences = [Prominence(w.text, w.interval, 2.0 if w.text in strong else 0.2) for w in words]
    return annotate_gesture_types(words, prominences, evidence=evidence_of(text))


@pytest.mark.parametrize(
    ("text", "stressed", "type_", "word"),
    [
        ("it was a huge success", "huge", GestureType.METAPHORIC, "huge"),
        ("it is right here in the garden", "here", GestureType.DEICTIC, "right here"),
        ("he was throwing it away", "throwing", GestureType.ICONIC, "throwing"),
        ("on the other hand it is cheap", "other", GestureType.METAPHORIC, "on the other hand"),
        ("she has three brothers", "three", GestureType.BEAT, "three"),
        ("they hurled the stone across the river", "hurled", GestureType.ICONIC, "hurled"),
        ("we need a new vision of the economy", "vision", GestureType.METAPHORIC, "vision"),
    ],
)
def test_seeds_and_syntax_know_words_that_no_table_has(text, stressed, type_, word):
    found = labels_with_evidence(text, stressed)
    assert (type_, word) in [(label.type, label.word) for label in found]
    assert all(0.0 < label.probability <= 1.0 for label in found)


@pytest.mark.parametrize(
    ("text", "stressed", "type_"),
    [
        ("it is a new type of garden", "type", GestureType.ICONIC),
        ("he said that it was cheap", "that", GestureType.DEICTIC),
        ("there is a problem with it", "there", GestureType.DEICTIC),
    ],
)
def test_syntax_tells_the_same_string_in_another_role(text, stressed, type_):
    assert (type_, stressed) in [(x.type, x.word) for x in labels(text, stressed)]
    found = labels_with_evidence(text, stressed)
    assert (type_, stressed) not in [(x.type, x.word) for x in found]


def test_labels_without_a_trigger_come_from_the_model():
    found = labels_with_evidence("they hurled the stone across the river", "hurled")
    assert next(x for x in found if x.word == "hurled").source is Source.MODEL


def test_the_gestures_are_few_and_apart_with_evidence_too():
    text = "they hurled the stone and then we climbed the huge tower and danced around it " * 5
    spans = [x.interval for x in labels_with_evidence(text, text) if x.type is not GestureType.BEAT]
    assert len(spans) >= 3
    for first, second in zip(spans, spans[1:], strict=False):
        assert second.start - first.end >= LEAST_APART_SECONDS - 1e-9
    for first, last in zip(spans, spans[MOST_IN_WINDOW:], strict=False):
        assert last.end - first.start > WINDOW_SECONDS


def test_words_that_are_marks_or_emoji_have_no_syntax():
    text = "so — 😀 huge 😀 , here ..."
    assert "huge" in [label.word for label in labels_with_evidence(text, "huge")]


def test_one_vector_a_word_is_demanded():
    words = spoken("so what")
    prominences = [Prominence(w.text, w.interval, 1.0) for w in words]
    with pytest.raises(ValueError, match="one vector a word: found 1 for 2"):
        annotate_gesture_types(
            words, prominences, evidence=Evidence(None, np.zeros((1, 384), np.float32))
        )
