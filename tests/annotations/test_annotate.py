"""The annotator as a whole, on written and on real speech."""

from pathlib import Path

import numpy as np
import pytest

from annotations.annotate import HEARD_WORDS, NO_SOUND, NO_WORDS, NOT_ENGLISH, Annotator
from annotations.corpus import Corpus
from annotations.types import GestureType
from speech.transcript import SAMPLE_RATE, Speech
from tests.annotations.spoken import spoken

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "beat2-mini"
TALK = "We threw a huge party, because it was summer. However, nobody came, so we went home."


def silent(text: str) -> Speech:
    words = spoken(text)
    return Speech(np.zeros(round(words[-1].interval.end * SAMPLE_RATE), np.float32), words)


def test_every_tier_is_found_in_words_alone_and_the_guess_is_noted():
    annotated = Annotator()(silent(TALK))
    assert [r.connective for r in annotated.relations] == ["because", "however", "so"]
    kinds = {label.type for label in annotated.gestures}
    assert GestureType.BEAT in kinds
    assert kinds & {GestureType.ICONIC, GestureType.METAPHORIC}
    assert len(annotated.prominences) == len(annotated.speech.words)
    assert annotated.notes == (NO_SOUND,)


def test_sound_without_words_is_noted():
    annotated = Annotator()(Speech(np.zeros(SAMPLE_RATE, np.float32)))
    assert annotated.relations == annotated.gestures == annotated.prominences == ()
    assert annotated.notes == (NO_WORDS,)


def test_the_same_speech_gives_the_same_tiers():
    first, second = Annotator()(silent(TALK)), Annotator()(silent(TALK))
    assert first.relations == second.relations
    assert first.gestures == second.gestures
    assert first.prominences == second.prominences


def test_spans_are_those_of_the_words():
    annotated = Annotator()(silent(TALK))
    words = annotated.speech.words
    for relation in annotated.relations:
        assert relation.connective_interval.start == words[relation.tokens[0]].interval.start
        assert relation.connective_interval.inside(relation.interval)
    for label in annotated.gestures:
        assert label.interval.end == words[label.tokens[-1]].interval.end


def test_real_recordings_are_annotated():
    if not REAL.is_dir():
        pytest.skip(f"no real recordings at {REAL}")
    for recording in Corpus.open(REAL).recordings:
        annotated = Annotator()(recording.speech().window(0.0, 25.0))
        assert annotated.notes == ()
        assert len(annotated.relations) >= 1
        assert {label.type for label in annotated.gestures} > {GestureType.BEAT}
        values = [p.value for p in annotated.prominences]
        assert 0.0 <= np.median(values) < 1.0 < np.percentile(values, 95)


def test_a_word_of_a_connective_gets_no_gesture_label_of_its_own():
    annotated = Annotator()(silent("on the one hand it was huge on the other hand it was hard"))
    connective = {token for relation in annotated.relations for token in relation.tokens}

    assert connective >= {0, 1, 2, 3, 7, 8, 9, 10}
    assert all(connective.isdisjoint(label.tokens) for label in annotated.gestures)


class FakeTranscriber:
    def transcribe(self, samples):
        assert len(samples)
        return spoken(TALK)


def test_a_recogniser_finds_the_words_of_a_sound_that_has_none():
    sound = silent(TALK).samples
    annotated = Annotator(transcriber=FakeTranscriber())(Speech(sound))
    assert annotated.speech.words == spoken(TALK)
    assert annotated.notes == (HEARD_WORDS,)
    assert len(annotated.relations) == 3


def test_another_language_gets_beats_and_is_told_so():
    text = "Wir haben gestern einen sehr großen Hund im Garten gesehen und dann gelacht."
    annotated = Annotator()(silent(text))
    assert NOT_ENGLISH in annotated.notes
    assert annotated.relations == ()
    assert {label.type for label in annotated.gestures} == {GestureType.BEAT}


@pytest.mark.parametrize("text", ["42 3.14 1000", "🙂 🎉", "... , !", "no"])
def test_odd_words_are_annotated_without_trouble(text):
    annotated = Annotator()(silent(text))
    assert len(annotated.prominences) == len(annotated.speech.words)


def test_thousands_of_words_are_annotated_in_one_call():
    words = spoken(" ".join([TALK] * 300))
    annotated = Annotator()(Speech(np.zeros(SAMPLE_RATE, np.float32), words))
    assert len(annotated.prominences) == len(words)
    assert {r.connective for r in annotated.relations} >= {"because", "however", "so"}
    assert annotated.relations[-1].tokens[0] > len(words) - 20
