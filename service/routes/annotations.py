"""Annotations of recordings: one annotation may have exemplars in several windows."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from annotations.curation_errors import EditConflictError
from annotations.curation_records import (
    AnnotationFacts,
    Change,
    Edit,
    ExemplarFacts,
    Retime,
)
from annotations.edits import shifted
from motion.timeline import WINDOW_SECONDS
from service.curation_answers import AnnotationBody, AnnotationsBody, OutcomeBody, last_changed
from service.curation_filters import AnnotationListQuery
from service.curation_schemas import NewExemplarBody, PatchBody, edit_of
from service.reads import ReadingDep, RowId
from service.routes.exemplars import EDIT_ERRORS, READ_ERRORS, added
from service.writes import Answer, IfMatch, WriteDep, Writing, revision_in

router = APIRouter(prefix="/v1/annotations", tags=["annotations"])


@router.get("", responses=READ_ERRORS)
def list_annotations(
    reading: ReadingDep, asked: Annotated[AnnotationListQuery, Query()]
) -> AnnotationsBody:
    """List annotations of which all given fields hold, each once with all its exemplars."""
    page = reading.annotations.page(asked.filter(), asked.limit, asked.cursor)
    return AnnotationsBody(
        annotations=[AnnotationBody.of(row) for row in page.rows],
        next_cursor=None if page.next_after is None else str(page.next_after),
        total=page.total,
        version=reading.versions.head(),
    )


@router.get("/{annotation_id}", responses=READ_ERRORS)
def get_annotation(reading: ReadingDep, response: Response, annotation_id: RowId) -> AnnotationBody:
    """One annotation with all its exemplars; its ETag is the version that changed it last."""
    facts = reading.exemplars.annotation(annotation_id)
    response.headers["ETag"] = f'"{last_changed(facts)}"'
    return AnnotationBody.of(facts)


@router.post("", status_code=201, response_model=OutcomeBody, responses=EDIT_ERRORS)
def add_annotation(write: WriteDep, body: NewExemplarBody) -> JSONResponse:
    """Add an annotation to an indexed recording, in seconds from the recording's start."""

    def add(writing: Writing) -> Answer:
        answer, exemplar = added(writing, body)
        if exemplar is None:
            return answer
        seq = last_changed(writing.exemplars.annotation(exemplar.annotation_id))
        return replace(answer, etag=seq, location=f"/v1/annotations/{exemplar.annotation_id}")

    return write.shown(add) if body.dry_run else write.once(add)


@router.patch("/{annotation_id}", response_model=OutcomeBody, responses=EDIT_ERRORS)
def edit_annotation(
    write: WriteDep, annotation_id: RowId, body: PatchBody, if_match: IfMatch = None
) -> JSONResponse:
    """Edit an annotation in all its windows at once; times count from the recording's start.

    A window that does not hold the new times loses its exemplar.
    """
    edits = [edit_of(each) for each in body.edits]
    expected = revision_in(if_match)

    def edit(writing: Writing) -> Answer:
        writing.versions.lock()
        facts = writing.exemplars.annotation(annotation_id)
        chosen = _most_central(facts, edits)
        seen = [shifted(each, -chosen.window_start_seconds) for each in edits]
        changes = [Change(chosen.id, each) for each in seen]
        if expected is not None and expected != last_changed(facts):
            raise _conflict(writing, facts, changes, expected)
        outcome = writing.curation.apply(changes, body.reason, body.dry_run)
        etag = last_changed(writing.exemplars.annotation(annotation_id))
        return replace(writing.answer(outcome, dry_run=body.dry_run), etag=etag)

    return write.shown(edit) if body.dry_run else write.once(edit)


def _most_central(facts: AnnotationFacts, edits: list[Edit]) -> ExemplarFacts:
    """The exemplar whose window shows most around the annotation as it will be."""
    times = next((each for each in reversed(edits) if isinstance(each, Retime)), None)

    def distance(exemplar: ExemplarFacts) -> tuple[bool, float]:
        start = exemplar.window_start_seconds
        middle = start + (exemplar.start_seconds + exemplar.end_seconds) / 2
        if times is not None:
            middle = (times.start_seconds + times.end_seconds) / 2
        return exemplar.removed, abs(start + WINDOW_SECONDS / 2 - middle)

    return min(facts.exemplars, key=distance)


def _conflict(
    writing: Writing, facts: AnnotationFacts, changes: list[Change], expected: int
) -> EditConflictError:
    """Both values: what the edits would make of it now, and what is there."""
    edited = changes[0].exemplar_id
    theirs = next(each for each in facts.exemplars if each.id == edited)
    wanted = writing.curation.apply(changes, dry_run=True).rows
    yours = next((row.after for row in wanted if row.exemplar_id == edited), None)
    return EditConflictError(edited, expected, last_changed(facts), yours or theirs, theirs)
