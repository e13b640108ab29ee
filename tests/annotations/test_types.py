"""The records by which annotations, retrieval and generation meet."""

from dataclasses import dataclass

import pytest

from annotations.types import (
    DiscourseRelation,
    Exemplar,
    GestureLabel,
    GestureType,
    PlacedExemplar,
    Window,
)
from motion.clip import Motion
from motion.timeline import ChunkSpan
from speech.transcript import Interval, Speech

RELATION = DiscourseRelation(
    connective="if then",
    sense="Contingency.Condition.Arg2-as-cond",
    interval=Interval(1.0, 6.0),
    connective_interval=Interval(2.0, 2.5),
)
LABEL = GestureLabel(GestureType.ICONIC, "big river", Interval(3.0, 3.8))


@dataclass(frozen=True)
class Still:
    """A clip of somebody who does not move."""

    key: str = "1_wayne_0_1_1@5.000"
    speaker: int = 0

    def motion(self) -> Motion:
        return Motion.rest(300, 30.0)

    def speech(self) -> Speech:
        raise AssertionError("nobody asked for the speech")


def placed(target: ChunkSpan, source: ChunkSpan, strength: float | None = None) -> PlacedExemplar:
    window = Window("1_wayne_0_1_1", 0, 5.0)
    return PlacedExemplar(Exemplar(1, window, LABEL), Still(), target, source, strength)


def test_a_relation_is_shared_by_its_sense_and_belongs_on_its_connective():
    assert (RELATION.label, RELATION.word) == ("Contingency.Condition", "if then")
    assert RELATION.focus == Interval(2.0, 2.5)


def test_a_gesture_label_is_shared_by_its_type_and_belongs_on_its_words():
    assert (LABEL.label, LABEL.word, LABEL.focus) == ("iconic", "big river", Interval(3.0, 3.8))


def test_a_window_is_named_by_recording_and_start():
    assert Window("1_wayne_0_1_1", 0, 5.0).key == Still().key


def test_target_and_source_are_equally_long():
    with pytest.raises(ValueError, match="differ in length"):
        placed(ChunkSpan(0, 3), ChunkSpan(0, 2))


@pytest.mark.parametrize("strength", [-0.1, 1.1])
def test_strength_lies_between_a_hint_and_verbatim(strength):
    with pytest.raises(ValueError, match="strength must be within"):
        placed(ChunkSpan(0, 2), ChunkSpan(4, 6), strength)
