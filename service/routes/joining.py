"""One annotation becomes two, two become one: each a single event, taken back by one undo."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from service.curation_answers import OutcomeBody
from service.curation_schemas import MergeBody, SplitBody
from service.reads import RowId
from service.routes.exemplars import EDIT_ERRORS
from service.writes import Answer, IfMatch, WriteDep, Writing, revision_in

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])


@router.post("/{exemplar_id}/split", response_model=OutcomeBody, responses=EDIT_ERRORS)
def split_exemplar(
    write: WriteDep, exemplar_id: RowId, body: SplitBody, if_match: IfMatch = None
) -> JSONResponse:
    """Make two annotations of one, at a time inside it; the second is new.

    Both keep the label. Of several words each part gets some; a single word goes to both.
    """
    revision = revision_in(if_match)

    def edit(writing: Writing) -> Answer:
        curation = writing.curation
        at, reason = body.at_seconds, body.reason
        outcome = curation.split(exemplar_id, at, revision, reason, body.dry_run)
        return writing.answer(outcome, etag_of=exemplar_id, dry_run=body.dry_run)

    return write.shown(edit) if body.dry_run else write.once(edit)


@router.post("/merge", response_model=OutcomeBody, responses=EDIT_ERRORS)
def merge_exemplars(write: WriteDep, body: MergeBody) -> JSONResponse:
    """Make one annotation of two: the first takes the span and the words of both.

    The second leaves the index, with its exemplars in overlapping windows.
    """
    first, second = body.ids
    seen = body.if_revisions or [None, None]

    def edit(writing: Writing) -> Answer:
        outcome = writing.curation.merge(
            (first, second), (seen[0], seen[1]), body.reason, body.dry_run
        )
        return writing.answer(outcome, etag_of=first, dry_run=body.dry_run)

    return write.shown(edit) if body.dry_run else write.once(edit)
