"""Conditions of a list of exemplars: what `ExemplarFilter` means in SQL."""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)

from annotations.curation_errors import EditInvalidError
from annotations.curation_records import ExemplarFilter
from annotations.revision_repository import at_version, is_current
from annotations.tables import EventRow, ExemplarRow, RecordingRow, RevisionRow, WindowRow
from annotations.use_queries import used_lately, with_near_duplicate

NO_FLAG = "none"
"""In a filter: exemplars without a quality flag."""
QUALITY_TEXT: ColumnElement[str] = type_coerce(RevisionRow.quality, Text)
DURATION = RevisionRow.end_seconds - RevisionRow.start_seconds
"""Of the word, in seconds."""
_EMPTY = "[]"


def conditions(asked: ExemplarFilter, version: int, head: int) -> tuple[ColumnElement[bool], ...]:
    """What a revision must fulfil, labels as they are; `EditInvalidError` for senseless bounds."""
    return tuple(_conditions(asked, version, head))


def _conditions(asked: ExemplarFilter, version: int, head: int) -> Iterator[ColumnElement[bool]]:
    yield is_current() if version == head else at_version(version)
    if asked.removed is not None:
        yield RevisionRow.removed.is_(asked.removed)
    if asked.kinds:
        yield RevisionRow.kind.in_(asked.kinds)
    if asked.labels:
        yield RevisionRow.label.in_(asked.labels)
    if asked.types:
        yield and_(RevisionRow.kind == "gesture", RevisionRow.label.in_(asked.types))
    if asked.words:
        lowered = [word.lower() for word in asked.words]
        yield or_(func.lower(RevisionRow.word).in_(lowered), RevisionRow.word.in_(asked.words))
    if asked.sources:
        yield RevisionRow.source.in_(asked.sources)
    yield from _about_recordings(asked)
    yield from _about_motion(asked)
    yield from _about_rows(asked)


def _about_recordings(asked: ExemplarFilter) -> Iterator[ColumnElement[bool]]:
    if asked.recordings:
        yield RevisionRow.recording_id.in_(asked.recordings)
    if asked.speakers:
        theirs = select(RecordingRow.id).where(RecordingRow.speaker.in_(asked.speakers))
        yield RevisionRow.recording_id.in_(theirs)
    if asked.splits:
        inside = select(RecordingRow.id).where(RecordingRow.split.in_(asked.splits))
        yield RevisionRow.recording_id.in_(inside)


def _about_motion(asked: ExemplarFilter) -> Iterator[ColumnElement[bool]]:
    low, high = asked.seconds_min, asked.seconds_max
    if low is not None and high is not None and not low <= high:
        raise EditInvalidError(
            "seconds_min", f"at most seconds_max, {high:g}", f"{low:g}", "swap the bounds"
        )
    if low is not None:
        yield low <= DURATION
    if high is not None:
        yield high >= DURATION
    if asked.quality:
        yield or_(*(_flagged(flag) for flag in asked.quality))


def _about_rows(asked: ExemplarFilter) -> Iterator[ColumnElement[bool]]:
    if asked.actors:
        theirs = select(EventRow.seq).where(EventRow.actor.in_(asked.actors))
        yield RevisionRow.seq.in_(theirs)
    if asked.ids is not None:
        yield RevisionRow.exemplar_id.in_(many(asked.ids))
    if asked.used is not None:
        yield RevisionRow.exemplar_id.in_(used_lately(asked.used))
    if asked.near_duplicates:
        yield RevisionRow.exemplar_id.in_(with_near_duplicate())
    for word in (asked.text or "").split():
        yield _says(word)


def many(ids: Sequence[int]) -> ColumnElement[int]:
    """Any number of ids: written into the statement, so that no limit of variables applies."""
    values = [int(each) for each in ids]
    return bindparam(None, values, BigInteger, expanding=True, literal_execute=True)


def _flagged(flag: str) -> ColumnElement[bool]:
    if flag == NO_FLAG:
        return QUALITY_TEXT == _EMPTY
    return QUALITY_TEXT.contains(f'"{flag}"', autoescape=True)


def _says(word: str) -> ColumnElement[bool]:
    said = (
        select(ExemplarRow.id)
        .join(WindowRow, WindowRow.id == ExemplarRow.window_id)
        .where(WindowRow.text.icontains(word, autoescape=True))
    )
    return or_(
        RevisionRow.exemplar_id.in_(said),
        RevisionRow.word.icontains(word, autoescape=True),
        RevisionRow.comment.icontains(word, autoescape=True),
    )
