"""Any sound file as 16 kHz mono; the rates of the speech features."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from jaxtyping import Float32

from speech.loudness import Samples, is_silent
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

Sound = str | Path | bytes | BinaryIO
"""A sound file: its path, its bytes, or itself, open."""

_BLOCK_FRAMES = 1 << 18
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


@dataclass(frozen=True)
class SoundFacts:
    """What was found on the way through a whole sound."""

    seconds: float
    silent: bool


def size_of(source: Sound) -> int:
    """Bytes of a sound file."""
    match source:
        case bytes():
            return len(source)
        case str() | Path():
            return Path(source).stat().st_size
        case _:
            return source.seek(0, io.SEEK_END)


def read_header(source: Sound) -> SoundHeader:
    """Format and duration without decoding the sound: cheap enough to refuse a long file early."""
    with _opened(source) as file:
        frames = file.frames if file.frames < _UNKNOWN_FRAMES else _counted(file)
        return SoundHeader(file.format, file.samplerate, file.channels, frames / file.samplerate)


def examined(source: Sound) -> SoundFacts:
    """Decode a whole sound and keep nothing of it; refuses what `load_audio` refuses."""
    count, heard = 0, False
    for piece in sound_pieces(source):
        count += len(piece)
        heard = heard or not is_silent(piece)
    _check_count(count)
    return SoundFacts(count / SAMPLE_RATE, not heard)


def load_audio(source: Sound) -> Samples:
    """Mono float32 samples at 16 kHz in -1..1 of a WAV, MP3, FLAC or OGG file.

    The format is read from the content, never from the name. Channels are averaged. Float files
    may pass full scale: up to ``FULL_SCALE_SLACK`` they are clipped, beyond it (integers stored
    as floats) scaled to a peak of 1. Silence is no error here: see ``speech.loudness.is_silent``.
    """
    # grown in place: pieces beside a whole made of them would hold an hour's sound twice
    content = bytearray()
    for piece in sound_pieces(source):
        content += np.ascontiguousarray(piece).data.cast("B")
    samples: Samples = np.frombuffer(content, dtype=np.float32)
    _check_count(len(samples))
    peak = max(float(samples.max()), -float(samples.min()))
    if peak > FULL_SCALE_SLACK:
        samples /= np.float32(peak)
    return samples.clip(-1.0, 1.0, out=samples)


def load_span(source: Sound, start_seconds: float, seconds: float) -> Samples:
    """A stretch of a sound as `load_audio` gives it, silent behind the sound's end.

    Only the stretch is decoded where the format can be entered anywhere.
    """
    with _opened(source) as file:
        first, rate = round(start_seconds * file.samplerate), file.samplerate
        try:
            file.seek(min(first, file.frames))
            block = file.read(round(seconds * rate), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise _breaks_off(error) from error
    mono = np.nan_to_num(_mean(block)).clip(-1.0, 1.0)
    heard = mono if rate == SAMPLE_RATE else soxr.resample(mono, rate, SAMPLE_RATE)
    stretch: Samples = np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
    heard = heard[: len(stretch)]
    stretch[: len(heard)] = heard
    return stretch


def write_wav(path: Path, samples: Samples) -> None:
    """Write 16 kHz mono samples as a 16-bit WAV file, whatever the name."""
    soundfile.write(path, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")


def wav_bytes(samples: Samples) -> bytes:
    """The same as bytes."""
    written = io.BytesIO()
    soundfile.write(written, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return written.getvalue()


class _Content:
    """A file whose seeks stay inside: the decoders of broken files ask for places before 0."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        file.seek(0)

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._file.tell(), io.SEEK_END: self._size}
        return self._file.seek(max(0, base[whence] + offset))


@contextmanager
def _opened(source: Sound) -> Iterator[soundfile.SoundFile]:
    """A sound file ready to be decoded; one that was given open stays open."""
    with ExitStack() as held:
        match source:
            case bytes():
                content = _Content(io.BytesIO(source))
            case str() | Path():
                content = _Content(held.enter_context(Path(source).open("rb")))
            case _:
                content = _Content(source)
        yield held.enter_context(_readable(content))


def _readable(content: _Content) -> soundfile.SoundFile:
    if not (size := len(content)):
        raise AudioError("an empty file", "send a WAV, MP3, FLAC or OGG file")
    try:
        file = soundfile.SoundFile(content)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{size} bytes that are no sound file ({error.error_string})",
            "send a WAV, MP3, FLAC or OGG file",
        ) from error
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise AudioError(
            f"a sample rate of {file.samplerate} Hz, outside {RATES_HZ[0]}..{RATES_HZ[1]}",
            "export the sound again; its header is broken",
        )
    return file


def sound_pieces(source: Sound) -> Iterator[Samples]:
    """Mono pieces at 16 kHz, one after the other; raise `AudioError` where one is broken."""
    with _opened(source) as file:
        resampler, empty = None, True
        if file.samplerate != SAMPLE_RATE:
            resampler = soxr.ResampleStream(file.samplerate, SAMPLE_RATE, 1, "float32", "HQ")
        for mono in _mono(file):
            if not np.isfinite(mono).all():
                raise AudioError(
                    f"{int((~np.isfinite(mono)).sum())} of {len(mono)} samples are not finite "
                    "numbers (NaN or infinity)",
                    "export the sound again, for example as 16-bit WAV",
                )
            empty = False
            yield mono if resampler is None else resampler.resample_chunk(mono)
        if empty:
            raise AudioError("a file without samples", "send a sound that holds speech")
        if resampler is not None:
            yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _check_count(samples: int) -> None:
    if samples == 0:
        raise AudioError(
            f"less than one sample at {SAMPLE_RATE} Hz", "send a sound that holds speech"
        )


def _mono(file: soundfile.SoundFile) -> Iterator[Samples]:
    """The channels' mean, block by block."""
    try:
        while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            yield _mean(block)
    except soundfile.LibsndfileError as error:
        raise _breaks_off(error) from error


def _mean(block: Float32[np.ndarray, "frame channel"]) -> Samples:
    """Of the channels; what is no number stays none, without a warning."""
    with np.errstate(invalid="ignore"):
        mono: Samples = block.mean(axis=1)
    return mono


def _breaks_off(error: soundfile.LibsndfileError) -> AudioError:
    return AudioError(
        f"a sound file that breaks off ({error.error_string})", "export the sound again"
    )


def _counted(file: soundfile.SoundFile) -> int:
    return sum(len(block) for block in _mono(file))
