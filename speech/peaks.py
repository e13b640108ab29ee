"""What a waveform looks like from afar: least and greatest sample of every stretch of a sound."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float32, Int8

from speech.audio import Sound, sound_pieces
from speech.transcript import SAMPLE_RATE

FINEST_HZ = 400
"""Stretches a second of a short sound."""
MOST_STRETCHES = 200_000
"""Of a long one: an hour has 50 a second."""
FULL = 127
"""Full scale."""

Extremes = Int8[np.ndarray, "stretch"]


@dataclass(frozen=True, eq=False)
class SoundPeaks:
    """Extremes of stretches that follow one another without gaps, in 127ths of full scale."""

    seconds: float
    per_second: float
    least: Extremes
    most: Extremes

    @classmethod
    def of(cls, source: Sound, seconds: float) -> Self:
        """Decode a sound of about ``seconds`` piece by piece; `AudioError` where it is broken."""
        rate = min(FINEST_HZ, max(1, int(MOST_STRETCHES / max(seconds, 1.0))))
        step, count = SAMPLE_RATE // rate, 0
        found: list[tuple[Extremes, Extremes]] = []
        rest = np.zeros(0, dtype=np.float32)
        for piece in sound_pieces(source):
            count += len(piece)
            samples = np.concatenate([rest, piece])
            whole = len(samples) // step * step
            found.append(_extremes(samples[:whole].reshape(-1, step)))
            rest = samples[whole:]
        if len(rest):
            found.append(_extremes(rest[None]))
        least, most = (np.concatenate(each) for each in zip(*found, strict=True))
        return cls(count / SAMPLE_RATE, SAMPLE_RATE / step, least, most)


def _extremes(stretches: Float32[np.ndarray, "stretch sample"]) -> tuple[Extremes, Extremes]:
    """Least and greatest, each on its side of silence, rounded so that what sounds is seen."""
    least = stretches.min(axis=1, initial=0.0).clip(min=-1.0)
    most = stretches.max(axis=1, initial=0.0).clip(max=1.0)
    return np.floor(least * FULL).astype(np.int8), np.ceil(most * FULL).astype(np.int8)
