"""Rise and fall of prominence: where a speech asks for a gesture by its sound alone.

RAG-Gesture names a prosodic retrieval and never released it; this one is ours. A strongly
prominent word asks, and the exemplar answers best around whose stroke prominence rises and falls
at the same times and as far.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from annotations.types import (
    AnnotatedSpeech,
    Exemplar,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
)
from speech.transcript import Interval

STRONG = 1.5
"""A word at least this prominent may ask; 0 is none, 2 strong."""
_PEAK_SECONDS = 1.0
"""A peak is the most prominent word within this time on either side."""
_REACH_SECONDS, _STEP_SECONDS = 1.5, 0.25
_BIN_SECONDS = 0.5
"""Prominence is averaged over this time, silence counting as 0."""
_LONGEST_WORD = 2.0
_UNLIKE = 1.5
"""Contours whose mean difference is this or more have nothing in common."""
_BEFORE_STROKE, _AFTER_STROKE = 0.3, 0.6
"""Where the word of a stroke begins: seldom before it, mostly with it or just behind."""
_VOWEL_PLACE = 0.4

_OFFSETS = np.arange(-_REACH_SECONDS, _REACH_SECONDS + 1e-9, _STEP_SECONDS)
_NEARNESS = 1.0 - np.abs(_OFFSETS) / (_REACH_SECONDS + _BIN_SECONDS)
"""What happens at the word itself counts most."""


def peaks_of(annotated: AnnotatedSpeech) -> tuple[GestureLabel, ...]:
    """The strongly prominent words that outdo all within a second, as beats that ask."""
    strong = [item for item in annotated.prominences if item.word.strip() and item.value >= STRONG]
    return tuple(
        GestureLabel(GestureType.BEAT, item.word, item.interval, source=Source.MODEL)
        for item in strong
        if item is _strongest(_near(strong, item.interval.middle, _PEAK_SECONDS))
    )


def _strongest(items: Sequence[Prominence]) -> Prominence | None:
    """The most prominent one; the first of equal ones."""
    return max(items, key=lambda item: item.value, default=None)


def _near(tier: Sequence[Prominence], seconds: float, reach: float) -> list[Prominence]:
    """Words of a tier in the order of time whose middle is within reach."""
    first = bisect_left(tier, seconds - reach, key=_middle)
    last = bisect_right(tier, seconds + reach, key=_middle)
    return [item for item in tier[first:last] if item.word.strip()]


def _middle(item: Prominence) -> float:
    return item.interval.middle


def contour_at(tier: Sequence[Prominence], seconds: float) -> tuple[float, ...]:
    """Prominence around a time: half-second means, a quarter of a second apart, 1.5 s each way.

    ``tier`` is in the order of time.
    """
    near = _near(tier, seconds, _REACH_SECONDS + _LONGEST_WORD)
    if not near:
        return ()
    starts = np.array([item.interval.start for item in near])
    ends = np.array([item.interval.end for item in near])
    values = np.array([item.value for item in near])
    opens = (seconds + _OFFSETS - _BIN_SECONDS / 2)[:, None]
    shared = np.minimum(ends, opens + _BIN_SECONDS) - np.maximum(starts, opens)
    means: Float64[np.ndarray, offset] = np.clip(shared, 0.0, None) @ values / _BIN_SECONDS
    return tuple(means.tolist())


def contour_of(exemplar: Exemplar, anchor: float) -> tuple[float, ...]:
    """The contour of an exemplar around the most prominent word near its stroke."""
    reach = Interval(anchor - _BEFORE_STROKE, anchor + _AFTER_STROKE)
    tier = exemplar.window.prominences
    near = [item for item in tier if item.word.strip() and item.interval.overlaps(reach)]
    if not near:
        return ()
    word = max(near, key=lambda item: item.value).interval
    return contour_at(tier, word.start + _VOWEL_PLACE * word.duration)


def contour_likeness(first: Sequence[float], second: Sequence[float]) -> float:
    """1 for the same rise and fall, 0 for none in common or where either is not known."""
    if not first or not second:
        return 0.0
    difference = np.abs(np.asarray(first) - np.asarray(second)) @ _NEARNESS / _NEARNESS.sum()
    return max(0.0, 1.0 - float(difference) / _UNLIKE)
