"""How something is said: log-mel bands, pitch, energy and onsets at 30 frames a second.

Everything is measured on a fixed scale, frame by frame, so that two windows of one recording
agree where they overlap (but for the outermost frame, which leans on a mirrored edge). Sound is
expected at the standard loudness (``speech.loudness.levelled``).

Names: ``x`` one frame of samples, ``d`` the difference function of YIN, ``tau`` a lag in samples.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from speech.loudness import Samples
from speech.transcript import SAMPLE_RATE

PROSODY_HZ = 30
"""Prosody frames a second; frame k is centred at (k + 1/2) / 30 seconds."""
FRAME_SAMPLES = 1024
"""Samples a frame looks at: 64 ms, four periods of the lowest voice."""
MEL_BANDS = 40
MEL_RANGE_HZ = (60.0, 7600.0)
F0_RANGE_HZ = (60.0, 500.0)
"""Pitch of speech, from a low male voice to a child's."""
VOICED_PERIODICITY = 0.75
"""A frame at least this periodic is voiced ..."""
VOICED_DB = -50.0
"""... if it is at least this loud."""
POWER_FLOOR = 1e-8
"""Added to powers before the logarithm: -80 dB."""

_DIP = 0.15
_BLOCK_FRAMES = 512
_AS_IT_IS = np.float32(1.0)


@dataclass(frozen=True, eq=False)
class Voice:
    """Pitch and energy of one sound at ``PROSODY_HZ`` frames a second, float32."""

    f0_hz: Float[Tensor, "frame"]
    """Pitch; 0 where the voice is silent."""
    periodicity: Float[Tensor, "frame"]
    """1 for a perfectly periodic frame, 0 for noise or silence."""
    energy_db: Float[Tensor, "frame"]
    """Mean power in dB of full scale, -80 at least."""

    @property
    def voiced(self) -> Bool[Tensor, "frame"]:
        """Frames that have a pitch."""
        return self.f0_hz > 0


@dataclass(frozen=True, eq=False)
class Prosody(Voice):
    """Tracks of one sound at ``PROSODY_HZ`` frames a second, float32."""

    log_mel: Float[Tensor, "frame band"]
    """Natural logarithm of the mean power in each mel band."""
    onset: Float[Tensor, "frame"]
    """Spectral flux: mean rise of the log-mel bands since the frame before."""


def trace_prosody(samples: Samples) -> Prosody:
    """Measure a sound of any length; ``round(seconds * 30)`` frames."""
    blocks = [(*_voice(frames), _log_mel(frames)) for frames in _frames_of(samples, _AS_IT_IS)]
    f0, periodicity, energy, log_mel = (torch.cat(column) for column in zip(*blocks, strict=True))
    rise = log_mel.diff(dim=0, prepend=log_mel[:1]).clamp(min=0).mean(dim=-1)
    return Prosody(*_kept((f0, periodicity, energy, log_mel, rise), samples))


def trace_voice(samples: Samples, gain: np.float32 = _AS_IT_IS) -> Voice:
    """Measure pitch and energy alone, of the sound times ``gain``: the same in half the time."""
    blocks = [_voice(frames) for frames in _frames_of(samples, gain)]
    return Voice(*_kept([torch.cat(column) for column in zip(*blocks, strict=True)], samples))


def _kept(tracks: Iterable[Tensor], samples: Samples) -> Iterator[Tensor]:
    frames = frame_count(len(samples))
    return (track[:frames].to(torch.float32) for track in tracks)


def frame_count(samples: int) -> int:
    """Prosody frames of a sound."""
    return round(samples * PROSODY_HZ / SAMPLE_RATE)


def _frames_of(samples: Samples, gain: np.float32) -> Iterator[Float[Tensor, "frame sample"]]:
    """Frames in blocks, so that an hour of sound fits in memory; at least one; float64."""
    index = np.arange(max(1, frame_count(len(samples))))
    starts = ((2 * index + 1) * SAMPLE_RATE + PROSODY_HZ) // (2 * PROSODY_HZ) - FRAME_SAMPLES // 2
    for at in range(0, len(index), _BLOCK_FRAMES):
        block = starts[at : at + _BLOCK_FRAMES]
        heard = _mirrored(samples, int(block[0]), int(block[-1]) + FRAME_SAMPLES) * gain
        windows = torch.from_numpy(heard).unfold(0, FRAME_SAMPLES, 1)
        yield windows[torch.from_numpy(block - block[0])].to(torch.float64)


def _mirrored(samples: Samples, start: int, stop: int) -> Samples:
    """Samples of a span that may reach beyond both ends, where the sound is mirrored."""
    last = len(samples) - 1
    if start >= 0 and stop <= last + 1:
        return samples[start:stop]
    if last < 1:
        return np.resize(samples if len(samples) else np.zeros(1, np.float32), stop - start)
    places = np.arange(start, stop) % (2 * last)
    return samples[np.where(places > last, 2 * last - places, places)]


def _voice(x: Float[Tensor, "frame sample"]) -> tuple[Tensor, Tensor, Tensor]:
    """Pitch, periodicity and energy of each frame."""
    power = x.square().mean(dim=-1)
    energy = 10.0 * torch.log10(power + POWER_FLOOR)
    f0, periodicity = _pitch(x)
    audible = energy > VOICED_DB
    voiced = audible & (periodicity >= VOICED_PERIODICITY)
    return f0 * voiced, periodicity * audible, energy


def _log_mel(x: Float[Tensor, "frame sample"]) -> Float[Tensor, "frame band"]:
    hann = torch.hann_window(FRAME_SAMPLES, periodic=True, dtype=x.dtype)
    spectrum = torch.fft.rfft(x * hann).abs().square() / hann.square().sum() / FRAME_SAMPLES
    return torch.log(spectrum @ _mel_bank() + POWER_FLOOR)


@cache
def _mel_bank() -> Float[Tensor, "bin band"]:
    """Triangles of equal width on the mel scale of O'Shaughnessy (1987), two-sided power."""
    low, high = (2595.0 * math.log10(1.0 + hz / 700.0) for hz in MEL_RANGE_HZ)
    mels = torch.linspace(low, high, MEL_BANDS + 2, dtype=torch.float64)
    edges = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    bins = torch.fft.rfftfreq(FRAME_SAMPLES, 1.0 / SAMPLE_RATE, dtype=torch.float64)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return 2.0 * torch.minimum(rising, falling).clamp(min=0.0)


def _pitch(x: Float[Tensor, "frame sample"]) -> tuple[Tensor, Tensor]:
    """Pitch in Hz and periodicity of each frame, by YIN (de Cheveigne and Kawahara, 2002)."""
    shortest, longest = (round(SAMPLE_RATE / hz) for hz in reversed(F0_RANGE_HZ))
    d = _normalised_difference(x, longest + 1)
    tau = _first_dip(d, shortest, longest)
    before, at, after = (d.gather(1, (tau + step)[:, None])[:, 0] for step in (-1, 0, 1))
    curvature = (before - 2.0 * at + after).clamp(min=1e-9)
    offset = (0.5 * (before - after) / curvature).clamp(-0.5, 0.5)
    return SAMPLE_RATE / (tau + offset), (1.0 - at).clamp(0.0, 1.0)


def _normalised_difference(
    x: Float[Tensor, "frame sample"], longest: int
) -> Float[Tensor, "frame lag"]:
    """Equations 6 and 8: near 0 at the lag of a period, 1 at lag 0."""
    width = FRAME_SAMPLES - longest
    head = torch.fft.rfft(x[:, :width], FRAME_SAMPLES)
    whole = torch.fft.rfft(x)
    product = torch.fft.irfft(head.conj() * whole)[:, : longest + 1]
    sums = torch.nn.functional.pad(x.square().cumsum(dim=1), (1, 0))
    power = sums[:, width : width + longest + 1] - sums[:, : longest + 1]
    d = (power[:, :1] + power - 2.0 * product).clamp(min=0.0)
    lags = torch.arange(1, longest + 1, dtype=x.dtype)
    normalised = torch.ones_like(d)
    normalised[:, 1:] = d[:, 1:] * lags / (d[:, 1:].cumsum(dim=1) + 1e-9)
    return normalised


def _first_dip(d: Float[Tensor, "frame lag"], shortest: int, longest: int) -> Tensor:
    """Lag of the first local minimum below the threshold, else of the least value."""
    inner = d[:, shortest : longest + 1]
    low = inner <= d[:, shortest - 1 : longest]
    low &= inner <= d[:, shortest + 1 : longest + 2]
    dips = low & (inner < _DIP)
    first = dips.to(torch.int8).argmax(dim=1)
    return shortest + torch.where(dips.any(dim=1), first, inner.argmin(dim=1))
