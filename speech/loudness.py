"""How loud a sound is, and the same sound at the standard loudness; hours of it piece by piece."""

import numpy as np
from jaxtyping import Float32, Float64, Int64

from speech.transcript import SAMPLE_RATE

STANDARD_LEVEL_DB = -23.0
"""Gated mean power of levelled speech, in dB of full scale."""
SILENCE_DB = -60.0
"""Sound whose loudest 25 ms stay below this is silent."""

Samples = Float32[np.ndarray, "sample"]

_RANGES_AT_ONCE = 256


def is_silent(samples: Samples) -> bool:
    """Whether even the loudest 25 ms stay below ``SILENCE_DB``."""
    return bool(_block_power(samples, 0.025).max(initial=0.0) < _power(SILENCE_DB))


def levelled(samples: Samples) -> Samples:
    """The same sound at the standard loudness; a silent one unchanged.

    Apply it once to a whole recording, never to windows: the features keep loud and soft apart on
    a fixed scale.
    """
    gain = level_gain(samples)
    return samples if gain == 1.0 else samples * gain


def level_gain(samples: Samples) -> np.float32:
    """What brings a sound to the standard loudness as a factor; 1 for a silent one.

    Loudness is the mean power of 0.4 s blocks that are louder than -70 dB and within 10 dB of
    the mean of those (the gates of ITU-R BS.1770-5, without its ear filter).
    """
    power = _block_power(samples, 0.4)
    heard = power[power > _power(-70.0)]
    if len(heard) == 0 or is_silent(samples):
        return np.float32(1.0)
    loud = heard[heard >= heard.mean() * _power(-10.0)].mean()
    return np.float32(np.sqrt(_power(STANDARD_LEVEL_DB) / loud))


def _block_power(samples: Samples, seconds: float) -> Float32[np.ndarray, "block"]:
    """Mean power of blocks that overlap by half, the last one cut short."""
    length = min(len(samples), round(seconds * SAMPLE_RATE))
    if length == 0:
        return np.zeros(0, dtype=np.float32)
    starts = np.arange(0, len(samples) - length // 2, max(1, length // 2))
    ends = np.minimum(starts + length, len(samples))
    power: Float32[np.ndarray, block] = mean_power(samples, starts, ends).astype(np.float32)
    return power


def mean_power(
    samples: Samples, starts: Int64[np.ndarray, "range"], ends: Int64[np.ndarray, "range"]
) -> Float64[np.ndarray, "range"]:
    """Mean square of the samples in each half-open range; ranges come in order, 0 if empty.

    Works through the sound piece by piece: hours of it need no copy in double precision.
    """
    power = np.zeros(len(starts))
    for at in range(0, len(starts), _RANGES_AT_ONCE):
        first, last = (each[at : at + _RANGES_AT_ONCE] for each in (starts, ends))
        squares = np.square(samples[first[0] : last.max()], dtype=np.float64)
        sums = np.concatenate([[0.0], np.cumsum(squares)])
        total = sums[last - first[0]] - sums[first - first[0]]
        power[at : at + len(first)] = np.maximum(total, 0.0) / np.maximum(last - first, 1)
    return power


def _power(decibels: float) -> float:
    return float(10.0 ** (decibels / 10.0))
