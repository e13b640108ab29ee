"""A waveform from afar misses nothing that is loud."""

import numpy as np
import pytest

from speech.audio import AudioError, wav_bytes
from speech.peaks import FINEST_HZ, FULL, MOST_STRETCHES, SoundPeaks
from speech.transcript import SAMPLE_RATE
from tests.speech.sounds import babble


def test_every_stretch_has_its_least_and_greatest_sample():
    samples = babble(3.0)[: 3 * SAMPLE_RATE - 17]
    found = SoundPeaks.of(wav_bytes(samples), 3.0)
    step = SAMPLE_RATE // FINEST_HZ
    assert found.per_second == FINEST_HZ
    assert found.seconds == len(samples) / SAMPLE_RATE
    assert len(found.most) == len(found.least) == 3 * FINEST_HZ
    for place in (0, 7, 600, len(found.most) - 1):
        stretch = samples[place * step : (place + 1) * step]
        assert found.most[place] / FULL == pytest.approx(max(stretch.max(), 0.0), abs=1.1 / FULL)
        assert found.least[place] / FULL == pytest.approx(min(stretch.min(), 0.0), abs=1.1 / FULL)


def test_a_long_sound_has_fewer_stretches_a_second_and_keeps_its_one_click():
    samples = np.zeros(900 * SAMPLE_RATE, dtype=np.float32)
    samples[123 * SAMPLE_RATE + 456] = -0.5
    found = SoundPeaks.of(wav_bytes(samples), 900.0)
    assert len(found.least) <= MOST_STRETCHES * 1.1
    place = int((123 + 456 / SAMPLE_RATE) * found.per_second)
    assert found.least[place] == -64
    assert np.count_nonzero(found.least) == 1
    assert not found.most.any()


def test_what_is_no_sound_is_refused():
    with pytest.raises(AudioError):
        SoundPeaks.of(b"no sound", 1.0)
