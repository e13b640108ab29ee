"""Prosodic prominence per word, by wavelet analysis of pitch, energy and duration.

After Suni, Simko, Aalto and Vainio, *Hierarchical representation and estimation of prosody using
continuous wavelet transform* (Computer Speech and Language, 2017): the three tracks are joined to
one signal, analysed at word and phrase scales, and the lines of maximum amplitude over scales
give each word its value.

Names: ``x`` the joint signal, ``W`` its wavelet coefficients (scale by frame), ``psi`` the wavelet.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from annotations.cues import END_MARKS, FUNCTION_WORDS, PAUSE_MARKS, closed, ends_with, plain
from annotations.types import Prominence
from speech.loudness import is_silent, level_gain
from speech.prosody import PROSODY_HZ, Voice, trace_voice
from speech.transcript import Speech
from speech.words import Word

SCALES_SECONDS = (0.1, 0.141, 0.2, 0.283, 0.4, 0.566, 0.8)
"""Half octaves, from a syllable to a short phrase."""
PITCH_WEIGHT, ENERGY_WEIGHT, DURATION_WEIGHT = 1.0, 1.0, 0.5
LEAST_SEMITONES, LEAST_DB, LEAST_LOG_SECONDS = 0.5, 2.0, 0.2
"""A track that deviates less than this is steady: its jitter is not stress."""
STRONG = 2.0
"""The value of a clearly accented word."""
_STRONG_PERCENTILE = 85
_EDGE_SECONDS = 0.05
_LEAST_SECONDS = 0.2

Track = Float[np.ndarray, "frame"]


def annotate_prominence(speech: Speech) -> tuple[Prominence, ...]:
    """One value a word: 0 for none, about 2 and more for strong.

    Where the sound is silent (words alone) content words count, the last of a clause most.
    """
    if not speech.words:
        return ()
    if not is_audible(speech):
        return tuple(_supposed(speech.words, i) for i in range(len(speech.words)))
    W = wavelet(joint_signal(speech))
    lines = _lines_of_maxima(W)
    raw = np.array([_strongest(lines, word) for word in speech.words])
    accented = raw[raw > 0]
    unit = np.percentile(accented, _STRONG_PERCENTILE) / STRONG if len(accented) else 1.0
    return tuple(
        Prominence(
            plain(word.text), word.interval, round(float(value / unit), 4), _boundary(W, word)
        )
        for word, value in zip(speech.words, raw, strict=True)
    )


def is_audible(speech: Speech) -> bool:
    """Whether there is sound enough to measure."""
    return speech.seconds >= _LEAST_SECONDS and not is_silent(speech.samples)


def joint_signal(speech: Speech) -> Track:
    """Pitch, energy and duration, each standardised, then their weighted sum, standardised."""
    voice = trace_voice(speech.samples, level_gain(speech.samples))
    x = PITCH_WEIGHT * _standardised(_pitch(voice), LEAST_SEMITONES)
    x += ENERGY_WEIGHT * _standardised(_energy(voice), LEAST_DB)
    x += DURATION_WEIGHT * _standardised(_durations(speech.words, len(x)), LEAST_LOG_SECONDS)
    return _standardised(x)


def _pitch(voice: Voice) -> Track:
    """Semitones, straight lines where there is no voice."""
    voiced = np.flatnonzero(voice.voiced.numpy())
    frames = len(voice.f0_hz)
    if len(voiced) == 0:
        return np.zeros(frames)
    semitones = 12.0 * np.log2(voice.f0_hz.numpy()[voiced])
    low, high = np.percentile(semitones, (5, 95))
    track: Track = np.interp(np.arange(frames), voiced, semitones.clip(low, high))
    return track


def _energy(voice: Voice) -> Track:
    """Decibels; pauses are no deeper than the softest speech."""
    energy = voice.energy_db.numpy().astype(np.float64)
    loud = energy[voice.voiced.numpy()]
    return energy.clip(np.percentile(loud, 10)) if len(loud) else energy


def _durations(words: Sequence[Word], frames: int) -> Track:
    """Seconds a vowel group of the word, one point at the middle of each word."""
    middles = [word.interval.middle * PROSODY_HZ for word in words]
    lengths = [word.interval.duration / syllables(word.text) for word in words]
    track: Track = np.interp(np.arange(frames), middles, np.log(np.maximum(lengths, 0.02)))
    return track


def syllables(word: str) -> int:
    """Vowel groups of a written word, at least one."""
    letters = plain(word)
    groups = sum(
        letter in "aeiouy" and (i == 0 or letters[i - 1] not in "aeiouy")
        for i, letter in enumerate(letters)
    )
    silent = letters.endswith("e") and not letters.endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)


def _standardised(track: Track, least: float = 1e-9) -> Track:
    standard: Track = (track - track.mean()) / max(float(track.std()), least)
    return standard


def wavelet(x: Track) -> Float[np.ndarray, "scale frame"]:
    """Continuous transform by the second derivative of a Gaussian ("Mexican hat").

    Edges are mirrored; the wavelet is normalised so that a bump of the wavelet's own width and of
    height 1 gives about 1 at every scale.
    """
    return np.stack([_convolved(x, scale * PROSODY_HZ) for scale in SCALES_SECONDS])


def _convolved(x: Track, width: float) -> Track:
    reach = max(1, round(5 * width))
    t = np.arange(-reach, reach + 1) / width
    psi = (1.0 - t**2) * np.exp(-(t**2) / 2.0)
    psi -= psi.mean()
    bump = np.exp(-(t**2) / 2.0)
    kernel = psi / (psi @ bump)
    padded = np.pad(x, reach, mode="reflect" if reach < len(x) else "edge")
    found: Track = np.convolve(padded, kernel, mode="valid")
    return found


def _lines_of_maxima(W: Float[np.ndarray, "scale frame"]) -> tuple[tuple[float, float], ...]:
    """Place in seconds, at the finest scale, and strength of each line over the scales.

    A line climbs from a maximum to the nearest one of the next scale, no farther than the finer
    scale's width; where two lines meet, the stronger one goes on.
    """
    lines = [(float(t), max(0.0, float(W[0, t])), int(t)) for t in _maxima(W[0])]
    total = [(start, value, top, True) for start, value, top in lines]
    for level in range(1, len(SCALES_SECONDS)):
        reach = SCALES_SECONDS[level] * PROSODY_HZ
        total = _climbed(total, W[level], reach)
    return tuple((start / PROSODY_HZ, strength) for start, strength, _, _ in total)


def _climbed(
    lines: Sequence[tuple[float, float, int, bool]], row: Track, reach: float
) -> list[tuple[float, float, int, bool]]:
    """Each line one scale up: (start, strength, frame reached, still climbing)."""
    maxima = _maxima(row)
    owner: dict[int, int] = {}
    for index, (_, strength, top, climbing) in enumerate(lines):
        if not climbing or len(maxima) == 0:
            continue
        nearest = int(maxima[np.abs(maxima - top).argmin()])
        rival = owner.get(nearest)
        if abs(nearest - top) <= reach and (rival is None or lines[rival][1] < strength):
            owner[nearest] = index
    reached = {index: frame for frame, index in owner.items()}
    return [
        (start, strength + max(0.0, float(row[reached[i]])), reached[i], True)
        if i in reached
        else (start, strength, top, False)
        for i, (start, strength, top, _) in enumerate(lines)
    ]


def _maxima(row: Track) -> np.ndarray:
    inner = (row[1:-1] >= row[:-2]) & (row[1:-1] > row[2:])
    return np.flatnonzero(inner) + 1


def _strongest(lines: Sequence[tuple[float, float]], word: Word) -> float:
    start, end = word.interval.start - _EDGE_SECONDS / 2, word.interval.end
    return max((strength for at, strength in lines if start <= at < end), default=0.0)


def _boundary(W: Float[np.ndarray, "scale frame"], word: Word) -> float:
    """Depth of the valley at the end of the word, at word scale."""
    row = W[SCALES_SECONDS.index(0.2)]
    frame = round(word.interval.end * PROSODY_HZ)
    around = row[max(frame - 1, 0) : frame + 3]
    return round(max(0.0, -float(around.min())), 4) if len(around) else 0.0


def _supposed(words: Sequence[Word], index: int) -> Prominence:
    """A guess from the text: content words 1, the last of a clause 2, function words 0."""
    word = words[index]
    content = plain(word.text) not in FUNCTION_WORDS
    following = words[index + 1 : index + 3]
    last = ends_with(closed(words, index), PAUSE_MARKS) or not following
    value = (STRONG if last else 1.0) if content else 0.0
    boundary = 1.0 if ends_with(closed(words, index), END_MARKS) else 0.5 if last else 0.0
    return Prominence(plain(word.text), word.interval, value, boundary)
