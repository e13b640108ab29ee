"""The voice: words spoken one by one and set on a timeline with pauses and prosody.

Prominent words are louder, higher and longer; words before a break are drawn out; pitch falls
through a sentence. So the prominence that is written down is the one that can be heard.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from indexing.demo.script import WEAK_WORDS, Sentence
from indexing.demo.speakers import Speaker
from indexing.demo.synthesis import Delivery, phonemes_of, sound_of
from speech.transcript import SAMPLE_RATE, Interval, Word

_LEVEL_SPEED = (1.14, 1.0, 0.9, 0.8)
_LEVEL_PITCH = (-4, 0, 9, 18)
_LEVEL_GAIN = (0.62, 0.85, 1.15, 1.5)
"""For prominence 0, 1, 2 and 3."""
_WEAK_SPEED = 1.5
_FINAL_SPEED = 0.84
_PACE = 1.12
"""Words said alone are longer than in running speech."""
_FALL = 3
_STRESSED_SHARE, _VOWEL_SHARE = 1.9, 1.3
"""Length of vowels beside a consonant's."""
_AT_ONCE = 4
"""Words synthesised at the same time."""


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
class _Line:
    """A word as it is to be said."""

    text: str
    strength: float
    boundary: float
    delivery: Delivery


@dataclass(frozen=True, eq=False)
class _Said:
    """A word as it was said, not yet on the timeline."""

    line: _Line
    samples: Float[np.ndarray, "sample"]
    phonemes: tuple[str, ...]


def speak(sentences: tuple[Sentence, ...], speaker: Speaker, rng: np.random.Generator) -> Utterance:
    """Speak the sentences one after another, starting and ending with a little silence."""
    cursor = float(rng.uniform(0.5, 1.0))
    pieces: list[tuple[float, Float[np.ndarray, sample]]] = []
    spoken: list[tuple[SpokenWord, ...]] = []
    for said_words in _synthesised([_lines(sentence, speaker, rng) for sentence in sentences]):
        words: list[SpokenWord] = []
        for said in said_words:
            line, end = said.line, cursor + len(said.samples) / SAMPLE_RATE
            word = Word(line.text, Interval(round(cursor, 4), round(end, 4)))
            phones = _phones(said.phonemes, word.interval)
            words.append(SpokenWord(word, phones, line.strength, line.boundary))
            pieces.append((cursor, said.samples * _gain(line.strength)))
            cursor = end + _pause(line.boundary, rng)
        spoken.append(tuple(words))
    total = cursor + float(rng.uniform(0.2, 0.5))
    return Utterance(_mixed(pieces, total, rng), tuple(spoken))


def _lines(sentence: Sentence, speaker: Speaker, rng: np.random.Generator) -> tuple[_Line, ...]:
    """Decide how each word of a sentence is said."""
    lines: list[_Line] = []
    for place, text in enumerate(sentence.words):
        strength = float(np.clip(sentence.strengths[place] + rng.normal(0, 0.15), 0.0, 3.2))
        delivery = _delivery(sentence, place, strength, speaker)
        lines.append(_Line(text, strength, sentence.boundaries[place], delivery))
    return tuple(lines)


def _delivery(sentence: Sentence, place: int, strength: float, speaker: Speaker) -> Delivery:
    """Choose speed and pitch; few distinct values, so that words are synthesised once."""
    level = min(round(strength), 3)
    weak = sentence.words[place] in WEAK_WORDS and level == 0
    speed = _LEVEL_SPEED[level] * (_WEAK_SPEED if weak else 1.0)
    speed *= _FINAL_SPEED if sentence.boundaries[place] >= 1.0 else 1.0
    fall = _FALL * round(2 * place / len(sentence.words))
    pitch = int(np.clip(speaker.pitch + _LEVEL_PITCH[level] - fall, 5, 95))
    return Delivery(speaker.voice, pitch, round(_PACE * speaker.words_per_minute * speed))


def _synthesised(sentences: list[tuple[_Line, ...]]) -> list[list[_Said]]:
    """Sound and phonemes of every word, a few at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [list(pool.map(_said, lines)) for lines in sentences]


def _said(line: _Line) -> _Said:
    sound = sound_of(line.text, line.delivery)
    return _Said(line, sound, phonemes_of(line.text, line.delivery.accent))


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


def _phones(symbols: tuple[str, ...], interval: Interval) -> tuple[Phone, ...]:
    """Spread a word's sounds over its time: stressed vowels longest, consonants short."""
    weights = [_share(symbol) for symbol in symbols]
    edges = interval.start + np.cumsum([0.0, *weights]) / sum(weights) * interval.duration
    return tuple(
        Phone(symbol, Interval(round(float(start), 4), round(float(end), 4)))
        for symbol, start, end in zip(symbols, edges[:-1], edges[1:], strict=True)
    )


def _share(symbol: str) -> float:
    if symbol.endswith("1"):
        return _STRESSED_SHARE
    return _VOWEL_SHARE if symbol[-1].isdigit() else 1.0
