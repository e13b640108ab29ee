from functools import cache
from time import perf_counter

import numpy as np
import pytest

from speech.alignment import align_words
from speech.asr import spread_words
from speech.audio import load_audio
from speech.loudness import Samples
from speech.transcript import SAMPLE_RATE, Word, check_fits, read_textgrid
from tests.speech.sounds import babble, real_folder


@cache
def recordings() -> tuple[tuple[tuple[Word, ...], Samples], ...]:
    folder = real_folder() / "beat2-mini"
    return tuple(
        (read_textgrid(path), load_audio(folder / "wave16k" / f"{path.stem}.wav"))
        for path in sorted((folder / "textgrid").glob("*.TextGrid"))
    )


def misses_ms(found: tuple[Word, ...], words: tuple[Word, ...]) -> np.ndarray:
    pairs = zip(found, words, strict=True)
    return np.array([abs(a.interval.start - b.interval.start) * 1000 for a, b in pairs])


@pytest.mark.parametrize("which", range(3))
def test_half_of_the_words_of_a_recording_are_found_within_a_tenth_of_a_second(which):
    words, samples = recordings()[which]
    found = spread_words(" ".join(word.text for word in words), samples)
    assert [word.text for word in found] == [word.text for word in words]
    check_fits(found, len(samples) / SAMPLE_RATE)
    misses = misses_ms(found, words)
    assert np.median(misses) < 100
    assert np.percentile(misses, 90) < 500


def test_a_few_missing_words_cost_little():
    words, samples = recordings()[2]
    kept = tuple(word for i, word in enumerate(words) if i % 25)
    found = spread_words(" ".join(word.text for word in kept), samples)
    assert np.median(misses_ms(found, kept)) < 250


def test_steady_noise_costs_little():
    words, samples = recordings()[1]
    noise = np.random.default_rng(0).normal(scale=0.1 * samples.std(), size=len(samples))
    found = align_words([word.text for word in words], (samples + noise).astype(np.float32))
    assert np.median(misses_ms(found, words)) < 250


def test_a_long_recording_is_read_window_by_window():
    words, samples, after = [], [], 0.0
    for spoken, sound in recordings():
        words += [Word(word.text, word.interval.shifted(after)) for word in spoken]
        samples.append(sound)
        after += len(sound) / SAMPLE_RATE
    found = align_words([word.text for word in words], np.concatenate(samples))
    assert np.median(misses_ms(found, tuple(words))) < 100


@pytest.mark.parametrize(
    "text",
    [
        "it costs 1,984 dollars and 50 %",
        "so 🎉 we 👩‍👩‍👧 went — home …",
        "Привет как дела",
        "你好 世界",
        "مرحبا بالعالم",
        "Grüße façade naïve",
    ],
)
def test_numbers_emoji_and_other_scripts_get_times_in_order(text):
    words = spread_words(text, babble(6.0))
    assert [word.text for word in words] == text.split()
    check_fits(words, 6.0)
    for word, following in zip(words, words[1:], strict=False):
        assert word.interval.start < word.interval.end <= following.interval.start + 1e-9


def test_words_that_cannot_fit_are_not_aligned_but_spread():
    sound = babble(10.0)
    texts = ["word"] * 50_000
    begun = perf_counter()
    assert align_words(texts, sound) is None
    assert len(spread_words(" ".join(texts), sound)) == 50_000
    assert perf_counter() - begun < 20


def test_few_words_in_a_long_sound_and_a_long_pause_are_answered():
    sound = np.concatenate([babble(5.0), np.zeros(100 * SAMPLE_RATE, np.float32), babble(5.0)])
    words = spread_words("hello there my friend", sound)
    assert len(words) == 4
    check_fits(words, len(sound) / SAMPLE_RATE)


def test_the_same_sound_gives_the_same_times():
    sound = babble(5.0)
    assert spread_words("one two three", sound) == spread_words("one two three", sound)
