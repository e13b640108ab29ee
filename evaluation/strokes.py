"""Stroke offset: how far the fastest moment of the hands lies from the stressed syllable.

Negative is early, which is where people's strokes are (Kendon, 2004; Loehr, 2012). Some peak of
hand speed lies near any moment, so the same is measured at moments shifted around the recording:
an offset that is no smaller than this chance says nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
from jaxtyping import Float
from torch import Tensor

from annotations.types import AnnotatedSpeech, Annotation, GestureLabel, GestureType
from evaluation.bootstrap import Tally
from evaluation.hands import hand_speed, stroke_near
from motion.clip import Motion
from retrieval.context import stress_seconds, stressed_part

REACH_SECONDS = 0.6
"""How far from the syllable a stroke is looked for, either way."""
EARLY_MS, LATE_MS = 300.0, 50.0
"""A stroke that is this early or this late at most is on time: people's strokes lie at the stressed
syllable or a little before, and so do the demo corpus's."""
LEAST_STROKES = 20

_SHIFTS = 24


@dataclass(frozen=True)
class Moment:
    """A word that asks for a gesture, and when its stressed syllable sounds."""

    word: str
    stress_seconds: float


@dataclass(frozen=True)
class Stroke:
    """What the hands did at a moment; ``None`` where they were still."""

    moment: Moment
    offset_ms: float | None


@dataclass(frozen=True)
class StrokeOffsets:
    """Offsets of one motion or of many together."""

    strokes: int
    still: int
    """Moments at which no hand moved."""
    median_ms: float
    median_absolute_ms: float
    on_time: float
    """Share of all moments whose stroke is on time; see `EARLY_MS`."""
    chance_absolute_ms: float
    """Median absolute offset of the same moments shifted around the recording."""
    chance_on_time: float
    reliable: bool
    why_not: str = ""


@dataclass(frozen=True)
class MeasuredStrokes:
    """Strokes at the moments of one recording, and at the shifted moments."""

    recording: str
    strokes: tuple[Stroke, ...]
    chance: tuple[Stroke, ...]

    @property
    def tally(self) -> Tally:
        """Moments with a stroke on time, for an interval over recordings."""
        return Tally(self.recording, float(on_time(self.strokes)), float(len(self.strokes)))


def moments_of(annotated: AnnotatedSpeech) -> tuple[Moment, ...]:
    """The relations and gesture words of a speech, beats left out, in time."""
    wanted: list[Annotation] = [*annotated.relations]
    wanted += [label for label in annotated.gestures if not _is_beat(label)]
    moments = [
        Moment(
            each.word,
            stress_seconds(
                annotated.speech,
                stressed_part(each, annotated.speech.words),
                annotated.prominences,
            ),
        )
        for each in wanted
    ]
    return tuple(sorted(moments, key=lambda moment: moment.stress_seconds))


def measure_strokes(
    motion: Motion, moments: Sequence[Moment], recording: str = ""
) -> MeasuredStrokes:
    """Look for a stroke at every moment, and at every moment shifted around the motion."""
    speed = hand_speed(motion)
    shifts = np.arange(1, _SHIFTS + 1) * motion.seconds / (_SHIFTS + 1)
    shifted = [
        Moment(moment.word, float((moment.stress_seconds + shift) % motion.seconds))
        for shift in shifts
        for moment in moments
    ]
    return MeasuredStrokes(
        recording,
        tuple(_stroke(speed, motion.fps, moment) for moment in moments),
        tuple(_stroke(speed, motion.fps, moment) for moment in shifted),
    )


def stroke_offsets(measured: Iterable[MeasuredStrokes]) -> StrokeOffsets:
    """All recordings together."""
    kept = list(measured)
    strokes = [stroke for each in kept for stroke in each.strokes]
    chance = [stroke for each in kept for stroke in each.chance]
    offsets, shifted = _offsets(strokes), _offsets(chance)
    why_not = (
        "" if len(offsets) >= LEAST_STROKES else f"{len(offsets)} strokes, {LEAST_STROKES} needed"
    )
    return StrokeOffsets(
        strokes=len(offsets),
        still=len(strokes) - len(offsets),
        median_ms=median(offsets) if offsets else float("nan"),
        median_absolute_ms=median(map(abs, offsets)) if offsets else float("nan"),
        on_time=on_time(strokes) / len(strokes) if strokes else float("nan"),
        chance_absolute_ms=median(map(abs, shifted)) if shifted else float("nan"),
        chance_on_time=on_time(chance) / len(chance) if chance else float("nan"),
        reliable=not why_not,
        why_not=why_not,
    )


def mean_absolute_ms(measured: MeasuredStrokes) -> float:
    """One number a recording, for paired differences; a still moment counts as out of reach."""
    found = [each.offset_ms for each in measured.strokes]
    worst = 1000.0 * REACH_SECONDS
    return fmean(worst if o is None else abs(o) for o in found) if found else float("nan")


def _stroke(speed: Float[Tensor, "frame"], fps: float, moment: Moment) -> Stroke:
    at = moment.stress_seconds
    found = stroke_near(speed, fps, at - REACH_SECONDS, at + REACH_SECONDS)
    return Stroke(moment, None if found is None else 1000.0 * (found - at))


def _offsets(strokes: Iterable[Stroke]) -> list[float]:
    return [stroke.offset_ms for stroke in strokes if stroke.offset_ms is not None]


def on_time(strokes: Iterable[Stroke]) -> int:
    """How many strokes are neither too early nor too late."""
    return sum(-EARLY_MS <= offset <= LATE_MS for offset in _offsets(strokes))


def _is_beat(label: GestureLabel) -> bool:
    return label.type is GestureType.BEAT
