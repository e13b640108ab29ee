"""Any sound file as 16 kHz mono; loudness; the rates of the speech features."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from jaxtyping import Float32, Float64, Int64

from speech.transcript import SAMPLE_RATE

TEXT_FPS = 15
"""Text frames a second: the frame rate of the motion model."""
WINDOW_SECONDS = 10
"""Seconds that an encoder sees at once."""
TEXT_FRAMES = TEXT_FPS * WINDOW_SECONDS
"""Text frames of a window."""
WINDOW_SAMPLES = SAMPLE_RATE * WINDOW_SECONDS
"""Samples of a window."""

RATES_HZ = (1_000, 768_000)
"""Sample rates that are believed; a header that says otherwise is broken."""
FULL_SCALE_SLACK = 2.0
"""Float samples up to this are clipped to 1 (a hot master); beyond it the scale itself is wrong."""
STANDARD_LEVEL_DB = -23.0
"""Gated mean power of levelled speech, in dB of full scale."""
SILENCE_DB = -60.0
"""Sound whose loudest 25 ms stay below this is silent."""

Samples = Float32[np.ndarray, "sample"]

_BLOCK_FRAMES = 1 << 18
_RANGES_AT_ONCE = 4096
_UNKNOWN_FRAMES = 1 << 62  # what libsndfile says of a FLAC file written to a pipe


class AudioError(ValueError):
    """A file that cannot be used as speech: what was found and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        self.found, self.remedy = found, remedy
        super().__init__(f"sound: {found}; {remedy}")


@dataclass(frozen=True)
class SoundHeader:
    """What a sound file says about itself."""

    container: str
    rate_hz: int
    channels: int
    seconds: float


def read_header(source: Path | bytes) -> SoundHeader:
    """Format and duration without decoding the sound: cheap enough to refuse a long file early."""
    with _opened(source) as file:
        frames = file.frames if file.frames < _UNKNOWN_FRAMES else len(_mono(file))
        return SoundHeader(file.format, file.samplerate, file.channels, frames / file.samplerate)


def load_audio(source: Path | bytes) -> Samples:
    """Mono float32 samples at 16 kHz in -1..1 of a WAV, MP3, FLAC or OGG file.

    The format is read from the content, never from the name. Channels are averaged. Float files
    may pass full scale: up to ``FULL_SCALE_SLACK`` they are clipped, beyond it (integers stored
    as floats) scaled to a peak of 1. Silence is no error here: see ``is_silent``.
    """
    with _opened(source) as file:
        rate, mono = file.samplerate, _mono(file)
    if len(mono) == 0:
        raise AudioError("a file without samples", "send a sound that holds speech")
    if not np.isfinite(mono).all():
        bad = int((~np.isfinite(mono)).sum())
        raise AudioError(
            f"{bad} of {len(mono)} samples are not finite numbers (NaN or infinity)",
            "export the sound again, for example as 16-bit WAV",
        )
    peak = float(np.abs(mono).max())
    if peak > FULL_SCALE_SLACK:
        mono = mono / np.float32(peak)
    if rate != SAMPLE_RATE:
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
    if len(mono) == 0:
        raise AudioError(
            f"less than one sample at {SAMPLE_RATE} Hz", "send a sound that holds speech"
        )
    return np.ascontiguousarray(mono.clip(-1.0, 1.0), dtype=np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """Write 16 kHz mono samples as a 16-bit WAV file, whatever the name."""
    soundfile.write(path, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")


def is_silent(samples: Samples) -> bool:
    """Whether even the loudest 25 ms stay below ``SILENCE_DB``."""
    return bool(_block_power(samples, 0.025).max(initial=0.0) < _power(SILENCE_DB))


def levelled(samples: Samples) -> Samples:
    """The same sound at the standard loudness; a silent one unchanged.

    Loudness is the mean power of 0.4 s blocks that are louder than -70 dB and within 10 dB of
    the mean of those (the gates of ITU-R BS.1770-5, without its ear filter). Apply it once to a
    whole recording, never to windows: the features keep loud and soft apart on a fixed scale.
    """
    power = _block_power(samples, 0.4)
    heard = power[power > _power(-70.0)]
    if len(heard) == 0 or is_silent(samples):
        return samples
    loud = heard[heard >= heard.mean() * _power(-10.0)].mean()
    level: Samples = samples * np.float32(np.sqrt(_power(STANDARD_LEVEL_DB) / loud))
    return level


class _Content(io.BytesIO):
    """Bytes whose seeks stay inside: the decoders of broken files ask for places before 0."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: len(self.getbuffer())}
        return super().seek(max(0, base[whence] + offset))


def _opened(source: Path | bytes) -> soundfile.SoundFile:
    content = source if isinstance(source, bytes) else source.read_bytes()
    if not content:
        raise AudioError("an empty file", "send a WAV, MP3, FLAC or OGG file")
    try:
        file = soundfile.SoundFile(_Content(content))
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{len(content)} bytes that are no sound file ({error.error_string})",
            "send a WAV, MP3, FLAC or OGG file",
        ) from error
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise AudioError(
            f"a sample rate of {file.samplerate} Hz, outside {RATES_HZ[0]}..{RATES_HZ[1]}",
            "export the sound again; its header is broken",
        )
    return file


def _mono(file: soundfile.SoundFile) -> Samples:
    blocks: list[Samples] = []
    try:
        while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            blocks.append(block.mean(axis=1))
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"a sound file that breaks off ({error.error_string})", "export the sound again"
        ) from error
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


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
