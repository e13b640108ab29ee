"""What stands around a word: its sentence, its prominence, its stressed syllable."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np

from annotations.types import Annotation, Exemplar, Prominence, Window
from motion.timeline import WINDOW_SECONDS
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word

_Timed = TypeVar("_Timed", Word, Prominence)
_NEARBY_SECONDS = 30.0
_REACH = 8
"""Words of context on either side, at most."""
_PAUSE_SECONDS = 0.8
"""A pause this long ends a sentence."""
_SENTENCE_ENDS = ".?!"
_VOWEL_PLACE = 0.4
"""Where in a word its vowel lies, where the sound does not tell."""
_ENERGY_HOP = SAMPLE_RATE // 50
_AUDIBLE = 1e-4
_SECOND_ITEM = "Comparison.Contrast"
_SHADOW_SECONDS = 0.75
"""Two words nearer than this share the hands: the weaker one may have got no gesture."""


@lru_cache(maxsize=1 << 16)
def key_word(text: str) -> str:
    """A word or phrase as it is compared: lower case, no punctuation around its words."""
    bare = (word.strip(".,;:!?\"'()[]-") for word in text.lower().split())
    return " ".join(word for word in bare if word)


def nearby(timed: Sequence[_Timed], focus: Interval) -> Sequence[_Timed]:
    """Those that begin within half a minute of ``focus``; all where none does.

    ``timed`` is in the order of its starts. A long talk is looked at piece by piece with it.
    """
    first = bisect_left(timed, focus.start - _NEARBY_SECONDS, key=_start)
    last = bisect_right(timed, focus.end + _NEARBY_SECONDS, key=_start)
    return timed[first:last] or timed


def _start(item: Word | Prominence) -> float:
    return item.interval.start


def words_around(words: Sequence[Word], focus: Interval) -> str:
    """The sentence around ``focus``, cut at full stops, long pauses and eight words away."""
    if not words:
        return ""
    inside = [i for i, word in enumerate(words) if word.interval.overlaps(focus)]
    nearest = min(range(len(words)), key=lambda i: abs(words[i].interval.middle - focus.middle))
    first, last = (inside[0], inside[-1]) if inside else (nearest, nearest)
    start, stop = first, last
    while start > 0 and first - start < _REACH and not _ends(words[start - 1], words[start]):
        start -= 1
    while (
        stop < len(words) - 1 and stop - last < _REACH and not _ends(words[stop], words[stop + 1])
    ):
        stop += 1
    return " ".join(word.text for word in words[start : stop + 1])


def _ends(word: Word, following: Word) -> bool:
    pause = following.interval.start - word.interval.end
    return word.text.rstrip().endswith(tuple(_SENTENCE_ENDS)) or pause > _PAUSE_SECONDS


def context_of_window(window: Window, annotation: Annotation) -> str:
    """The sentence around an annotation of a corpus window.

    Word times come from the prominence tier; without one, the window's words are spread evenly.
    """
    words = [Word(item.word, item.interval) for item in window.prominences if item.word.strip()]
    return words_around(words or _spread(window.text), annotation.focus)


def _spread(text: str) -> list[Word]:
    parts = text.split()
    step = WINDOW_SECONDS / max(len(parts), 1)
    return [Word(part, Interval(i * step, (i + 1) * step)) for i, part in enumerate(parts)]


def prominence_of(focus: Interval, tier: Sequence[Prominence]) -> float | None:
    """Mean prominence of the words inside ``focus``; ``None`` where the tier has none there."""
    values = [
        item.value
        for item in tier
        if item.word.strip() and focus.start <= item.interval.middle <= focus.end
    ]
    return sum(values) / len(values) if values else None


def anchor_seconds(exemplar: Exemplar) -> float:
    """What is laid on the stressed syllable: the stroke, or where the word's vowel would be."""
    if exemplar.stroke_seconds is not None:
        return exemplar.stroke_seconds
    focus = exemplar.annotation.focus
    return focus.start + _VOWEL_PLACE * focus.duration


def stroke_lead(exemplar: Exemplar) -> float | None:
    """How long an exemplar's stroke comes before the stress of its word, seconds."""
    if exemplar.stroke_seconds is None:
        return None
    word = _strongest_word(exemplar)
    stress = _vowel(word.interval if word else exemplar.annotation.focus)
    return stress - exemplar.stroke_seconds


@dataclass(frozen=True)
class Shadow:
    """A more prominent word beside an exemplar's own, which the hands may have gone with."""

    word: str
    excess: float
    """How much more prominent it is."""
    lead_seconds: float | None
    """How long before its stress the exemplar strokes."""


def shadow_of(exemplar: Exemplar) -> Shadow | None:
    """The most prominent word within three quarters of a second that outdoes the own one."""
    own, focus = _strongest_word(exemplar), exemplar.annotation.focus
    if own is None:
        return None
    near = [
        item
        for item in exemplar.window.prominences
        if item.word.strip()
        and not item.interval.overlaps(focus)
        and abs(_vowel(item.interval) - _vowel(own.interval)) < _SHADOW_SECONDS
    ]
    other = max(near, key=lambda item: item.value, default=own)
    if other.value <= own.value:
        return None
    stroke = exemplar.stroke_seconds
    lead = None if stroke is None else _vowel(other.interval) - stroke
    return Shadow(other.word, other.value - own.value, lead)


def _strongest_word(exemplar: Exemplar) -> Prominence | None:
    """The most prominent word of an exemplar's annotation."""
    focus = exemplar.annotation.focus
    words = [item for item in exemplar.window.prominences if item.interval.overlaps(focus)]
    return max(words, key=lambda item: item.value, default=None)


def _vowel(word: Interval) -> float:
    return word.start + _VOWEL_PLACE * word.duration


def recording_seconds(exemplar: Exemplar) -> float:
    """When an exemplar's annotation begins in its recording."""
    return exemplar.window.start_seconds + exemplar.annotation.focus.start


def origin(exemplar: Exemplar) -> tuple[str, float]:
    """The same gesture in two overlapping windows is one gesture."""
    return exemplar.window.recording, round(recording_seconds(exemplar), 2)


def stressed_part(annotation: Annotation, words: Sequence[Word]) -> Interval:
    """Where the stroke belongs: of a connective in parts, one part.

    A contrast is struck on its second item ("on the other hand"), other pairs ("if ... then",
    "either ... or") where they open.
    """
    runs = _runs(annotation.tokens)
    if len(runs) < 2 or runs[-1][-1] >= len(words):
        return annotation.focus
    run = runs[-1] if annotation.label.startswith(_SECOND_ITEM) else runs[0]
    return Interval(words[run[0]].interval.start, words[run[-1]].interval.end)


def _runs(tokens: Sequence[int]) -> list[list[int]]:
    """Indices parted wherever some are left out."""
    runs: list[list[int]] = []
    for token in tokens:
        if runs and token == runs[-1][-1] + 1:
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def stress_seconds(speech: Speech, focus: Interval, tier: Sequence[Prominence]) -> float:
    """When the stressed syllable of the strongest word in ``focus`` sounds.

    That is the loudest moment of the word; without sound, two fifths into it.
    """
    words = [word.interval for word in speech.words if word.interval.overlaps(focus)]
    strength = {item.interval: item.value for item in tier}
    word = max(words, key=lambda interval: strength.get(interval, 0.0), default=focus)
    first, last = (round(t * SAMPLE_RATE) for t in (max(word.start, 0.0), word.end))
    samples = speech.samples[first:last]
    hops = len(samples) // _ENERGY_HOP
    if hops < 3:
        return word.start + _VOWEL_PLACE * word.duration
    energy = (samples[: hops * _ENERGY_HOP].reshape(hops, _ENERGY_HOP) ** 2).mean(axis=1)
    smooth = np.convolve(energy, (0.25, 0.5, 0.25), mode="same")
    if smooth.max() < _AUDIBLE**2:
        return word.start + _VOWEL_PLACE * word.duration
    return word.start + (int(smooth.argmax()) + 0.5) * _ENERGY_HOP / SAMPLE_RATE
