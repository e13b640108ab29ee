import pytest
import torch

from annotations.types import (
    AnnotatedSpeech,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
)
from annotations.windows import windows_of
from indexing.segment import SHORT_MOTION, STILL_HANDS, SegmentOptions, hand_speed, segment
from motion.clip import Motion
from motion.parts import joint
from speech.transcript import Interval, silent_speech
from tests.indexing.tiny_corpus import FPS, gesturing

SECONDS = 25.0


class Take:
    id, speaker, seconds = "2_scott_0_1_1", 1, SECONDS


def relation(start: float) -> DiscourseRelation:
    span = Interval(start, start + 0.3)
    return DiscourseRelation("because", "Contingency.Cause.Reason", span, span, tokens=(5,))


def gesture(start: float, kind: GestureType = GestureType.ICONIC, word="huge") -> GestureLabel:
    return GestureLabel(kind, word, Interval(start, start + 0.4))


def annotated(relations=(), gestures=(), prominences=()) -> AnnotatedSpeech:
    return AnnotatedSpeech(
        silent_speech((), SECONDS), tuple(relations), tuple(gestures), tuple(prominences)
    )


def cut(speech: AnnotatedSpeech, motion: Motion | None = None, **options):
    motion = gesturing(SECONDS, ()) if motion is None else motion
    return segment(Take(), speech, motion, SegmentOptions(**options))


def places(windows) -> list[tuple[float, str]]:
    return [(w.window.start_seconds, e.annotation.label) for w in windows for e in w.exemplars]


def test_an_annotation_is_taken_where_it_lies_most_central():
    windows = cut(annotated([relation(9.0)], [gesture(11.9)]))

    assert places(windows) == [(5.0, "Contingency.Cause.Reason"), (5.0, "iconic")]
    assert windows[0].exemplars[0].annotation.connective_interval.start == pytest.approx(4.0)


def test_every_annotation_is_taken_exactly_once():
    starts = [0.0, 0.7, 4.9, 7.4, 7.5, 7.6, 12.5, 14.8, 19.9, 24.3]
    found = places(cut(annotated([relation(start) for start in starts])))

    assert len(found) == len(starts)


def test_the_published_form_takes_it_from_every_window():
    windows = cut(annotated([relation(9.0)]), every_window=True)
    assert [window.window.start_seconds for window in windows] == [0.0, 5.0]


def test_the_window_keeps_all_its_annotations_also_those_that_are_not_indexed():
    speech = annotated([relation(7.0)], [gesture(8.0, GestureType.BEAT)])
    (window,) = cut(speech)

    assert window.window == windows_of(speech, Take())[int(window.window.start_seconds / 5)]
    assert [each.annotation.label for each in window.exemplars] == ["Contingency.Cause.Reason"]
    assert window.window.gestures[0].type is GestureType.BEAT


def test_beats_are_indexed_when_asked_for():
    speech = annotated(gestures=[gesture(8.0, GestureType.BEAT)])
    assert places(cut(speech)) == []
    assert [label for _, label in places(cut(speech, beats=True))] == ["beat"]


def test_equal_words_at_other_times_are_other_exemplars():
    assert len(places(cut(annotated(gestures=[gesture(6.0), gesture(8.0)])))) == 2


def test_windows_within_the_recording_are_preferred_to_a_cut_short_one():
    short = Take()
    short.seconds = 23.0
    speech = annotated([relation(18.0), relation(22.0)])
    found = places(segment(short, speech, gesturing(23.0, ()), SegmentOptions()))

    assert [window.start_seconds for window in windows_of(speech, short)] == [0, 5, 10, 15]
    assert [start for start, _ in found] == [10.0, 15.0]


@pytest.mark.parametrize("stroke", [6.7, 7.0, 7.2])
def test_the_stroke_is_where_the_hand_is_fastest_near_the_word(stroke):
    motion = gesturing(SECONDS, (2.0, stroke, 12.0))
    (window,) = cut(annotated(gestures=[gesture(7.0)]), motion)

    found = window.window.start_seconds + window.exemplars[0].stroke_seconds
    assert found == pytest.approx(stroke, abs=1.5 / FPS)
    assert window.exemplars[0].quality == ()


def test_a_stroke_far_from_the_word_is_not_its_own():
    motion = gesturing(SECONDS, (5.0, 9.5))
    (window,) = cut(annotated(gestures=[gesture(7.0)]), motion)

    assert window.exemplars[0].stroke_seconds is None
    assert window.exemplars[0].quality == (STILL_HANDS,)


def test_the_flank_of_a_faster_stroke_elsewhere_is_not_taken_for_the_stroke():
    motion, softer = gesturing(SECONDS, (6.4,)), gesturing(SECONDS, (7.1,))
    motion.poses[:, joint("left_shoulder")] += 0.3 * softer.poses[:, joint("left_shoulder")]
    (window,) = cut(annotated(gestures=[gesture(7.0)]), motion)

    found = window.window.start_seconds + window.exemplars[0].stroke_seconds
    assert found == pytest.approx(7.1, abs=1.5 / FPS)


def test_turning_and_walking_with_still_arms_is_no_stroke():
    motion = gesturing(SECONDS, ())
    time = torch.arange(len(motion)) / FPS
    motion.poses[:, joint("pelvis"), 1] = torch.sin(3 * time)
    motion.translation[:, 0] = torch.sin(3 * time)

    assert hand_speed(motion).max() < 1e-3


def test_hand_speed_is_in_metres_a_second_at_any_rate():
    slow, fast = gesturing(4.0, (2.0,)), gesturing(4.0, (2.0,)).resampled(15)
    assert hand_speed(fast).max() == pytest.approx(hand_speed(slow).max().item(), rel=0.25)
    assert 1.0 < hand_speed(slow).max() < 5.0


def test_a_window_that_outlasts_the_motion_is_marked():
    motion = gesturing(8.0, (1.9,))
    (window,) = cut(annotated([relation(2.0)]), motion)
    assert window.exemplars[0].quality == (SHORT_MOTION,)


def test_prominence_is_that_of_the_annotated_word():
    prominences = [
        Prominence("huge", Interval(7.0, 7.4), 1.75),
        Prominence("no", Interval(8, 8.5), 0.5),
    ]
    (window,) = cut(annotated(gestures=[gesture(7.0)], prominences=prominences))
    assert window.exemplars[0].prominence == 1.75


def test_windows_too_far_apart_are_refused():
    with pytest.raises(ValueError, match="skip parts"):
        SegmentOptions(every_seconds=12.0)
