"""Mel cepstra of a sound with what tells speech from pauses, 50 times a second."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float

from speech.loudness import Samples
from speech.transcript import SAMPLE_RATE

FRAME_SECONDS = 0.02
LOUD_WITHIN_DB = 30.0
"""Speech is at most this far below its loud parts ..."""
ABOVE_NOISE = 0.4
"""... and at least this share of the way up from the noise floor."""

_HOP, _BLOCK = round(FRAME_SECONDS * SAMPLE_RATE), 512
_BEFORE = (_BLOCK - _HOP) // 2
_BANDS, _CEPSTRA = 26, 13
_BAND_HZ = (80.0, 7600.0)
_MIDDLE_HZ, _HIGH_HZ = (400.0, 3000.0), 3500.0
_FLOOR = 1e-7
_AT_ONCE = 3000
_QUIET_SLOPE = 3.0
_NOISE_PERCENTILE, _NOISE_LEFT = 10, 0.1
_LEAST_DEVIATION = 1e-3


@dataclass(frozen=True)
class Cepstra:
    """Every value is in deviations from the mean of the speech in this sound."""

    values: Float[np.ndarray, "frame 26"]
    """Cepstra and how they change."""
    balance: Float[np.ndarray, "frame 3"]
    """Loudness, share of high frequencies, loudness of middle frequencies."""
    quiet: Float[np.ndarray, " frame"]
    """Above 0 where it is too quiet for speech, the more the quieter."""
    voiced: Bool[np.ndarray, " frame"]

    def __len__(self) -> int:
        return len(self.quiet)

    def __getitem__(self, part: slice) -> "Cepstra":
        return Cepstra(self.values[part], self.balance[part], self.quiet[part], self.voiced[part])


def cepstra_of(samples: Samples) -> Cepstra:
    """Analyse a sound of any length, at least one frame."""
    frames = max(1, len(samples) // _HOP)
    blocks = [
        _analysed(samples, first, min(first + _AT_ONCE, frames))
        for first in range(0, frames, _AT_ONCE)
    ]
    cepstra, loud, high, middle = (np.concatenate(x) for x in zip(*blocks, strict=True))
    loud, high, middle = (_without_noise(power) for power in (loud, high, middle))
    floor, top = np.percentile(loud, [5, 95])
    threshold = max(top - LOUD_WITHIN_DB * np.log(10) / 10, floor + ABOVE_NOISE * (top - floor))
    voiced = loud >= threshold
    values = _standardised(cepstra, voiced)
    change = np.zeros_like(values)
    change[1:-1] = (values[2:] - values[:-2]) / 2
    change /= np.maximum(change.std(axis=0), _LEAST_DEVIATION)
    deviation = max(float(loud[voiced].std()), _LEAST_DEVIATION)
    return Cepstra(
        np.concatenate([values, change], axis=1),
        _standardised(np.stack([loud, high - loud, middle], axis=1), voiced),
        _QUIET_SLOPE * (threshold - loud) / deviation,
        voiced,
    )


def _analysed(samples: Samples, first: int, stop: int) -> tuple[np.ndarray, ...]:
    """Cepstra and power in all, high and middle frequencies."""
    begin, end = first * _HOP - _BEFORE, (stop - 1) * _HOP - _BEFORE + _BLOCK
    inside = samples[max(begin, 0) : end]
    padded = np.pad(inside, (max(-begin, 0), max(end - len(samples), 0)))
    starts = np.arange(stop - first) * _HOP
    blocks = padded[starts[:, None] + np.arange(_BLOCK)] * np.hanning(_BLOCK)
    power = np.square(np.abs(np.fft.rfft(blocks)))
    hz = np.fft.rfftfreq(_BLOCK, 1 / SAMPLE_RATE)
    low, high = _MIDDLE_HZ
    parts = (hz > 100.0, hz > _HIGH_HZ, (hz > low) & (hz < high))
    powers = (power[:, part].sum(axis=1) for part in parts)
    bands = np.log(power @ _mel_bands().T + _FLOOR)
    angles = np.pi * np.outer(np.arange(_CEPSTRA), np.arange(_BANDS) + 0.5) / _BANDS
    return (bands @ np.cos(angles).T, *powers)


def _without_noise(power: Float[np.ndarray, " frame"]) -> Float[np.ndarray, " frame"]:
    """Logarithm of what rises above the steady noise, whose power is that of the softest frames."""
    noise = np.percentile(power, _NOISE_PERCENTILE)
    left: np.ndarray = np.log(np.maximum(power - noise, _NOISE_LEFT * noise) + _FLOOR)
    return left


@cache
def _mel_bands() -> Float[np.ndarray, "band bin"]:
    """Overlapping triangles, evenly spaced in mel."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in _BAND_HZ)
    edges = np.linspace(low, high, _BANDS + 2)
    mel = 2595 * np.log10(1 + np.fft.rfftfreq(_BLOCK, 1 / SAMPLE_RATE) / 700)
    width = edges[1] - edges[0]
    rising, falling = (mel - edges[:-2, None]) / width, (edges[2:, None] - mel) / width
    bands: Float[np.ndarray, "band bin"] = np.maximum(0.0, np.minimum(rising, falling))
    return bands


def _standardised(
    values: Float[np.ndarray, "frame value"], voiced: Bool[np.ndarray, " frame"]
) -> Float[np.ndarray, "frame value"]:
    speech = values[voiced]
    found: Float[np.ndarray, "frame value"] = (values - speech.mean(axis=0)) / np.maximum(
        speech.std(axis=0), _LEAST_DEVIATION
    )
    return found
