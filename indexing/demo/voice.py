"""The voice: words spoken one by one and set on a timeline with pauses and prosody.

With espeak-ng installed every word is synthesised by it. Without it, `indexing.demo.murmur`
hums each word syllable by syllable: no speech, but with the same words, times and prominence.
"""

import logging
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr
from jaxtyping import Float

from indexing.demo.murmur import murmur, murmured_phonemes
from indexing.demo.script import Sentence
from indexing.demo.speakers import Speaker
from speech.transcript import SAMPLE_RATE, Interval, Word

_LOG = logging.getLogger(__name__)
_ESPEAK = "espeak-ng"
_ESPEAK_HZ = 22_050
_HEADER_BYTES = 44
_FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "and",
        "or",
        "is",
        "was",
        "are",
        "were",
        "it",
        "he",
        "she",
        "they",
        "we",
        "you",
        "i",
        "my",
        "your",
        "our",
        "that",
        "this",
        "with",
        "for",
        "from",
        "as",
        "but",
        "so",
        "if",
        "be",
        "had",
        "has",
        "have",
        "not",
    ]
)
_LEVEL_SPEED = (1.14, 1.0, 0.9, 0.8)
_LEVEL_PITCH = (-4, 0, 9, 18)
_LEVEL_GAIN = (0.62, 0.85, 1.15, 1.5)
_FINAL_SPEED = 0.84
_PACE = 1.12
"""Words said alone are longer than in running speech."""
_AT_ONCE = 4
"""Words synthesised at the same time."""
_ARPABET = {
    "i:": "IY1",
    "I": "IH1",
    "I2": "IH0",
    "i": "IY0",
    "E": "EH1",
    "a": "AE1",
    "aa": "AE1",
    "A:": "AA1",
    "A@": "AA1",
    "0": "AA1",
    "O:": "AO1",
    "O@": "AO1",
    "O2": "AO1",
    "O": "AO1",
    "U": "UH1",
    "u:": "UW1",
    "u": "UW0",
    "V": "AH1",
    "@": "AH0",
    "3": "ER0",
    "3:": "ER1",
    "eI": "EY1",
    "aI": "AY1",
    "OI": "OY1",
    "aU": "AW1",
    "oU": "OW1",
    "@L": "AH0",
    "e@": "EH1",
    "i@": "IH1",
    "U@": "UH1",
    "aI@": "AY1",
    "aU@": "AW1",
    "a#": "AH0",
    "@2": "AH0",
    "VR": "ER1",
    "p": "P",
    "b": "B",
    "t": "T",
    "t#": "T",
    "d": "D",
    "k": "K",
    "g": "G",
    "f": "F",
    "v": "V",
    "T": "TH",
    "D": "DH",
    "s": "S",
    "z": "Z",
    "S": "SH",
    "Z": "ZH",
    "tS": "CH",
    "dZ": "JH",
    "h": "HH",
    "m": "M",
    "n": "N",
    "n-": "N",
    "N": "NG",
    "l": "L",
    "r": "R",
    "r-": "R",
    "j": "Y",
    "w": "W",
    "x": "K",
    "?": "T",
    "*": "T",
}


@dataclass(frozen=True)
class Phone:
    """One sound of a word, ARPAbet with stress as in BEAT2's grids."""

    text: str
    interval: Interval

    @property
    def vowel(self) -> bool:
        """Whether it carries a syllable."""
        return self.text[-1].isdigit()


@dataclass(frozen=True)
class SpokenWord:
    """A word on the timeline with what was done to it."""

    word: Word
    phones: tuple[Phone, ...]
    strength: float
    """Intended prominence, 0 to about 3: loudness, pitch and length follow it."""
    boundary: float
    """Strength of the break behind it: 0 none, 1 comma, 2 end of a sentence."""

    @property
    def stress_seconds(self) -> float:
        """Start of the stressed vowel."""
        vowels = [phone for phone in self.phones if phone.vowel]
        stressed = [phone for phone in vowels if phone.text.endswith("1")]
        chosen = (stressed or vowels or list(self.phones))[0]
        return chosen.interval.start


@dataclass(frozen=True, eq=False)
class Utterance:
    """A whole recording's sound with its words, sentence by sentence."""

    samples: Float[np.ndarray, "sample"]
    sentences: tuple[tuple[SpokenWord, ...], ...]

    @property
    def words(self) -> tuple[SpokenWord, ...]:
        """All words in order."""
        return tuple(word for sentence in self.sentences for word in sentence)

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class _Delivery:
    voice: str
    pitch: int
    words_per_minute: int


@dataclass(frozen=True)
class _Line:
    text: str
    strength: float
    boundary: float
    delivery: _Delivery


def speak(sentences: tuple[Sentence, ...], speaker: Speaker, rng: np.random.Generator) -> Utterance:
    """Speak the sentences one after another, starting and ending with a little silence."""
    cursor = float(rng.uniform(0.5, 1.0))
    pieces: list[tuple[float, Float[np.ndarray, sample]]] = []
    spoken: list[tuple[SpokenWord, ...]] = []
    for lines in _synthesised([_lines(sentence, speaker, rng) for sentence in sentences]):
        words: list[SpokenWord] = []
        for line, sound, symbols in lines:
            end = cursor + len(sound) / SAMPLE_RATE
            word = Word(line.text, Interval(round(cursor, 4), round(end, 4)))
            phones = _phones(symbols, word.interval)
            words.append(SpokenWord(word, phones, line.strength, line.boundary))
            pieces.append((cursor, sound * _gain(line.strength)))
            cursor = end + _pause(line.boundary, rng)
        spoken.append(tuple(words))
    total = cursor + float(rng.uniform(0.2, 0.5))
    return Utterance(_mixed(pieces, total, rng), tuple(spoken))


def _lines(sentence: Sentence, speaker: Speaker, rng: np.random.Generator) -> tuple[_Line, ...]:
    """Decide how each word of a sentence is said."""
    lines: list[_Line] = []
    for place, text in enumerate(sentence.words):
        strength = float(np.clip(sentence.strengths[place] + rng.normal(0, 0.15), 0.0, 3.2))
        boundary = sentence.boundaries[place]
        delivery = _delivery(speaker, text, strength, boundary, place / len(sentence.words))
        lines.append(_Line(text, strength, boundary, delivery))
    return tuple(lines)


def _synthesised(
    sentences: list[tuple[_Line, ...]],
) -> list[list[tuple[_Line, Float[np.ndarray, "sample"], tuple[str, ...]]]]:
    """Sound and phonemes of every word, a few at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [list(pool.map(_said, lines)) for lines in sentences]


def _said(line: _Line) -> tuple[_Line, Float[np.ndarray, "sample"], tuple[str, ...]]:
    accent = line.delivery.voice.split("+")[0]
    return line, _sound(line.text, line.delivery), _phonemes(line.text, accent)


def _mixed(
    pieces: list[tuple[float, Float[np.ndarray, "sample"]]],
    seconds: float,
    rng: np.random.Generator,
) -> Float[np.ndarray, "sample"]:
    """Lay the words on one track over a faint room tone; peak at 0.8."""
    track = rng.normal(0.0, 2e-4, round(seconds * SAMPLE_RATE) + SAMPLE_RATE // 10)
    for start, sound in pieces:
        first = round(start * SAMPLE_RATE)
        track[first : first + len(sound)] += sound
    loudest = max(float(np.abs(track).max()), 1e-6)
    return (track * (0.8 / loudest)).astype(np.float32)


def _pause(boundary: float, rng: np.random.Generator) -> float:
    if boundary >= 2.0:
        return float(rng.uniform(0.45, 0.9))
    if boundary >= 1.0:
        return float(rng.uniform(0.18, 0.32))
    return float(rng.uniform(0.005, 0.03))


def _gain(strength: float) -> float:
    return float(np.interp(strength, (0.0, 1.0, 2.0, 3.0), _LEVEL_GAIN))


def _delivery(
    speaker: Speaker, text: str, strength: float, boundary: float, progress: float
) -> _Delivery:
    """Choose speed and pitch; few distinct values, so that words are synthesised once."""
    level = min(round(strength), 3)
    speed = _LEVEL_SPEED[level] * (1.5 if text in _FUNCTION_WORDS and level == 0 else 1.0)
    speed *= _FINAL_SPEED if boundary >= 1.0 else 1.0
    fall = 3 * round(2 * progress)
    pitch = speaker.pitch + _LEVEL_PITCH[level] - fall
    return _Delivery(
        speaker.voice, int(np.clip(pitch, 5, 95)), round(_PACE * speaker.words_per_minute * speed)
    )


@cache
def voice_installed() -> bool:
    """Whether espeak-ng can be called; said once in the log if not."""
    found = shutil.which(_ESPEAK) is not None
    if not found:
        _LOG.warning("espeak-ng is not installed: the demo corpus hums its words instead")
    return found


@cache
def _sound(text: str, delivery: _Delivery) -> Float[np.ndarray, "sample"]:
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
    loud = np.flatnonzero(np.abs(samples) > 0.012)
    if not len(loud):
        return samples
    kept = samples[max(loud[0] - 80, 0) : loud[-1] + 240].copy()
    ramp = min(80, len(kept) // 4)
    kept[:ramp] *= np.linspace(0.0, 1.0, ramp, dtype=np.float32)
    kept[len(kept) - ramp :] *= np.linspace(1.0, 0.0, ramp, dtype=np.float32)
    return kept


@cache
def _phonemes(text: str, accent: str) -> tuple[str, ...]:
    """ARPAbet symbols of a word, stress on the vowels."""
    if not voice_installed():
        return murmured_phonemes(text)
    command = (_ESPEAK, "-q", "-x", "--sep=_", "-v", accent, text)
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    symbols: list[str] = []
    for piece in answer.strip().replace(" ", "_").split("_"):
        symbol = piece.lstrip("',%=;:|")
        if not symbol:
            continue
        sound = _ARPABET.get(symbol, "AH0" if symbol[0] in "aeiouAEIOU@V03" else "T")
        stressed = "'" in piece
        symbols.append(sound[:-1] + ("1" if stressed else "0") if sound[-1].isdigit() else sound)
    return tuple(symbols) or ("AH0",)


def _phones(symbols: tuple[str, ...], interval: Interval) -> tuple[Phone, ...]:
    """Spread a word's sounds over its time: stressed vowels longest, consonants short."""
    weights = [1.9 if s.endswith("1") else 1.3 if s[-1].isdigit() else 1.0 for s in symbols]
    edges = interval.start + np.cumsum([0.0, *weights]) / sum(weights) * interval.duration
    return tuple(
        Phone(symbol, Interval(round(float(a), 4), round(float(b), 4)))
        for symbol, a, b in zip(symbols, edges[:-1], edges[1:], strict=True)
    )
