"""Exemplars: list, look, edit, remove, restore, add; every edit is one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from annotations.curation_records import Change, Edit, ExemplarFacts, Remove, Restore
from service.curation_answers import (
    CoverageBody,
    CoverageRow,
    ExemplarBody,
    HistoriesBody,
    HistoryBody,
    IdsBody,
    OutcomeBody,
    PageBody,
)
from service.curation_fields import Reason, Value
from service.curation_filters import ListQuery, OrderedQuery
from service.curation_schemas import (
    BulkBody,
    NewExemplarBody,
    PatchBody,
    ReasonBody,
    edit_of,
)
from service.reads import ReadingDep, RowId
from service.schemas import ErrorAnswer
from service.writes import Answer, IfMatch, Write, WriteDep, Writing, revision_in

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])
READ_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (401, 403, 404, 422)
}
EDIT_ERRORS: dict[int | str, dict[str, Any]] = READ_ERRORS | {
    code: {"model": ErrorAnswer} for code in (409, 412, 428)
}
AtVersion = Annotated[
    Value | None, Query(description="An index version or a tag; the newest version by default.")
]


@router.get("", responses=READ_ERRORS)
def list_exemplars(reading: ReadingDep, asked: Annotated[ListQuery, Query()]) -> PageBody:
    """List the exemplars that all given fields agree with, by id or in another order.

    Repeat a field for several values: `?label=Contingency&label=iconic&speaker=3`. The pages of one
    cursor show one version, whatever is edited meanwhile.
    """
    wanted = asked.filter(reading.version(asked.version))
    page = reading.exemplars.page(wanted, asked.wanted)
    return PageBody.of(page, asked.facets)


@router.get("/ids", response_model=IdsBody, responses=READ_ERRORS)
def list_exemplar_ids(reading: ReadingDep, asked: Annotated[OrderedQuery, Query()]) -> Response:
    """All ids that a filter finds, in order, at once: for lists that are scrolled anywhere.

    Rows are then asked for by `?id=1&id=2` with the same `version` and `order`.
    """
    version = reading.versions.resolve(reading.version(asked.version))
    ids = reading.exemplars.ids(asked.filter(version), asked.order)
    told = {"version": version, "total": len(ids), "ids": ids}
    content = json.dumps(told, separators=(",", ":"))
    return Response(content, media_type="application/json")


@router.get("/coverage", responses=READ_ERRORS)
def coverage(
    reading: ReadingDep,
    version: AtVersion = None,
    few: Annotated[int, Query(ge=1, le=1_000_000, description="Fewer than this is few.")] = 5,
) -> CoverageBody:
    """Count exemplars, speakers and recordings of every sense and type, also of uncovered ones."""
    shown = reading.versions.resolve(reading.version(version))
    rows = reading.exemplars.coverage(shown, few)
    return CoverageBody(version=shown, labels=[CoverageRow.of(row) for row in rows])


@router.post("", status_code=201, response_model=OutcomeBody, responses=EDIT_ERRORS)
def add_exemplar(write: WriteDep, body: NewExemplarBody) -> JSONResponse:
    """Add an annotation to an indexed recording, in seconds from the recording's start."""

    def add(writing: Writing) -> Answer:
        return added(writing, body)[0]

    return write.shown(add) if body.dry_run else write.once(add)


def added(writing: Writing, body: NewExemplarBody) -> tuple[Answer, ExemplarFacts | None]:
    """The answer to an addition, and the new exemplar; none after a dry run."""
    outcome = writing.curation.add(body.exemplar(), body.reason, body.dry_run)
    if body.dry_run:
        return writing.answer(outcome, dry_run=True), None
    exemplar = writing.exemplars.facts(outcome.rows[0].exemplar_id)
    answer = writing.answer(outcome, etag_of=exemplar.id)
    place = f"/v1/exemplars/{exemplar.id}"
    return replace(answer, status=201, location=place), exemplar


@router.post("/bulk", response_model=OutcomeBody, responses=EDIT_ERRORS)
def edit_many(write: WriteDep, body: BulkBody) -> JSONResponse:
    """Make many edits at once: a list of them, or one for everything that a filter finds.

    With `dry_run` the answer tells what would change, and nothing is written. Send its `head` back
    as `if_version` to change exactly what was shown.
    """

    def edit(writing: Writing) -> Answer:
        writing.check_newest(body.if_version)
        curation = writing.curation
        if body.changes is not None:
            changes = [each.change() for each in body.changes]
            outcome = curation.apply(changes, body.reason, body.dry_run)
        else:
            assert body.filter is not None
            assert body.edit is not None
            asked = body.filter.filter()
            outcome = curation.apply_where(asked, edit_of(body.edit), body.reason, body.dry_run)
        return writing.answer(outcome, dry_run=body.dry_run)

    return write.shown(edit) if body.dry_run else write.once(edit)


@router.get("/{exemplar_id}", responses=READ_ERRORS)
def get_exemplar(
    reading: ReadingDep, response: Response, exemplar_id: RowId, version: AtVersion = None
) -> ExemplarBody:
    """One exemplar, removed or not; its ETag is its revision."""
    facts = reading.exemplars.facts(exemplar_id, reading.version(version))
    response.headers["ETag"] = f'"{facts.revision}"'
    return ExemplarBody.of(facts)


@router.get("/{exemplar_id}/history", responses=READ_ERRORS)
def get_history(reading: ReadingDep, exemplar_id: RowId) -> HistoriesBody:
    """Who made which change to an exemplar, when and why; oldest first."""
    entries = reading.exemplars.history(exemplar_id)
    return HistoriesBody(id=exemplar_id, changes=[HistoryBody.of(entry) for entry in entries])


@router.patch("/{exemplar_id}", response_model=OutcomeBody, responses=EDIT_ERRORS)
def edit_exemplar(
    write: WriteDep, exemplar_id: RowId, body: PatchBody, if_match: IfMatch = None
) -> JSONResponse:
    """Relabel, retime, reword, flag or comment one exemplar; several edits are one transaction.

    `If-Match` names the revision that the edit was made for. Where somebody was faster, the answer
    is 412 with both values: `yours`, `theirs`.
    """
    edits = [edit_of(each) for each in body.edits]
    changed = _Edited(exemplar_id, edits, revision_in(if_match), body.reason)
    return changed.by(write, dry_run=body.dry_run)


@router.delete("/{exemplar_id}", response_model=OutcomeBody, responses=EDIT_ERRORS)
def remove_exemplar(
    write: WriteDep,
    exemplar_id: RowId,
    if_match: IfMatch = None,
    reason: Annotated[Reason, Query()] = "",
) -> JSONResponse:
    """Take an exemplar out of the index; its history stays, and it can be restored."""
    return _Edited(exemplar_id, [Remove()], revision_in(if_match), reason).by(write)


@router.post("/{exemplar_id}/restore", response_model=OutcomeBody, responses=EDIT_ERRORS)
def restore_exemplar(
    write: WriteDep,
    exemplar_id: RowId,
    body: ReasonBody | None = None,
    if_match: IfMatch = None,
) -> JSONResponse:
    """Bring a removed exemplar back as it was."""
    reason = "" if body is None else body.reason
    return _Edited(exemplar_id, [Restore()], revision_in(if_match), reason).by(write)


@dataclass(frozen=True)
class _Edited:
    """Edits of one exemplar, made for one revision of it."""

    exemplar_id: int
    edits: Sequence[Edit]
    if_revision: int | None
    reason: str

    def by(self, write: Write, *, dry_run: bool = False) -> JSONResponse:
        """Make them, or tell what they would do."""
        first, *others = self.edits
        changes = [
            Change(self.exemplar_id, first, self.if_revision),
            *(Change(self.exemplar_id, each) for each in others),
        ]

        def edit(writing: Writing) -> Answer:
            outcome = writing.curation.apply(changes, self.reason, dry_run)
            return writing.answer(outcome, etag_of=self.exemplar_id, dry_run=dry_run)

        return write.shown(edit) if dry_run else write.once(edit)
