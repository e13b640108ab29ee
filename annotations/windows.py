"""Cutting annotated speech into windows: which annotations belong to one, and where windows lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, assert_never

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    GestureLabel,
    Prominence,
    Window,
)
from motion.timeline import MODEL_FPS, WINDOW_FRAMES, WINDOW_SECONDS
from speech.transcript import Interval, Word

RelationRule = Literal["connective", "whole"]
"""What must lie inside a window for a relation to belong to it. ``connective`` cuts the corpus and
the index; ``whole`` is how the published long-form code cuts a query."""


class WindowSource(Protocol):
    """What windows are named after: a recording."""

    @property
    def id(self) -> str:
        """Id of the recording."""
        ...

    @property
    def speaker(self) -> int:
        """Speaker index, 0 to 24."""
        ...

    @property
    def seconds(self) -> float:
        """How much of the recording can be used."""
        ...


@dataclass(frozen=True)
class Tiers:
    """The annotations of a stretch of time, counted from its start."""

    words: tuple[Word, ...]
    relations: tuple[DiscourseRelation, ...]
    gestures: tuple[GestureLabel, ...]
    prominences: tuple[Prominence, ...]


def tiers_within(
    annotated: AnnotatedSpeech, span: Interval, rule: RelationRule = "connective"
) -> Tiers:
    """What lies wholly inside ``span``; spans of relations are clamped to it."""
    return Tiers(
        words=tuple(
            Word(word.text, word.interval.shifted(-span.start))
            for word in annotated.speech.words
            if word.interval.inside(span)
        ),
        relations=tuple(
            replace(
                relation,
                interval=relation.interval.clamped(span).shifted(-span.start),
                connective_interval=relation.connective_interval.shifted(-span.start),
            )
            for relation in annotated.relations
            if _decisive(relation, rule).inside(span)
        ),
        gestures=tuple(
            replace(label, interval=label.interval.shifted(-span.start))
            for label in annotated.gestures
            if label.interval.inside(span)
        ),
        prominences=tuple(
            replace(found, interval=found.interval.shifted(-span.start))
            for found in annotated.prominences
            if found.interval.inside(span)
        ),
    )


def _decisive(relation: DiscourseRelation, rule: RelationRule) -> Interval:
    match rule:
        case "connective":
            return relation.connective_interval
        case "whole":
            return relation.interval
        case _:
            assert_never(rule)


def windows_of(
    annotated: AnnotatedSpeech, recording: WindowSource, every_seconds: float = 5.0
) -> tuple[Window, ...]:
    """Ten-second windows, one every ``every_seconds``; annotation times count from the window.

    A last window, cut short by the end of the recording, is added where it holds an annotation
    that no other window holds. A recording shorter than a window gives that one window.
    """
    if not every_seconds > 0:
        raise ValueError(f"windows must lie more than 0 s apart, found {every_seconds}")
    spare = recording.seconds - WINDOW_SECONDS
    count = math.floor(spare / every_seconds + 1e-9) + 1 if spare >= -1e-9 else 0
    spans = [Interval(i * every_seconds, i * every_seconds + WINDOW_SECONDS) for i in range(count)]
    rest = Interval(count * every_seconds, max(count * every_seconds, recording.seconds))
    if _holds_more(annotated, rest, spans):
        spans.append(rest)
    return tuple(_window(annotated, recording, span) for span in spans)


def _holds_more(annotated: AnnotatedSpeech, rest: Interval, spans: Sequence[Interval]) -> bool:
    every: tuple[Annotation, ...] = annotated.relations + annotated.gestures
    return any(
        each.focus.inside(rest) and not any(each.focus.inside(span) for span in spans)
        for each in every
    )


def _window(annotated: AnnotatedSpeech, recording: WindowSource, span: Interval) -> Window:
    tiers = tiers_within(annotated, span)
    return Window(
        recording=recording.id,
        speaker=recording.speaker,
        start_seconds=span.start,
        text=" ".join(word.text for word in tiers.words),
        relations=tiers.relations,
        gestures=tiers.gestures,
        prominences=tiers.prominences,
    )


def published_spans(
    words: Sequence[Word], frames: int, stride: int, length: int = WINDOW_FRAMES
) -> tuple[Interval, ...]:
    """Windows of ``length`` model frames every ``stride``, as the published code cuts them.

    Only whole seconds of the recording are used, and one window without a word drops them all.
    """
    usable = frames // MODEL_FPS * MODEL_FPS
    spans = tuple(
        Interval(start / MODEL_FPS, (start + length) / MODEL_FPS)
        for start in range(0, usable - length + 1, stride)
    )
    spoken = all(any(word.interval.inside(span) for word in words) for span in spans)
    return spans if spoken else ()
