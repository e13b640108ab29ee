"""Times of the words of a plain text, learnt from the sound itself: no model, no download.

The text is spelt out as rough sounds. A first pass tells vowels, nasals, fricatives, stops and
pauses apart by loudness and spectral balance; then, as an acoustic model is trained from nothing,
every sound gets a Gaussian over cepstra of where it was found, and is found again.
A long recording is learnt from its first window and then read window by window.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from speech.cepstra import FRAME_SECONDS, Cepstra, cepstra_of
from speech.loudness import Samples
from speech.segmentation import IMPOSSIBLE, Evidence, Expectation, Segments, segment
from speech.spelling import Kind, Sound, expected_seconds, sounds_of
from speech.transcript import SAMPLE_RATE
from speech.words import Interval, Word

ROUNDS = 4
"""Times that the sounds are learnt and found again."""
DURATION_SPREAD = 0.5
"""Standard deviation of the logarithm of a sound's duration."""
PAUSE_AFTER_WORD, PAUSE_AFTER_MARK = -3.0, -0.5
"""Log probability of a pause between words, and after a punctuation mark."""
WINDOW_FRAMES = 3000
"""A longer recording is read in windows of a minute, of which two thirds are kept."""
_KEPT_FRAMES = 2000
_LEAST_FRAMES_A_SOUND = 1.5
_FIRST_WEIGHT, _LEARNT_WEIGHT = 0.5, 0.3
_FIRST_VARIANCE, _LEAST_VARIANCE = 0.7, 0.1
_PRIOR_FRAMES = 10.0
_LEAST_LONGEST, _MOST_LONGEST = 25, 100
_PAUSE_LIMITS = (-6.0, 3.0)
_MARK = re.compile(r"[.,;:!?…]\W*$")

_BALANCE = {
    Kind.VOWEL: (0.8, -0.5, 0.9),
    Kind.LONG_VOWEL: (0.9, -0.5, 1.0),
    Kind.NASAL: (0.1, -0.7, -0.2),
    Kind.LIQUID: (0.5, -0.7, 0.5),
    Kind.FRICATIVE: (-0.4, 1.2, -0.7),
    Kind.STOP: (-0.8, 0.2, -0.7),
    Kind.OTHER: (0.2, 0.0, 0.2),
}
"""Loudness, share of high and loudness of middle frequencies, in deviations from the mean."""


@dataclass(frozen=True)
class _Script:
    """The text as sounds: those that occur, and word by word."""

    inventory: tuple[Sound, ...]
    expected: Expectation
    owner: Int[np.ndarray, " sound"]

    def __getitem__(self, words: slice) -> "_Script":
        first, last = (int(np.searchsorted(self.owner, w)) for w in (words.start, words.stop))
        return replace(self, expected=self.expected[first:last], owner=self.owner[first:last])

    def word_after(self, word: int, share: float) -> int:
        """The word behind this share of the sounds that begin with ``word``; at least the next."""
        first = int(np.searchsorted(self.owner, word))
        last = first + round(share * (len(self.owner) - first))
        return max(word + 1, int(self.owner[min(last, len(self.owner) - 1)]))


@dataclass(frozen=True)
class _Voices:
    """A Gaussian of every sound of the inventory and, last, of pauses."""

    means: Float[np.ndarray, "name value"]
    variances: Float[np.ndarray, "name value"]


def align_words(words: Sequence[str], samples: Samples) -> tuple[Word, ...] | None:
    """The words at their estimated times; ``None`` where the sound cannot hold so many."""
    heard = cepstra_of(samples)
    voiced = int(heard.voiced.sum())
    spelt = [sounds_of(word) for word in words]
    count = sum(len(sounds) for sounds in spelt)
    if voiced < _LEAST_FRAMES_A_SOUND * count:
        return None
    script = _script(words, spelt, voiced * FRAME_SECONDS)
    edges = _found(heard, script, len(words))
    if edges is None:
        return None
    seconds = len(samples) / SAMPLE_RATE
    return tuple(
        Word(text, Interval(float(start), min(float(end), seconds)))
        for text, (start, end) in zip(words, edges * FRAME_SECONDS, strict=True)
    )


def _script(
    words: Sequence[str], spelt: Sequence[tuple[Sound, ...]], voiced_seconds: float
) -> _Script:
    flat = [sound for sounds in spelt for sound in sounds]
    inventory = tuple(sorted(set(flat), key=lambda sound: sound.name))
    column = {sound: i for i, sound in enumerate(inventory)}
    lengths = [x for word, s in zip(words, spelt, strict=True) for x in expected_seconds(word, s)]
    seconds = np.array(lengths) * (voiced_seconds / sum(lengths))
    pauses = np.full(len(flat), IMPOSSIBLE)
    last = np.cumsum([len(sounds) for sounds in spelt]) - 1
    pauses[last] = [PAUSE_AFTER_MARK if _MARK.search(w) else PAUSE_AFTER_WORD for w in words]
    return _Script(
        inventory,
        Expectation(np.array([column[sound] for sound in flat]), _durations(seconds), pauses),
        np.repeat(np.arange(len(words)), [len(sounds) for sounds in spelt]),
    )


def _durations(seconds: Float[np.ndarray, " sound"]) -> Float[np.ndarray, "sound length"]:
    """Log-normal, of whole frames."""
    longest = round(4 * float(np.percentile(seconds, 95)) / FRAME_SECONDS)
    lengths = np.arange(1, min(max(longest, _LEAST_LONGEST), _MOST_LONGEST) + 1) * FRAME_SECONDS
    away = (np.log(lengths) - np.log(seconds)[:, None]) / DURATION_SPREAD
    raw = -0.5 * np.square(away) - np.log(lengths)
    scores: Float[np.ndarray, "sound length"] = raw - np.log(np.exp(raw).sum(1, keepdims=True))
    return scores.astype(np.float32)


def _found(heard: Cepstra, script: _Script, words: int) -> Float[np.ndarray, "word 2"] | None:
    """First and behind-the-last frame of each word."""
    edges = np.zeros((words, 2))
    voices: _Voices | None = None
    start = word = 0
    while word < words:
        rest = heard[start:]
        whole = len(rest) <= 1.5 * WINDOW_FRAMES
        window = rest if whole else rest[:WINDOW_FRAMES]
        part = script[word : words if whole else script.word_after(word, _share(rest))]
        voices = _learnt(window, part) if voices is None else voices
        segments = segment(_evidence(window, voices), part.expected)
        if segments is None:
            return None
        spans = _word_spans(segments, part.owner)
        kept = spans if whole else spans[spans[:, 0] < _KEPT_FRAMES]
        edges[word : word + len(kept)] = kept + start
        word += len(kept)
        all_or_none = len(kept) in {0, len(spans)}
        start += _KEPT_FRAMES if all_or_none else int(kept[-1, 1])
    return edges


def _share(heard: Cepstra) -> float:
    """How much of the speech is in the first window."""
    return float(heard.voiced[:WINDOW_FRAMES].sum() / max(int(heard.voiced.sum()), 1))


def _word_spans(
    segments: Segments, owner: Int[np.ndarray, " sound"]
) -> Float[np.ndarray, "word 2"]:
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    last = np.append(first[1:], len(owner)) - 1
    return np.stack([segments.starts[first], segments.ends[last]], axis=1)


def _learnt(heard: Cepstra, script: _Script) -> _Voices:
    evidence = _first_evidence(heard, script.inventory)
    voices: _Voices | None = None
    for _ in range(ROUNDS):
        segments = segment(evidence, script.expected)
        if segments is None:
            break
        voices = _estimated(heard, script, segments)
        evidence = _evidence(heard, voices)
    return voices or _estimated(heard, script, Segments(np.zeros(0, int), np.zeros(0, int)))


def _first_evidence(heard: Cepstra, inventory: Sequence[Sound]) -> Evidence:
    typical = np.array([_BALANCE[sound.kind] for sound in inventory])
    away = np.square(heard.balance[:, None] - typical).sum(axis=2)
    sounds = -0.5 * _FIRST_WEIGHT / _FIRST_VARIANCE * away
    return Evidence(sounds, sounds.max(axis=1) + np.clip(heard.quiet, -8.0, 4.0))


def _evidence(heard: Cepstra, voices: _Voices) -> Evidence:
    precision = 1.0 / voices.variances
    constant = (np.square(voices.means) * precision + np.log(voices.variances)).sum(axis=1)
    squares = np.square(heard.values) @ precision.T
    crossed = heard.values @ (voices.means * precision).T
    scores = -0.5 * _LEARNT_WEIGHT * (squares - 2.0 * crossed + constant)
    return Evidence(scores[:, :-1], scores[:, -1] + np.clip(heard.quiet, *_PAUSE_LIMITS))


def _estimated(heard: Cepstra, script: _Script, segments: Segments) -> _Voices:
    """Each sound's Gaussian leans on its class, each class's on all speech."""
    label = np.full(len(heard), -1)
    for name, start, end in zip(
        script.expected.names, segments.starts, segments.ends, strict=False
    ):
        label[start:end] = name
    speech = heard.values[label >= 0] if (label >= 0).any() else heard.values
    overall = (speech.mean(axis=0), speech.var(axis=0))
    classes = {}
    for kind in {sound.kind for sound in script.inventory}:
        members = [i for i, sound in enumerate(script.inventory) if sound.kind == kind]
        classes[kind] = _gaussian(heard.values[np.isin(label, members)], overall)
    found = [
        _gaussian(heard.values[label == i], classes[sound.kind])
        for i, sound in enumerate(script.inventory)
    ]
    found.append(_pause_gaussian(heard, label < 0, overall))
    means, variances = (np.stack(column) for column in zip(*found, strict=True))
    return _Voices(means, np.maximum(variances, _LEAST_VARIANCE))


_Gaussian = tuple[Float[np.ndarray, " value"], Float[np.ndarray, " value"]]


def _gaussian(values: Float[np.ndarray, "frame value"], prior: _Gaussian) -> _Gaussian:
    weight = len(values) + _PRIOR_FRAMES
    mean = (values.sum(axis=0) + _PRIOR_FRAMES * prior[0]) / weight
    spread = np.square(values - mean).sum(axis=0)
    return mean, (spread + _PRIOR_FRAMES * prior[1]) / weight


def _pause_gaussian(
    heard: Cepstra, pausing: Bool[np.ndarray, " frame"], overall: _Gaussian
) -> _Gaussian:
    values = heard.values[pausing]
    if len(values) <= 5:
        return overall[0] - 2.0, overall[1]
    return values.mean(axis=0), values.var(axis=0) + 0.05
