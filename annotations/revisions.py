"""What a revision of an exemplar says, as a value: from a cut, from JSON, as an annotation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from annotations.encoding import annotation_from_json, annotation_json, canonical
from annotations.records import AnnotationKind, CutExemplar, kind_of
from annotations.types import Annotation, Prominence
from speech.transcript import TIME_TOLERANCE, Interval


@dataclass(frozen=True)
class Content:
    """Everything a revision says; times from the start of the exemplar's window."""

    kind: AnnotationKind
    label: str
    word: str
    start_seconds: float
    end_seconds: float
    probability: float
    source: str
    annotation: Mapping[str, Any]
    """As `annotation_json` writes it."""
    prominence: float | None
    stroke_seconds: float | None
    quality: tuple[str, ...]
    comment: str = ""
    removed: bool = False

    @property
    def sense(self) -> str:
        """The full sense of a relation; the type of a gesture."""
        named: str = self.annotation["sense" if self.kind == "relation" else "type"]
        return named

    def indexed_alike(self, other: "Content") -> bool:
        """Whether both have the same vector."""
        return (self.annotation, self.prominence) == (other.annotation, other.prominence)


CONTENT_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Content))


def content_of(cut: CutExemplar) -> Content:
    """What the first revision of a cut exemplar says."""
    annotation = cut.annotation
    return Content(
        kind=kind_of(annotation),
        label=annotation.label,
        word=annotation.word,
        start_seconds=annotation.focus.start,
        end_seconds=annotation.focus.end,
        probability=annotation.probability,
        source=annotation.source.value,
        annotation=annotation_json(annotation),
        prominence=cut.prominence,
        stroke_seconds=cut.stroke_seconds,
        quality=cut.quality,
    )


def annotation_in(content: Content) -> Annotation:
    """The annotation that a revision says."""
    return annotation_from_json(content.kind, content.annotation)


def content_json(content: Content, number: int) -> dict[str, Any]:
    """A revision as events keep it."""
    stored = {name: getattr(content, name) for name in CONTENT_FIELDS}
    return stored | {"quality": list(content.quality), "number": number}


def content_from_json(stored: Mapping[str, Any]) -> Content:
    """The content that `content_json` wrote."""
    named = {name: stored[name] for name in CONTENT_FIELDS}
    return Content(**named | {"quality": tuple(stored["quality"])})


def alike_in_recording(
    one: Content, one_start_seconds: float, two: Content, two_start_seconds: float
) -> bool:
    """Whether two revisions say one annotation, as seen from windows that start there."""
    apart = one_start_seconds - two_start_seconds
    moved = (
        abs(one.start_seconds + apart - two.start_seconds),
        abs(one.end_seconds + apart - two.end_seconds),
    )
    named = (one.kind, one.sense, one.word) == (two.kind, two.sense, two.word)
    return named and max(moved) < TIME_TOLERANCE


def annotation_origin(annotation: Annotation, window_start_seconds: float) -> str:
    """Equal for one annotation in all windows of its recording that hold it."""
    stored = annotation_json(annotation)
    kind = kind_of(annotation)
    focus = annotation.focus.shifted(window_start_seconds)
    identity = [
        kind,
        stored["sense" if kind == "relation" else "type"],
        annotation.word,
        round(focus.start * 1000),
        round(focus.end * 1000),
        list(annotation.tokens),
    ]
    return hashlib.sha256(canonical(identity).encode()).hexdigest()


def exemplar_origin(window_id: int, cut: CutExemplar) -> str:
    """Equal for what is cut alike from the same window, whatever a curator makes of it."""
    cut_as = [kind_of(cut.annotation), annotation_json(cut.annotation)]
    shown = [cut.prominence, cut.stroke_seconds, list(cut.quality)]
    return hashlib.sha256(canonical([window_id, cut_as, shown]).encode()).hexdigest()


def prominence_within(focus: Interval, tier: Sequence[Prominence]) -> float | None:
    """Mean prominence of the words inside ``focus``; ``None`` where the tier has none there."""
    values = [
        each.value
        for each in tier
        if each.word.strip() and focus.start <= each.interval.middle <= focus.end
    ]
    return sum(values) / len(values) if values else None
