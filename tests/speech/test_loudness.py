"""Pitch and energy of a sound at another loudness, without a copy of it."""

import numpy as np
import torch

from speech.audio import load_audio, wav_bytes
from speech.loudness import level_gain, levelled
from speech.prosody import trace_voice
from tests.speech.sounds import babble


def test_a_gain_on_the_way_is_the_levelled_sound():
    sound = 0.3 * babble(40.0)
    beforehand = trace_voice(levelled(sound))
    on_the_way = trace_voice(sound, level_gain(sound))
    assert torch.equal(beforehand.f0_hz, on_the_way.f0_hz)
    assert torch.equal(beforehand.energy_db, on_the_way.energy_db)


def test_silence_has_no_gain():
    assert level_gain(np.zeros(16_000, dtype=np.float32)) == 1.0


def test_a_sound_is_read_into_memory_that_can_be_written():
    samples = load_audio(wav_bytes(0.3 * babble(2.0)))
    assert samples.flags.writeable
    assert (samples.dtype, samples.shape) == (np.float32, (32_000,))
