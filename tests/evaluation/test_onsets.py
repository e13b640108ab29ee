import os
import sys
from pathlib import Path

import numpy as np
import pytest

from evaluation.onsets import OnsetDetectorMissingError, compile_detector, onset_times

RATE = 16000


def clicks(*seconds, length=3.0):
    """Short bursts of noise in silence."""
    samples = np.zeros(int(length * RATE), dtype=np.float32)
    burst = np.random.default_rng(0).normal(0, 0.3, 400).astype(np.float32)
    for second in seconds:
        samples[int(second * RATE) :][:400] = burst
    return samples


def test_onsets_are_found_where_the_sound_starts():
    pytest.importorskip("librosa", reason="the extra evaluation is not installed")
    starts = np.array([0.5, 1.2, 2.4])

    apart = np.abs(onset_times(clicks(*starts))[:, None] - starts)

    assert apart.min(axis=0).max() < 0.06
    assert apart.min(axis=1).max() < 0.06


def test_a_sound_shorter_than_the_detectors_frame_has_no_onsets():
    pytest.importorskip("librosa", reason="the extra evaluation is not installed")
    assert len(onset_times(np.zeros(100, dtype=np.float32))) == 0


def test_a_compiled_detector_compiles_nothing_more():
    pytest.importorskip("librosa", reason="the extra evaluation is not installed")
    cache = Path(os.environ["NUMBA_CACHE_DIR"])
    compile_detector()
    compiled = {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb?")}

    onset_times(clicks(0.5, 1.2, length=2.0))

    assert compiled
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb?")} == compiled


def test_a_missing_detector_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa", None)
    with pytest.raises(OnsetDetectorMissingError, match=r"pip install 'chironomia\[evaluation\]'"):
        onset_times(clicks(0.5))
