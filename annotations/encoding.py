"""Annotations as JSON and back, exactly: the form they take in the database."""

import json
from collections.abc import Mapping
from typing import Any

from annotations.records import AnnotationKind
from annotations.types import (
    Annotation,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
    Window,
)
from speech.transcript import Interval

_SOURCES = {each.value: each for each in Source}
_TYPES = {each.value: each for each in GestureType}


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def annotation_json(annotation: Annotation) -> dict[str, Any]:
    """An annotation as JSON."""
    common = {
        "tokens": list(annotation.tokens),
        "probability": annotation.probability,
        "source": annotation.source.value,
        "interval": _pair(annotation.interval),
    }
    match annotation:
        case DiscourseRelation():
            return common | {
                "connective": annotation.connective,
                "sense": annotation.sense,
                "connective_interval": _pair(annotation.connective_interval),
                "arg1": annotation.arg1,
                "arg2": annotation.arg2,
                **_known_tokens(annotation),
            }
        case GestureLabel():
            return common | {"type": annotation.type.value, "word": annotation.word}


def annotation_from_json(kind: AnnotationKind, stored: Mapping[str, Any]) -> Annotation:
    """The annotation that `annotation_json` wrote."""
    return _relation(stored) if kind == "relation" else _gesture(stored)


def tiers_json(window: Window) -> dict[str, Any]:
    """Everything annotated in a window as JSON."""
    return {
        "relations": [annotation_json(relation) for relation in window.relations],
        "gestures": [annotation_json(gesture) for gesture in window.gestures],
        "prominences": [
            [p.word, p.interval.start, p.interval.end, p.value, p.boundary]
            for p in window.prominences
        ],
    }


def window_with_tiers(bare: Window, stored: Mapping[str, Any]) -> Window:
    """The window with the tiers that `tiers_json` wrote."""
    return Window(
        bare.recording,
        bare.speaker,
        bare.start_seconds,
        bare.text,
        tuple(_relation(each) for each in stored["relations"]),
        tuple(_gesture(each) for each in stored["gestures"]),
        prominences_of(stored),
    )


def prominences_of(stored: Mapping[str, Any]) -> tuple[Prominence, ...]:
    """The prosodic tier of what `tiers_json` wrote."""
    return tuple(
        Prominence(word, Interval(start, end), value, boundary)
        for word, start, end, value, boundary in stored["prominences"]
    )


def _known_tokens(relation: DiscourseRelation) -> dict[str, list[int]]:
    """Left out where they are not known: what was stored before they were keeps its digest."""
    tokens = {"arg1_tokens": relation.arg1_tokens, "arg2_tokens": relation.arg2_tokens}
    return {name: list(found) for name, found in tokens.items() if found}


def _pair(interval: Interval) -> list[float]:
    return [interval.start, interval.end]


def _relation(stored: Mapping[str, Any]) -> DiscourseRelation:
    return DiscourseRelation(
        connective=stored["connective"],
        sense=stored["sense"],
        interval=Interval(*stored["interval"]),
        connective_interval=Interval(*stored["connective_interval"]),
        arg1=stored["arg1"],
        arg2=stored["arg2"],
        tokens=tuple(stored["tokens"]),
        probability=stored["probability"],
        source=_SOURCES[stored["source"]],
        arg1_tokens=tuple(stored.get("arg1_tokens", ())),
        arg2_tokens=tuple(stored.get("arg2_tokens", ())),
    )


def _gesture(stored: Mapping[str, Any]) -> GestureLabel:
    return GestureLabel(
        type=_TYPES[stored["type"]],
        word=stored["word"],
        interval=Interval(*stored["interval"]),
        tokens=tuple(stored["tokens"]),
        probability=stored["probability"],
        source=_SOURCES[stored["source"]],
    )
