"""Prominence measured on sounds whose accents are known."""

from dataclasses import replace

import numpy as np
import pytest

from annotations.beat2 import read_prom, write_prom
from annotations.prominence import (
    SCALES_SECONDS,
    annotate_prominence,
    is_audible,
    joint_signal,
    syllables,
    wavelet,
)
from speech.prosody import PROSODY_HZ
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word
from tests.annotations.spoken import spoken

TEXT = "the red fox and the old dog sat in the long wet grass by a pond"


def voice(words: tuple[Word, ...], accented: set[int], louder: float, higher: float) -> Speech:
    """A buzz with one bump of loudness a word; accented words are louder and higher."""
    seconds = words[-1].interval.end + 0.5
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    loud, pitch = np.full_like(time, 0.01), np.full_like(time, 110.0)
    for index, word in enumerate(words):
        bump = np.exp(-(((time - word.interval.middle) / 0.12) ** 2))
        strong = index in accented
        loud += (0.1 * louder if strong else 0.1) * bump
        pitch += (110.0 * (higher - 1.0) if strong else 0.0) * bump
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 6))
    return Speech((loud * buzz / 3).astype(np.float32), words)


@pytest.mark.parametrize(("louder", "higher"), [(2.5, 1.0), (1.0, 1.5), (2.0, 1.3)])
def test_louder_and_higher_words_are_the_prominent_ones(louder, higher):
    words = spoken(TEXT)
    accented = {2, 6, 12}
    values = [p.value for p in annotate_prominence(voice(words, accented, louder, higher))]
    strongest = sorted(range(len(words)), key=lambda i: -values[i])[: len(accented)]
    assert set(strongest) == accented
    assert min(values[i] for i in accented) >= 1.0


def test_longer_words_of_the_same_voice_are_the_prominent_ones():
    texts, accented, after = ["ba"] * 15, {2, 6, 12}, 0.2
    words = []
    for index, text in enumerate(texts):
        seconds = 0.45 if index in accented else 0.2
        words.append(Word(text, Interval(after, after + seconds)))
        after += seconds
    time = np.arange(round((after + 0.3) * SAMPLE_RATE)) / SAMPLE_RATE
    loud = np.full_like(time, 0.01)
    for word in words:
        width = word.interval.duration / 2.5
        loud += 0.1 * np.exp(-(((time - word.interval.middle) / width) ** 2))
    buzz = sum(np.sin(2 * np.pi * 110.0 * k * time) / k for k in range(1, 6))
    speech = Speech((loud * buzz / 3).astype(np.float32), tuple(words))
    values = [p.value for p in annotate_prominence(speech)]
    assert set(sorted(range(len(words)), key=lambda i: -values[i])[:3]) == accented


def test_measured_prominence_survives_a_prom_file(tmp_path):
    found = annotate_prominence(voice(spoken(TEXT), {2, 6, 12}, 2.0, 1.3))
    write_prom(found, "1_wayne_0_1_1", tmp_path / "1_wayne_0_1_1.prom")
    assert read_prom(tmp_path / "1_wayne_0_1_1.prom") == found


def test_values_lie_where_prom_files_have_them():
    words = spoken(TEXT)
    found = annotate_prominence(voice(words, {2, 6, 12}, 2.0, 1.3))
    assert len(found) == len(words)
    assert [p.interval for p in found] == [w.interval for w in words]
    values = np.array([p.value for p in found])
    assert values.min() >= 0.0
    assert 1.5 <= np.percentile(values, 95) <= 4.0
    assert all(p.boundary >= 0.0 for p in found)


def test_loudness_of_the_recording_does_not_matter():
    speech = voice(spoken(TEXT), {2, 6, 12}, 2.0, 1.3)
    quiet = replace(speech, samples=speech.samples * np.float32(0.2))
    loud_values = [p.value for p in annotate_prominence(speech)]
    quiet_values = [p.value for p in annotate_prominence(quiet)]
    np.testing.assert_allclose(quiet_values, loud_values, atol=0.05)


def test_a_bump_answers_most_at_the_scale_of_its_width():
    time = (np.arange(300) - 150) / PROSODY_HZ
    for scale in (0.141, 0.283, 0.566):
        W = wavelet(np.exp(-((time / scale) ** 2) / 2))
        assert W[SCALES_SECONDS.index(scale), 150] == pytest.approx(1.0, abs=0.05)
        assert W[:, 150].argmax() >= SCALES_SECONDS.index(scale)
    np.testing.assert_allclose(wavelet(np.full(300, 3.0)), 0.0, atol=1e-9)


def test_words_alone_are_prominent_by_what_they_are():
    words = spoken("we saw the river, and it was cold")
    speech = Speech(np.zeros(4 * SAMPLE_RATE, np.float32), words)
    assert not is_audible(speech)
    values = {p.word: p.value for p in annotate_prominence(speech)}
    assert values["river"] == values["cold"] == 2.0
    assert values["saw"] == 1.0
    assert values["the"] == values["and"] == 0.0


@pytest.mark.parametrize("seconds", [0.01, 0.19, 0.25, 0.5])
def test_the_shortest_sounds_are_answered(seconds):
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, round(seconds * SAMPLE_RATE)).astype(np.float32)
    speech = Speech(samples, (Word("so", Interval(0.0, seconds)),))
    (found,) = annotate_prominence(speech)
    assert np.isfinite(found.value)


def test_noise_without_a_voice_and_words_after_the_sound_are_answered():
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
    found = annotate_prominence(Speech(samples, spoken(TEXT)))
    assert all(np.isfinite(p.value) for p in found)
    assert found[-1].value == 0.0


def test_no_words_have_no_prominence():
    assert annotate_prominence(Speech(np.ones(SAMPLE_RATE, np.float32))) == ()


def test_the_joint_signal_is_standardised():
    x = joint_signal(voice(spoken(TEXT), {2}, 2.0, 1.3))
    assert x.mean() == pytest.approx(0.0, abs=1e-6)
    assert x.std() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("word", "count"), [("so", 1), ("house", 1), ("river", 2), ("example,", 3), ("the", 1)]
)
def test_syllables_are_vowel_groups(word, count):
    assert syllables(word) == count
