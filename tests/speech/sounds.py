"""Synthetic sounds and the folder of real ones."""

from pathlib import Path

import numpy as np
import pytest

from speech.loudness import Samples
from speech.transcript import SAMPLE_RATE


def tone(hz: float, seconds: float, rate: int = SAMPLE_RATE, level: float = 0.3) -> Samples:
    """A sine."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def voice(hz: float, seconds: float, level: float = 0.1) -> Samples:
    """A buzz with the harmonics of a voice."""
    overtones = range(1, int(4000 // hz))
    return np.sum([tone(hz * n, seconds, level=level / n) for n in overtones], axis=0)


def babble(seconds: float, seed: int = 0) -> Samples:
    """Voice-like syllables of changing pitch, four a second, over faint noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = np.cumsum(150.0 + 30.0 * np.sin(time)) * 2 * np.pi / SAMPLE_RATE
    buzz = sum(np.sin(n * phase) / n for n in range(1, 20))
    loudness = np.maximum(np.sin(2 * np.pi * 2 * time), 0.0)
    noise = rng.normal(scale=1e-3, size=len(time))
    return np.asarray(0.1 * buzz * loudness + noise, dtype=np.float32)


def real_folder() -> Path:
    """Folder of real recordings beside the project; skips the test where there is none."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real recordings at {folder}")
    return folder
