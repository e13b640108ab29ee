import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from motion.timeline import MODEL_FPS, WINDOW_FRAMES
from speech.audio import TEXT_FPS, TEXT_FRAMES
from speech.features import (
    CachedEncoder,
    DefaultEncoder,
    PublishedEncoder,
    encoder_from_config,
    window_samples,
)
from speech.loudness import levelled
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word, silent_speech
from tests.speech.models import bert_folder, wav2vec_folder
from tests.speech.sounds import babble

SPOKEN = "so we like the idea because it was huge but not the whole day and then we went home"


def talk(seconds: float = 30.0) -> Speech:
    texts = SPOKEN.split()
    words = tuple(
        Word(texts[i % len(texts)], Interval(0.5 * i + 0.05, 0.5 * i + 0.45))
        for i in range(int(seconds * 2))
    )
    return Speech(levelled(babble(seconds)), words)


@pytest.fixture(scope="module")
def encoder():
    return DefaultEncoder()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    text, audio = bert_folder(folder / "bert", 16), wav2vec_folder(folder / "wav2vec", 24)
    return PublishedEncoder(str(text), str(audio), text_width=16, audio_width=24)


def test_text_frames_are_the_frames_of_the_motion_model():
    assert (TEXT_FPS, TEXT_FRAMES) == (MODEL_FPS, WINDOW_FRAMES)


@pytest.mark.parametrize("name", ["encoder", "published"])
def test_features_have_the_sizes_that_the_encoder_states(name, request):
    encoder = request.getfixturevalue(name)
    features = encoder.encode(talk().window(0, 10))
    assert features.text.shape == (TEXT_FRAMES, encoder.text_width)
    assert features.audio.shape == (encoder.audio_steps, encoder.audio_width)
    for track in (features.text, features.audio):
        assert track.dtype == torch.float32
        assert torch.isfinite(track).all()
        assert not track.requires_grad
        assert not track.is_inference()


@pytest.mark.parametrize("name", ["encoder", "published"])
def test_a_window_gives_the_same_bytes_alone_in_company_and_again(name, request):
    encoder = request.getfixturevalue(name)
    windows = [talk().window(start, start + 10) for start in (0, 3, 9, 25)]
    together = encoder.encode_many(windows)
    for window, features in zip(windows, together, strict=True):
        alone = encoder.encode(Speech(window.samples.copy(), window.words))
        assert torch.equal(alone.text, features.text)
        assert torch.equal(alone.audio, features.audio)


def test_overlapping_windows_hear_the_same_sound_but_for_the_outermost_step(encoder):
    first, second = (encoder.encode(talk().window(start, start + 10)).audio for start in (0, 9))
    assert torch.equal(first[-15:][1:-1], second[:15][1:-1])


def test_words_lie_on_their_frames(encoder):
    features = encoder.encode(silent_speech([Word("huge", Interval(1.0, 2.0))], 10.0))
    heard = features.text.abs().sum(dim=1) > 0
    assert heard.nonzero()[:, 0].tolist() == list(range(15, 30))


def test_speech_fills_the_fixed_scale_and_silence_stays_finite(encoder):
    audio = encoder.encode(talk().window(0, 10)).audio
    assert -1.5 < audio.mean() < 1.5
    assert 0.3 < audio.std() < 3.0
    silence = encoder.encode(silent_speech((), 10.0))
    assert torch.isfinite(silence.audio).all()
    assert silence.audio.abs().max() < 5.0
    assert silence.text.count_nonzero() == 0


def test_louder_is_heard_as_louder(encoder):
    window = talk().window(0, 10)
    soft = Speech(0.1 * window.samples, window.words)
    assert encoder.encode(soft).audio.mean() < encoder.encode(window).audio.mean() - 0.5


@pytest.mark.parametrize("name", ["encoder", "published"])
def test_an_encoder_is_rebuilt_from_its_configuration(name, request):
    encoder = request.getfixturevalue(name)
    again = encoder_from_config(json.loads(json.dumps(encoder.config())))
    assert again == encoder
    assert again.id == encoder.id
    window = talk().window(0, 10)
    assert torch.equal(again.encode(window).text, encoder.encode(window).text)


def test_other_weights_are_another_encoder(published, tmp_path):
    other = PublishedEncoder(str(bert_folder(tmp_path, 16, seed=1)), published.audio_model, 16, 24)
    assert other.id != published.id


def test_a_configuration_that_does_not_match_is_refused(published):
    config = DefaultEncoder().config()
    with pytest.raises(ValueError, match=r"default speech encoder has audio_width \d+.*with 7"):
        encoder_from_config(config | {"audio_width": 7})
    with pytest.raises(ValueError, match="kind 'other'; expected 'default' or 'published'"):
        encoder_from_config(config | {"kind": "other"})
    with pytest.raises(ValueError, match="kind None"):
        encoder_from_config({})
    wrong = encoder_from_config(published.config() | {"audio_steps": 60})
    with pytest.raises(ValueError, match=r"\(16, 499, 24\), the configuration says \(16, 60, 24\)"):
        wrong.encode(talk().window(0, 10))


def test_a_window_of_another_length_is_refused(encoder):
    with pytest.raises(ValueError, match=r"9.000 s; encoders take exactly 10 s"):
        encoder.encode(talk().window(0, 9))
    mended = window_samples(Speech(np.ones(10 * SAMPLE_RATE - 1, dtype=np.float32)))
    assert len(mended) == 10 * SAMPLE_RATE


class CountingEncoder(DefaultEncoder):
    """The default encoder, counting what it encodes."""

    counted: list[int] = []  # noqa: RUF012

    def encode_many(self, windows):
        self.counted.append(len(windows))
        return super().encode_many(windows)


def test_a_cache_encodes_each_distinct_window_once_and_forgets_the_oldest():
    counting = CountingEncoder()
    counting.counted.clear()
    cached = CachedEncoder(counting, capacity=2)
    first, second, third = (talk().window(start, start + 10) for start in (0, 5, 10))
    twice = cached.encode_many([first, second, first])
    assert twice[0] is twice[2]
    assert cached.encode(Speech(first.samples.copy(), first.words)) is twice[0]
    assert counting.counted == [2]
    cached.encode(third)
    assert cached.encode(first) is twice[0]
    cached.encode(second)
    assert counting.counted == [2, 1, 1]
    assert cached.id == counting.id
    assert cached.config() == counting.config()


def test_a_cache_tells_words_their_times_and_sounds_apart():
    cached = CachedEncoder(DefaultEncoder())
    window = talk().window(0, 10)
    word = [Word("huge", Interval(1.0, 2.0))]
    variants = [
        Speech(window.samples, tuple(word)),
        Speech(window.samples, (Word("tiny", Interval(1.0, 2.0)),)),
        Speech(window.samples, (Word("huge", Interval(1.0, 3.0)),)),
        silent_speech(word, 10.0),
    ]
    encoded = cached.encode_many(variants)
    assert len({id(features) for features in encoded}) == len(variants)
    with pytest.raises(ValueError, match="capacity 0"):
        CachedEncoder(DefaultEncoder(), capacity=0)


def test_importing_and_building_an_encoder_loads_no_language_model():
    code = (
        "import sys; from speech.features import *; from speech.asr import *; "
        "e = encoder_from_config(DefaultEncoder().config()); e.id; "
        "print([m for m in ('transformers',) if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
