import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.prosody import MEL_BANDS, PROSODY_HZ, frame_count, trace_prosody
from speech.transcript import SAMPLE_RATE
from tests.speech.sounds import babble, tone, voice


@pytest.mark.parametrize("hz", [70.0, 110.0, 200.0, 310.0, 450.0])
@pytest.mark.parametrize("kind", [tone, voice])
def test_the_pitch_of_a_tone_is_found_within_one_percent(kind, hz):
    prosody = trace_prosody(kind(hz, 1.0))
    assert prosody.voiced[1:-1].all()
    assert (prosody.f0_hz[1:-1] / hz - 1).abs().max() < 0.01


def test_a_strong_overtone_is_not_taken_for_the_pitch():
    prosody = trace_prosody(tone(130.0, 1.0, level=0.1) + tone(390.0, 1.0, level=0.1))
    assert (prosody.f0_hz[1:-1] / 130.0 - 1).abs().max() < 0.01


def test_pitch_follows_a_glide():
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    hz = 120.0 + 60.0 * time
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    prosody = trace_prosody((0.2 * np.sin(phase)).astype(np.float32))
    middles = (np.arange(2 * PROSODY_HZ) + 0.5) / PROSODY_HZ
    expected = torch.from_numpy(120.0 + 60.0 * middles)
    assert (prosody.f0_hz - expected)[1:-1].abs().max() < 2.0


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(scale=0.1, size=SAMPLE_RATE).astype(np.float32)
    assert trace_prosody(noise).voiced.float().mean() < 0.05
    silence = trace_prosody(np.zeros(SAMPLE_RATE, dtype=np.float32))
    assert not silence.voiced.any()
    assert not silence.periodicity.any()
    assert torch.allclose(silence.energy_db, torch.tensor(-80.0))


def test_energy_is_the_level_in_decibels():
    prosody = trace_prosody(tone(1000.0, 1.0, level=0.1))
    assert (prosody.energy_db[1:-1] + 23.01).abs().max() < 0.1


def test_the_band_of_a_tone_stands_out():
    low, high = (trace_prosody(tone(hz, 1.0)).log_mel[10].argmax() for hz in (300.0, 3000.0))
    assert 0 < low < high < MEL_BANDS - 1


def test_an_onset_is_where_the_sound_begins():
    sound = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    sound[SAMPLE_RATE:] = voice(150.0, 1.0)
    prosody = trace_prosody(sound)
    assert abs(int(prosody.onset.argmax()) - PROSODY_HZ) <= 1
    assert prosody.onset[PROSODY_HZ + 3 :].max() < 0.2 * prosody.onset.max()


@given(st.integers(0, 60_000))
@settings(max_examples=20, deadline=None)
def test_a_sound_of_any_length_has_its_frames_all_finite(samples):
    sound = babble(4.0)[:samples]
    prosody = trace_prosody(sound)
    assert len(prosody.log_mel) == frame_count(samples)
    for track in (prosody.log_mel, prosody.f0_hz, prosody.energy_db, prosody.onset):
        assert torch.isfinite(track).all()
        assert track.dtype == torch.float32


def test_a_long_sound_measured_in_blocks_equals_its_parts():
    long = babble(150.0)
    whole, part = trace_prosody(long), trace_prosody(long[60 * SAMPLE_RATE : 80 * SAMPLE_RATE])
    shared = slice(60 * PROSODY_HZ + 1, 80 * PROSODY_HZ - 1)
    torch.testing.assert_close(whole.log_mel[shared], part.log_mel[1:-1], rtol=0, atol=1e-6)
    torch.testing.assert_close(whole.f0_hz[shared], part.f0_hz[1:-1], rtol=1e-6, atol=0)
