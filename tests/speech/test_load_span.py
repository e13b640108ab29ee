"""A stretch of a sound is what the whole has there."""

import io

import numpy as np
import pytest
import soundfile

from speech.audio import AudioError, load_audio, load_span, wav_bytes
from speech.transcript import SAMPLE_RATE
from tests.speech.sounds import babble


def sound(rate: int = SAMPLE_RATE, container: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.stack((babble(3.0), babble(3.0)), axis=1), rate, format=container)
    return file.getvalue()


@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_stretch_is_that_of_the_whole(container):
    content = sound(container=container)
    found = load_span(content, 1.0, 0.5)
    first = SAMPLE_RATE
    np.testing.assert_allclose(found, load_audio(content)[first : first + 8000], atol=1e-6)


def test_behind_the_end_it_is_silent():
    found = load_span(sound(), 2.5, 10.0)
    assert found.shape == (10 * SAMPLE_RATE,)
    assert np.abs(found[:8000]).max() > 0
    assert not found[8000:].any()
    assert not load_span(sound(), 60.0, 1.0).any()


def test_another_rate_is_resampled():
    content = sound(rate=48_000)
    assert load_span(content, 0.2, 0.5).shape == (8000,)


def test_bytes_are_a_wav_file_of_the_samples():
    samples = babble(0.5)
    again, rate = soundfile.read(io.BytesIO(wav_bytes(samples)), dtype="float32")
    assert rate == SAMPLE_RATE
    np.testing.assert_allclose(again, samples, atol=1e-4)


def test_what_is_no_sound_is_refused():
    with pytest.raises(AudioError):
        load_span(b"nothing", 0.0, 1.0)
