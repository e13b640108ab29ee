"""A small source-filter voice for machines without a synthesiser: vowels hummed per syllable.

A pulse train (the source) runs through three resonances (the vowel); consonants are short dips.
Not understandable, but its energy, pitch and rhythm follow the words.
"""

import hashlib
import re

import numpy as np
from jaxtyping import Float

from speech.transcript import SAMPLE_RATE

_VOWELS = {
    "a": ("AA", (730.0, 1090.0, 2440.0)),
    "e": ("EH", (530.0, 1840.0, 2480.0)),
    "i": ("IY", (270.0, 2290.0, 3010.0)),
    "o": ("OW", (570.0, 840.0, 2410.0)),
    "u": ("UW", (300.0, 870.0, 2240.0)),
    "y": ("IH", (390.0, 1990.0, 2550.0)),
}
_SYLLABLE = re.compile(r"[aeiouy]+")
_SECONDS_PER_SYLLABLE = 34.0
"""Divided by words a minute."""


def _nuclei(text: str) -> tuple[str, ...]:
    found = tuple(match[0] for match in _SYLLABLE.findall(text.lower()))
    return found[:-1] if len(found) > 1 and text.endswith("e") else found or ("e",)


def murmured_phonemes(text: str) -> tuple[str, ...]:
    """A consonant and a vowel for each syllable, stress on the first."""
    phonemes: list[str] = []
    for place, vowel in enumerate(_nuclei(text)):
        phonemes += ["M", _VOWELS[vowel][0] + ("1" if place == 0 else "0")]
    return tuple(phonemes)


def murmur(text: str, pitch: int, words_per_minute: int) -> Float[np.ndarray, "sample"]:
    """Hum one word: float32 samples at 16 kHz."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
    rng = np.random.default_rng(seed)
    seconds = _SECONDS_PER_SYLLABLE / words_per_minute
    parts = [_syllable(_VOWELS[vowel][1], pitch, seconds, rng) for vowel in _nuclei(text)]
    return (np.concatenate(parts) * 0.3).astype(np.float32)


def _syllable(
    formants: tuple[float, float, float], pitch: int, seconds: float, rng: np.random.Generator
) -> Float[np.ndarray, "sample"]:
    """One vowel: harmonics of the voice weighted by the vowel's resonances."""
    samples = round(seconds * SAMPLE_RATE)
    time = np.arange(samples) / SAMPLE_RATE
    hz = 70.0 + 2.2 * pitch
    glide = 1.0 + 0.06 * np.linspace(1.0, -1.0, samples) + 0.01 * rng.standard_normal()
    phase = 2.0 * np.pi * np.cumsum(hz * glide) / SAMPLE_RATE
    sound = np.zeros(samples)
    for harmonic in range(1, int(3_800.0 / hz)):
        place = harmonic * hz
        response = sum(1.0 / (1.0 + ((place - formant) / 90.0) ** 2) for formant in formants)
        sound += response / harmonic**0.5 * np.sin(harmonic * phase)
    envelope = np.minimum(1.0, np.minimum(time, time[::-1]) / (0.25 * seconds)) ** 1.5
    return sound * envelope / max(float(np.abs(sound).max()), 1e-6)
