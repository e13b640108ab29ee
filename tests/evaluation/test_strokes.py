import math

import numpy as np
import pytest

from annotations.types import (
    AnnotatedSpeech,
    DiscourseRelation,
    GestureLabel,
    GestureType,
)
from evaluation.strokes import (
    LEAST_STROKES,
    Moment,
    mean_absolute_ms,
    measure_strokes,
    moments_of,
    stroke_offsets,
)
from speech.transcript import Interval, Speech, Word
from tests.evaluation.changes import frozen, mirrored, shifted, warped
from tests.indexing.tiny_corpus import gesturing

TIMES = [2.0 + 2.9 * i for i in range(20)]
MOTION = gesturing(62.0, TIMES)
MOMENTS = [Moment("word", t + 0.1) for t in TIMES]


def offsets(motion, moments=MOMENTS):
    return stroke_offsets([measure_strokes(motion, moments, "a")])


def test_strokes_before_the_syllable_are_negative_offsets_of_that_size():
    found = offsets(MOTION)

    assert found.strokes == 20
    assert found.still == 0
    assert found.median_ms == pytest.approx(-100, abs=20)
    assert found.median_absolute_ms == pytest.approx(100, abs=20)
    assert found.on_time == 1.0
    assert found.reliable


def test_other_moments_of_the_same_motion_are_worse():
    found = offsets(MOTION)

    assert found.chance_absolute_ms > 1.5 * found.median_absolute_ms
    assert found.chance_on_time < 0.4


@pytest.mark.parametrize("frames", [-4, 6, 9])
def test_moving_the_motion_moves_the_offset(frames):
    found = offsets(shifted(MOTION, frames))

    assert found.median_ms == pytest.approx(-100 + 1000 * frames / 30, abs=20)
    assert found.on_time == (frames < 0)


def test_a_time_warp_takes_strokes_from_their_words():
    assert offsets(warped(MOTION)).on_time < 0.6 < offsets(MOTION).on_time


def test_a_mirrored_motion_strikes_at_the_same_time():
    assert offsets(mirrored(MOTION)).median_ms == pytest.approx(offsets(MOTION).median_ms, abs=1)


def test_frozen_hands_are_counted_as_still():
    found = offsets(frozen(MOTION))

    assert (found.strokes, found.still, found.on_time) == (0, 20, 0.0)
    assert math.isnan(found.median_ms)
    assert not found.reliable
    assert mean_absolute_ms(measure_strokes(frozen(MOTION), MOMENTS)) == 600.0


def test_one_number_a_recording_is_the_mean_absolute_offset():
    measured = measure_strokes(MOTION, MOMENTS, "a")

    assert mean_absolute_ms(measured) == pytest.approx(100, abs=20)
    assert (measured.tally.total, measured.tally.over) == (20.0, 20.0)
    assert math.isnan(mean_absolute_ms(measure_strokes(MOTION, [])))


def test_few_strokes_are_flagged():
    few = offsets(MOTION, MOMENTS[: LEAST_STROKES - 1])

    assert not few.reliable
    assert few.why_not == "19 strokes, 20 needed"


def test_relations_and_gesture_words_ask_for_strokes_and_beats_do_not():
    words = [
        Word(text, Interval(i, i + 0.5)) for i, text in enumerate(["this", "but", "big", "beat"])
    ]
    speech = Speech(np.zeros(5 * 16_000, np.float32), tuple(words))
    but, big, beat = (word.interval for word in words[1:])
    annotated = AnnotatedSpeech(
        speech,
        (DiscourseRelation("but", "Comparison.Contrast", Interval(0, 4), but, tokens=(1,)),),
        (
            GestureLabel(GestureType.ICONIC, "big", big, (2,)),
            GestureLabel(GestureType.BEAT, "beat", beat, (3,)),
        ),
    )

    found = moments_of(annotated)

    assert [moment.word for moment in found] == ["but", "big"]
    assert found[0].stress_seconds == pytest.approx(1.2)
