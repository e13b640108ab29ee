"""One word as sound and as phonemes: espeak-ng where it is installed, else `murmur`.

espeak-ng gives no word times, so every word is synthesised alone; see `voice` for the timeline.
"""

import logging
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr
from jaxtyping import Float

from indexing.demo.murmur import murmur, murmured_phonemes
from speech.transcript import SAMPLE_RATE

_LOG = logging.getLogger(__name__)
_ESPEAK = "espeak-ng"
_ESPEAK_HZ = 22_050
_HEADER_BYTES = 44
_AUDIBLE = 0.012
_UNKNOWN_VOWEL, _UNKNOWN_CONSONANT = "AH0", "T"

_VOWELS = (
    "i: IY I IH I2 IH i IY E EH a AE aa AE A: AA A@ AA 0 AA O: AO O@ AO O2 AO O AO U UH u: UW "
    "u UW V AH @ AH 3 ER 3: ER eI EY aI AY OI OY aU AW oU OW @L AH e@ EH i@ IH U@ UH aI@ AY "
    "aU@ AW a# AH @2 AH VR ER"
)
_CONSONANTS = (
    "p P b B t T t# T d D k K g G f F v V T TH D DH s S z Z S SH Z ZH tS CH dZ JH h HH m M n N "
    "n- N N NG l L r R r- R j Y w W x K ? T * T"
)


def _pairs(text: str) -> dict[str, str]:
    """A mapping written as a line: mnemonic, symbol, mnemonic, symbol, ..."""
    pieces = text.split()
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


_ARPABET_VOWELS, _ARPABET_CONSONANTS = _pairs(_VOWELS), _pairs(_CONSONANTS)


@dataclass(frozen=True)
class Delivery:
    """How a word is said."""

    voice: str
    """espeak-ng voice and variant."""
    pitch: int
    words_per_minute: int

    @property
    def accent(self) -> str:
        """The voice without its variant: what decides the phonemes."""
        return self.voice.split("+")[0]


@cache
def voice_installed() -> bool:
    """Whether espeak-ng can be called; said once in the log if not."""
    found = shutil.which(_ESPEAK) is not None
    if not found:
        _LOG.warning("espeak-ng is not installed: the demo corpus hums its words instead")
    return found


@cache
def sound_of(text: str, delivery: Delivery) -> Float[np.ndarray, "sample"]:
    """One word at 16 kHz without the silence around it."""
    if not voice_installed():
        return murmur(text, delivery.pitch, delivery.words_per_minute)
    options = ("-z", "-v", delivery.voice, "-p", str(delivery.pitch))
    command = (_ESPEAK, *options, "-s", str(delivery.words_per_minute), "--stdout", text)
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    samples = np.frombuffer(spoken[_HEADER_BYTES:], dtype="<i2").astype(np.float32) / 32_768.0
    resampled = soxr.resample(samples, _ESPEAK_HZ, SAMPLE_RATE)
    return _trimmed(np.asarray(resampled, dtype=np.float32))


def _trimmed(samples: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
    """Cut silence at both ends and soften the cuts."""
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    if not len(loud):
        return samples
    kept = samples[max(loud[0] - 80, 0) : loud[-1] + 240].copy()
    ramp = min(80, len(kept) // 4)
    kept[:ramp] *= np.linspace(0.0, 1.0, ramp, dtype=np.float32)
    kept[len(kept) - ramp :] *= np.linspace(1.0, 0.0, ramp, dtype=np.float32)
    return kept


@cache
def phonemes_of(text: str, accent: str) -> tuple[str, ...]:
    """ARPAbet symbols of a word, stress on the vowels."""
    if not voice_installed():
        return murmured_phonemes(text)
    command = (_ESPEAK, "-q", "-x", "--sep=_", "-v", accent, text)
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    pieces = answer.strip().replace(" ", "_").split("_")
    symbols = (_arpabet(piece) for piece in pieces)
    return tuple(symbol for symbol in symbols if symbol) or (_UNKNOWN_VOWEL,)


def _arpabet(piece: str) -> str:
    """One espeak-ng mnemonic in ARPAbet; empty for a mark without sound."""
    mnemonic = piece.lstrip("',%=;:|")
    if not mnemonic:
        return ""
    if mnemonic in _ARPABET_CONSONANTS:
        return _ARPABET_CONSONANTS[mnemonic]
    if mnemonic in _ARPABET_VOWELS:
        return _ARPABET_VOWELS[mnemonic] + ("1" if "'" in piece else "0")
    return _UNKNOWN_VOWEL if mnemonic[0] in "aeiouAEIOU@V03" else _UNKNOWN_CONSONANT
