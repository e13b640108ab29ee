"""What each edit makes of a revision, and what it refuses; values in, values out."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from annotations.curation_errors import AnnotationOutsideError, EditInvalidError
from annotations.curation_records import (
    LONGEST_COMMENT,
    LONGEST_FLAG,
    LONGEST_WORD,
    OWN_FLAG,
    QUALITY_FLAGS,
    Comment,
    Edit,
    Flag,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from annotations.encoding import annotation_json
from annotations.records import LIVE, STAGING, AnnotationKind
from annotations.revisions import Content, annotation_in, prominence_within
from annotations.senses import pdtb3_sense
from annotations.types import (
    Annotation,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
)
from motion.timeline import WINDOW_SECONDS
from speech.transcript import TIME_TOLERANCE, Interval
from speech.words import unstorable

_TAG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OWN_FLAG = re.compile(rf"{OWN_FLAG}[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Surroundings:
    """Where an exemplar lies."""

    window_start_seconds: float
    recording_seconds: float | None
    prominences: Callable[[], Sequence[Prominence]]
    """The window's prosodic tier; asked for by edits that move the word."""


def edited(content: Content, edit: Edit, where: Surroundings) -> Content:
    """The content after an edit; `EditInvalidError` where the edit cannot be made."""
    match edit:
        case Relabel(label):
            return _curated(content, _relabeled(annotation_in(content), label), content.prominence)
        case Retime():
            return _retimed(content, edit, where)
        case Reword(word):
            return _curated(content, _reworded(annotation_in(content), word), content.prominence)
        case Flag(add, remove):
            kept = [each for each in content.quality if each not in remove]
            return replace(content, quality=tuple(dict.fromkeys((*kept, *checked_flags(add)))))
        case Comment(text):
            return replace(content, comment=_checked_comment(text))
        case Remove():
            return replace(content, removed=True)
        case Restore():
            return replace(content, removed=False)
        case _:
            assert_never(edit)


def shifted(edit: Edit, seconds: float) -> Edit:
    """The same edit as seen from a window that starts ``seconds`` earlier."""
    if not isinstance(edit, Retime):
        return edit
    stroke = None if edit.stroke_seconds is None else edit.stroke_seconds + seconds
    if stroke is not None and not 0.0 <= stroke <= WINDOW_SECONDS:
        stroke = None
    return Retime(edit.start_seconds + seconds, edit.end_seconds + seconds, stroke)


def checked_sense(name: str) -> str:
    """The PDTB-3 name of a sense; `EditInvalidError` for anything else."""
    found = pdtb3_sense(name)
    if found is None or name.strip().lower().startswith(f"{found.lower()}."):
        remedy = "choose one of annotations.senses" if found is None else f"did you mean {found}?"
        raise EditInvalidError("label", "a PDTB sense, as this is a relation", repr(name), remedy)
    return found


def checked_type(name: str) -> GestureType:
    """The gesture type of a name; `EditInvalidError` for anything else."""
    try:
        return GestureType(name.strip().lower())
    except ValueError as error:
        known = ", ".join(GestureType)
        raise EditInvalidError(
            "label", f"one of {known}, as this is a gesture", repr(name), "choose one of them"
        ) from error


def checked_word(word: str) -> str:
    """A word or connective without blanks around it."""
    stripped = " ".join(word.split())
    if not 0 < len(stripped) <= LONGEST_WORD or not stripped.isprintable():
        raise EditInvalidError(
            "word",
            f"1 to {LONGEST_WORD} printable characters",
            f"{len(stripped)} characters",
            "write what is said",
        )
    return stripped


def checked_text(field: str, text: str) -> str:
    """A note that every database can store."""
    if len(text) > LONGEST_COMMENT or unstorable(text) is not None:
        raise EditInvalidError(
            field,
            f"at most {LONGEST_COMMENT} characters, without NUL and lone surrogates",
            f"{len(text)} characters",
            "shorten or correct it",
        )
    return text


def checked_tag(name: str) -> str:
    """A name for a version."""
    if name in (LIVE, STAGING) or _TAG.fullmatch(name) is None:
        raise EditInvalidError(
            "tag",
            f"1 to 64 small letters, digits, dots, - and _, not {LIVE} or {STAGING}",
            repr(name),
            "choose another name; promote or roll back moves the live version",
        )
    return name


def checked_flags(flags: Sequence[str]) -> tuple[str, ...]:
    """Known quality flags and a curator's own ones."""
    for flag in flags:
        own = _OWN_FLAG.fullmatch(flag) is not None and len(flag) <= LONGEST_FLAG
        if flag not in QUALITY_FLAGS and not own:
            raise EditInvalidError(
                "quality",
                f"one of {', '.join(QUALITY_FLAGS)}, or {OWN_FLAG}name of small letters, digits, "
                f"- and _, at most {LONGEST_FLAG} characters",
                repr(flag),
                f"write {OWN_FLAG}name for a flag of your own",
            )
    return tuple(flags)


def checked_focus(start: float, end: float, where: Surroundings) -> Interval:
    """A span within its window and its recording, in seconds from the window's start."""
    if not (math.isfinite(start) and math.isfinite(end) and end > start):
        raise EditInvalidError(
            "start_seconds, end_seconds",
            "finite, the end after the start",
            f"{start:g}..{end:g} s",
            "correct the times",
        )
    whole = _whole(where)
    if start < whole.start or end > whole.end + 1e-9:
        raise AnnotationOutsideError(
            "start_seconds, end_seconds",
            f"within 0..{whole.end:g} s, the window's part of the recording",
            f"{start:g}..{end:g} s",
            "correct the times, or add it to another window",
        )
    return Interval(start, end)


def _whole(where: Surroundings) -> Interval:
    left = WINDOW_SECONDS
    if where.recording_seconds is not None:
        rest = where.recording_seconds + TIME_TOLERANCE - where.window_start_seconds
        left = min(left, max(rest, 0.0))
    return Interval(0.0, left)


def checked_stroke(stroke_seconds: float | None) -> float | None:
    """A moment of the window, where one is given."""
    if stroke_seconds is not None and not 0.0 <= stroke_seconds <= WINDOW_SECONDS:
        raise EditInvalidError(
            "stroke_seconds",
            f"within 0..{WINDOW_SECONDS:g} s",
            f"{stroke_seconds:g} s",
            "correct it",
        )
    return stroke_seconds


def curated_annotation(
    kind: AnnotationKind, label: str, word: str, focus: Interval, arguments: tuple[str, str]
) -> Annotation:
    """A new annotation by a curator, everything checked but ``focus``."""
    if kind == "relation":
        return DiscourseRelation(
            checked_word(word),
            checked_sense(label),
            interval=focus,
            connective_interval=focus,
            arg1=checked_text("arg1", arguments[0]),
            arg2=checked_text("arg2", arguments[1]),
            source=Source.CURATOR,
        )
    return GestureLabel(checked_type(label), checked_word(word), focus, source=Source.CURATOR)


def _retimed(content: Content, edit: Retime, where: Surroundings) -> Content:
    annotation = annotation_in(content)
    focus = annotation.focus
    if (edit.start_seconds, edit.end_seconds) != (focus.start, focus.end):
        focus = checked_focus(edit.start_seconds, edit.end_seconds, where)
    stroke = checked_stroke(edit.stroke_seconds)
    if focus != annotation.focus:
        prominence = prominence_within(focus, where.prominences())
        content = _curated(content, _moved(annotation, focus), prominence)
    if stroke is not None and stroke != content.stroke_seconds:
        content = replace(
            content, stroke_seconds=stroke, source=Source.CURATOR.value, probability=1.0
        )
    return content


def _relabeled(annotation: Annotation, label: str) -> Annotation:
    match annotation:
        case DiscourseRelation():
            return replace(annotation, sense=checked_sense(label))
        case GestureLabel():
            return replace(annotation, type=checked_type(label))
        case _:
            assert_never(annotation)


def _reworded(annotation: Annotation, word: str) -> Annotation:
    match annotation:
        case DiscourseRelation():
            return replace(annotation, connective=checked_word(word))
        case GestureLabel():
            return replace(annotation, word=checked_word(word))
        case _:
            assert_never(annotation)


def _moved(annotation: Annotation, focus: Interval) -> Annotation:
    """A relation reaches at least as far as its connective."""
    match annotation:
        case DiscourseRelation():
            whole = annotation.interval
            reach = Interval(min(whole.start, focus.start), max(whole.end, focus.end))
            return replace(annotation, connective_interval=focus, interval=reach)
        case GestureLabel():
            return replace(annotation, interval=focus)
        case _:
            assert_never(annotation)


def _curated(content: Content, annotation: Annotation, prominence: float | None) -> Content:
    """The content with an edited annotation; itself where nothing is edited."""
    if annotation == annotation_in(content):
        return content
    annotation = replace(annotation, source=Source.CURATOR, probability=1.0)
    return replace(
        content,
        label=annotation.label,
        word=annotation.word,
        start_seconds=annotation.focus.start,
        end_seconds=annotation.focus.end,
        probability=1.0,
        source=Source.CURATOR.value,
        annotation=annotation_json(annotation),
        prominence=prominence,
    )


def _checked_comment(text: str) -> str:
    return checked_text("comment", text)
