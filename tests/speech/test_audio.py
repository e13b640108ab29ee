import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.audio import (
    AudioError,
    examined,
    load_audio,
    load_span,
    read_header,
    size_of,
    write_wav,
)
from speech.loudness import is_silent, levelled
from speech.transcript import SAMPLE_RATE
from tests.speech.sounds import babble, real_folder, tone

WAV_KINDS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]
COMPRESSED = [("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")]


def encoded(samples, rate: int, container: str = "WAV", kind: str = "PCM_16") -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=container, subtype=kind)
    return stream.getvalue()


def strongest_hz(samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize("kind", WAV_KINDS)
def test_a_wav_of_any_sample_format_gives_the_same_samples(kind):
    expected = tone(440.0, 0.5)
    found = load_audio(encoded(expected, SAMPLE_RATE, "WAV", kind))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=0.01 if kind == "PCM_U8" else 1e-4)


@pytest.mark.parametrize(("container", "kind"), COMPRESSED)
def test_a_compressed_file_gives_the_sound_again(container, kind):
    rate = 48_000 if kind == "OPUS" else 44_100
    found = load_audio(encoded(tone(440.0, 1.0, rate), rate, container, kind))
    assert abs(len(found) / SAMPLE_RATE - 1.0) < 0.1
    assert abs(strongest_hz(found) - 440.0) < 2.0
    assert 0.15 < np.sqrt(np.mean(found**2)) < 0.25


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_is_brought_to_16_khz(rate):
    found = load_audio(encoded(tone(440.0, 1.0, rate), rate, kind="FLOAT"))
    assert len(found) == SAMPLE_RATE
    middle = slice(1000, -1000)
    np.testing.assert_allclose(found[middle], tone(440.0, 1.0)[middle], atol=2e-3)


def test_resampling_does_not_fold_high_tones_down():
    found = load_audio(encoded(tone(11_000.0, 1.0, 48_000), 48_000, kind="FLOAT"))
    assert np.abs(found[1000:-1000]).max() < 1e-3


def test_channels_are_averaged():
    left, right = tone(300.0, 0.5), tone(700.0, 0.5)
    found = load_audio(encoded(np.stack([left, right, right], 1), SAMPLE_RATE, kind="FLOAT"))
    np.testing.assert_allclose(found, (left + 2 * right) / 3, atol=1e-6)


@pytest.mark.parametrize("name", ["talk.wav", "talk.mp3", "talk.txt", "talk"])
def test_the_name_of_a_file_does_not_matter(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encoded(tone(440.0, 1.0, 44_100), 44_100, "MP3", "MPEG_LAYER_III"))
    assert abs(strongest_hz(load_audio(path)) - 440.0) < 2.0
    np.testing.assert_array_equal(load_audio(str(path)), load_audio(path))
    assert size_of(str(path)) == size_of(path)


def test_a_real_mp3_named_wav_loads():
    path = real_folder() / "odd" / "mp3_named_wav.wav"
    header = read_header(path)
    assert (header.container, header.rate_hz, header.channels) == ("MP3", 44_100, 2)
    samples = load_audio(path)
    assert abs(len(samples) / SAMPLE_RATE - header.seconds) < 0.1
    assert not is_silent(samples)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"this is a text, not a sound", "no sound file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no sound file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no sound file"),
        (encoded(np.zeros(0, dtype=np.float32), SAMPLE_RATE), "without samples"),
        (encoded(np.array([0.1, np.nan, 0.2]), SAMPLE_RATE, kind="FLOAT"), "1 of 3 samples"),
        (encoded(np.array([0.1, np.inf]), SAMPLE_RATE, kind="DOUBLE"), "1 of 2 samples"),
        (encoded(tone(1.0, 1.0, 10), 10), "sample rate of 10 Hz"),
        (encoded(np.zeros(1, dtype=np.float32), 96_000), "less than one sample"),
    ],
    # what a writer makes holds the time of day, by which no test may be called
    ids=lambda given: given if isinstance(given, str) else "bytes",
)
def test_a_file_that_is_no_speech_is_refused_with_what_was_found(content, found):
    with pytest.raises(AudioError, match=found) as refusal:
        load_audio(content)
    assert refusal.value.remedy in str(refusal.value)


def test_a_broken_off_wav_gives_what_is_left():
    whole = encoded(tone(440.0, 1.0), SAMPLE_RATE)
    assert 0 < len(load_audio(whole[: len(whole) // 2])) < SAMPLE_RATE


@pytest.mark.parametrize("bits", [0x7FA00000, 0x7FC00000, 0xFF800000])
def test_a_number_that_is_none_is_refused_whichever_it_is(bits):
    content = encoded(tone(440.0, 0.2), SAMPLE_RATE, kind="FLOAT")
    broken = content[:-4] + bits.to_bytes(4, "little")
    with pytest.raises(AudioError, match="1 of 3200 samples are not finite"):
        load_audio(broken)
    assert np.isfinite(load_span(broken, 0.0, 0.2)).all()


@given(st.sampled_from(["WAV", "MP3", "FLAC", "OGG"]), st.data())
@settings(max_examples=80, deadline=None)
def test_a_damaged_file_is_refused_or_gives_sound_samples(container, draw):
    kinds = {"WAV": "FLOAT", "MP3": "MPEG_LAYER_III", "FLAC": "PCM_16", "OGG": "VORBIS"}
    content = bytearray(encoded(tone(440.0, 0.2), SAMPLE_RATE, container, kinds[container]))
    places = st.integers(0, len(content) - 1)
    for place in draw.draw(st.lists(places, max_size=8)):
        content[place] ^= draw.draw(st.integers(1, 255))
    try:
        samples = load_audio(bytes(content[: draw.draw(places)]))
    except AudioError:
        return
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1


def test_a_hot_master_is_clipped_and_integers_as_floats_are_scaled():
    hot = load_audio(encoded(tone(100.0, 0.5, level=1.4), SAMPLE_RATE, kind="FLOAT"))
    assert hot.max() == 1.0
    np.testing.assert_allclose(hot[:10], tone(100.0, 0.5, level=1.4)[:10], atol=1e-6)
    scaled = load_audio(encoded(tone(100.0, 0.5, level=30_000.0), SAMPLE_RATE, kind="FLOAT"))
    np.testing.assert_allclose(scaled, tone(100.0, 0.5, level=1.0), atol=1e-3)


def test_a_header_is_read_without_the_samples():
    content = encoded(np.zeros((44_100, 2)), 44_100, "FLAC")
    header = read_header(content)
    assert (header.container, header.rate_hz, header.channels) == ("FLAC", 44_100, 2)
    assert header.seconds == pytest.approx(1.0)


def test_a_written_wav_loads_again(tmp_path: Path):
    samples = babble(1.0)
    write_wav(tmp_path / "talk.bin", samples)
    np.testing.assert_allclose(load_audio(tmp_path / "talk.bin"), samples, atol=1e-4)


def test_silence_is_told_from_quiet_speech():
    assert is_silent(np.zeros(16_000, dtype=np.float32))
    assert is_silent(np.zeros(0, dtype=np.float32))
    assert is_silent(np.random.default_rng(0).normal(scale=1e-4, size=8000).astype(np.float32))
    assert not is_silent(0.02 * babble(2.0))
    click = np.zeros(16_000, dtype=np.float32)
    click[8_000:8_200] = 0.1
    assert not is_silent(click)


def test_levelled_speech_has_one_loudness_whatever_it_had_before():
    quiet, loud = levelled(0.02 * babble(4.0)), levelled(3.0 * babble(4.0))
    np.testing.assert_allclose(quiet, loud, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(levelled(loud), loud, rtol=1e-4)
    paused = np.concatenate([babble(4.0), np.zeros(64_000, dtype=np.float32)])
    np.testing.assert_allclose(levelled(paused)[:64_000], loud, rtol=0.1, atol=1e-3)
    hiss = np.random.default_rng(0).normal(scale=2e-3, size=64_000).astype(np.float32)
    hissing = np.concatenate([babble(4.0), hiss])
    np.testing.assert_allclose(levelled(hissing)[:64_000], loud, rtol=0.1, atol=1e-3)
    silence = np.zeros(100, dtype=np.float32)
    assert levelled(silence) is silence


@pytest.mark.parametrize("rate", [8_000, SAMPLE_RATE, 44_100])
def test_a_sound_that_is_only_examined_is_the_sound_that_is_loaded(rate, tmp_path):
    path = tmp_path / "long.wav"
    path.write_bytes(encoded(tone(200.0, 40.0, rate), rate))
    loaded = load_audio(path)
    with path.open("rb") as file:
        found = examined(file)
        assert not file.closed
        assert size_of(file) == path.stat().st_size
    assert found == examined(path) == examined(path.read_bytes())
    assert found.seconds == len(loaded) / SAMPLE_RATE
    assert not found.silent
    quiet = encoded(np.zeros(rate, dtype=np.float32), rate)
    assert examined(quiet).silent
    assert (load_audio(path.read_bytes()) == loaded).all()
