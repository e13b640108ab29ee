import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.asr import (
    TranscriberError,
    WhisperTranscriber,
    spread_by_syllables,
    spread_words,
    syllable_count,
    transcriber_from,
    voiced_stretches,
    words_of_chunks,
)
from speech.audio import AudioError
from speech.transcript import (
    SAMPLE_RATE,
    Interval,
    TranscriptError,
    Word,
    check_fits,
)
from tests.speech.models import whisper_folder
from tests.speech.sounds import babble, voice


@pytest.fixture(scope="module")
def tiny_whisper(tmp_path_factory):
    return whisper_folder(tmp_path_factory.mktemp("whisper"))


def with_pauses() -> np.ndarray:
    """Voice from 1 to 2 s and from 3 to 5 s, in faint noise."""
    sound = np.random.default_rng(0).normal(scale=1e-3, size=6 * SAMPLE_RATE).astype(np.float32)
    sound[SAMPLE_RATE : 2 * SAMPLE_RATE] += voice(150.0, 1.0)
    sound[3 * SAMPLE_RATE : 5 * SAMPLE_RATE] += voice(150.0, 2.0)
    return sound


def test_voice_is_found_between_its_pauses():
    first, second = voiced_stretches(with_pauses())
    edges = (first.start, first.end, second.start, second.end)
    np.testing.assert_allclose(edges, (1, 2, 3, 5), atol=0.03)


def test_words_are_spread_by_syllables_and_none_crosses_a_pause():
    words = spread_by_syllables(["one", "two,", "beautiful", "banana"], with_pauses())
    assert [word.text for word in words] == ["one", "two,", "beautiful", "banana"]
    expected = [(1.0, 1.5), (1.5, 2.0), (3.0, 4.0), (4.0, 5.0)]
    found = [(word.interval.start, word.interval.end) for word in words]
    np.testing.assert_allclose(found, expected, atol=0.05)


@given(st.lists(st.sampled_from(["a", "beautiful", "1984", "idea", "—", "so"]), min_size=1))
@settings(max_examples=40, deadline=None)
def test_spread_words_keep_their_order_inside_the_sound(texts):
    sound = with_pauses()
    words = spread_words(" ".join(texts), sound)
    assert [word.text for word in words] == texts
    check_fits(words, len(sound) / SAMPLE_RATE)
    for word, following in zip(words, words[1:], strict=False):
        assert word.interval.end <= following.interval.start + 1e-9
    assert all(word.interval.duration > 0 for word in words)


@pytest.mark.parametrize("seconds", [0.005, 0.1, 0.2])
def test_a_very_short_sound_still_takes_its_words(seconds):
    sound = voice(150.0, seconds)
    words = spread_words("hello there", sound)
    assert len(words) == 2
    assert words[-1].interval.end <= seconds + 1e-9


def test_an_empty_text_and_a_silent_sound_are_refused():
    with pytest.raises(TranscriptError, match="no words"):
        spread_words(" \n ", babble(1.0))
    for silence in (np.zeros(0, dtype=np.float32), np.zeros(16_000, dtype=np.float32)):
        with pytest.raises(AudioError, match="silence"):
            spread_words("hello", silence)


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("the", 1), ("make", 1), ("table", 2), ("walked", 1), ("wanted", 2), ("because", 2)]
    + [("beautiful", 3), ("banana", 3), ("I", 1), ("--", 1), ("1984", 4), ("People,", 2)],
)
def test_syllables_are_counted(word, syllables):
    assert syllable_count(word) == syllables


def test_chunks_of_a_recogniser_become_words_in_order_inside_the_sound():
    chunks = [
        {"text": " So", "timestamp": (0.5, 1.0)},
        {"text": " we", "timestamp": (0.9, 1.2)},
        {"text": " ", "timestamp": (1.2, 1.3)},
        {"text": " went", "timestamp": (1.1, 9.0)},
        {"text": " home.", "timestamp": (1.6, None)},
    ]
    assert words_of_chunks(chunks, 2.0) == (
        Word("So", Interval(0.5, 1.0)),
        Word("we", Interval(1.0, 1.2)),
        Word("went", Interval(1.3, 2.0)),
        Word("home.", Interval(2.0, 2.0)),
    )


@pytest.mark.parametrize(("language", "seconds"), [("en", 3), (None, 3), ("en", 40)])
def test_a_whisper_model_gives_timed_words(tiny_whisper, language, seconds):
    transcriber = WhisperTranscriber(tiny_whisper, language=language)
    sound = babble(seconds)
    words = transcriber.transcribe(sound)
    assert words
    check_fits(words, seconds)
    starts = [word.interval.start for word in words]
    assert starts == sorted(starts)
    assert transcriber.transcribe(sound) == words
    assert transcriber.transcribe(np.zeros_like(sound)) == ()


def test_a_transcriber_is_made_from_a_folder_or_a_hub_id_or_not_at_all(tiny_whisper):
    assert transcriber_from(None) is None
    assert transcriber_from("  ") is None
    assert isinstance(transcriber_from("openai/whisper-tiny"), WhisperTranscriber)
    assert transcriber_from(str(tiny_whisper), language="en").transcribe(babble(3.0))


@pytest.mark.parametrize("source", ["/no/such/folder", "a b"])
def test_a_source_that_cannot_be_a_recogniser_is_refused_at_once(source):
    with pytest.raises(TranscriberError, match="no such folder"):
        transcriber_from(source)


def test_a_folder_without_a_whisper_is_refused(tmp_path):
    with pytest.raises(TranscriberError, match=r"without config\.json"):
        transcriber_from(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(TranscriberError, match="folder or hub id"):
        transcriber_from(tmp_path).transcribe(babble(1.0))
