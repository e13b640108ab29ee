"""Index versions and the tags that point at them: list, compare, undo, promote, roll back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator

from annotations.curation_errors import UnknownEventError
from annotations.curation_records import Tag
from annotations.records import LIVE
from service.curation_answers import (
    DiffBody,
    OutcomeBody,
    TagBody,
    TagsBody,
    VersionBody,
    VersionsBody,
    row_bodies,
)
from service.curation_fields import LARGEST_ID, Value
from service.curation_schemas import PromoteBody, RollBackBody, TagPut, UndoBody
from service.errors import EditedMeanwhileError, NotFoundError
from service.reads import Reading, ReadingDep, RowId, version_named
from service.schemas import ErrorAnswer
from service.writes import Answer, IfMatch, WriteDep, Writing, revision_in

router = APIRouter(prefix="/v1", tags=["versions"])
_READ_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (401, 403, 404, 422)
}
_EDIT_ERRORS: dict[int | str, dict[str, Any]] = _READ_ERRORS | {
    code: {"model": ErrorAnswer} for code in (409, 412)
}
Named = Annotated[Value, Path(description="A number, or the name of a tag.")]


def _no_number(name: str) -> str:
    if name.isdigit():
        raise ValueError("must not be a number: it would stand for the version of that number")
    return name


TagName = Annotated[
    Value, Path(description="`live`, `staging`, or a name of your own."), AfterValidator(_no_number)
]


@router.get("/versions", responses=_READ_ERRORS)
def list_versions(
    reading: ReadingDep,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="`next_cursor`")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    changing: Annotated[
        bool, Query(description="Leave out events that changed no exemplar, such as tags.")
    ] = False,
) -> VersionsBody:
    """List what happened to the index, newest first: who, what, when, why.

    Every event that changed exemplars made the index version of its number.
    """
    found = reading.events.listed(limit + 1, cursor, changing)
    tags = reading.versions.tags()
    shown = found[:limit]
    return VersionsBody(
        head=reading.versions.head(),
        versions=[VersionBody.told(summary, tags) for summary in shown],
        next_cursor=str(shown[-1].seq) if len(found) > limit else None,
    )


@router.get("/versions/{version}", responses=_READ_ERRORS)
def get_version(reading: ReadingDep, version: Named) -> VersionBody:
    """One event by its number, or the version that a tag points at."""
    named = version_named(version)
    seq = named if isinstance(named, int) else reading.versions.resolve(named)
    summary = reading.events.summary(seq) if seq <= LARGEST_ID else None
    if summary is None:
        raise UnknownEventError(seq)
    return VersionBody.told(summary, reading.versions.tags())


@router.get("/versions/{version}/diff/{other}", responses=_READ_ERRORS)
def get_diff(reading: ReadingDep, version: Named, other: Named) -> DiffBody:
    """Tell what turns one version into another, such as `live` into `staging`."""
    old, new = (reading.versions.resolve(version_named(each)) for each in (version, other))
    rows = reading.exemplars.diff(old, new)
    return DiffBody(from_version=old, to_version=new, rows=row_bodies(rows), total=len(rows))


@router.post("/versions/{seq}/undo", response_model=OutcomeBody, responses=_EDIT_ERRORS)
def undo(write: WriteDep, seq: RowId, body: UndoBody | None = None) -> JSONResponse:
    """Take back one event by its inverse, which is an event as well and can be undone.

    409 with the rows where one of them was changed since.
    """
    asked = body or UndoBody()

    def edit(writing: Writing) -> Answer:
        outcome = writing.curation.undo(seq, asked.reason, asked.dry_run)
        return writing.answer(outcome, dry_run=asked.dry_run)

    return write.shown(edit) if asked.dry_run else write.once(edit)


@router.post("/versions/promote", response_model=TagBody, responses=_EDIT_ERRORS)
def promote(write: WriteDep, body: PromoteBody, if_match: IfMatch = None) -> JSONResponse:
    """Let `live`, which answers requests, point at a version, the newest by default.

    Requests that are running keep the version that they began with.
    """

    def edit(writing: Writing) -> Answer:
        _check_tag(writing, LIVE, if_match)
        return _tag_answer(writing.curation.promote(version_named(body.version), body.follow))

    return write.once(edit)


@router.post("/versions/rollback", response_model=TagBody, responses=_EDIT_ERRORS)
def roll_back(write: WriteDep, body: RollBackBody, if_match: IfMatch = None) -> JSONResponse:
    """Pin `live` to an earlier version; edits go on, and are not answered from until promoted."""
    named = version_named(body.version)
    assert named is not None, "the body demands it"

    def edit(writing: Writing) -> Answer:
        _check_tag(writing, LIVE, if_match)
        return _tag_answer(writing.curation.roll_back(named))

    return write.once(edit)


@router.get("/tags", responses=_READ_ERRORS)
def list_tags(reading: ReadingDep) -> TagsBody:
    """Every tag, and which version it points at."""
    return TagsBody(tags=[TagBody.of(tag) for tag in reading.versions.tags()])


@router.get("/tags/{name}", responses=_READ_ERRORS)
def get_tag(reading: ReadingDep, response: Response, name: TagName) -> TagBody:
    """One tag; its ETag is the version that it points at."""
    tag = _known_tag(reading, name)
    response.headers["ETag"] = f'"{tag.version}"'
    return TagBody.of(tag)


@router.put("/tags/{name}", response_model=TagBody, responses=_EDIT_ERRORS)
def put_tag(write: WriteDep, name: TagName, body: TagPut, if_match: IfMatch = None) -> JSONResponse:
    """Name a version; a name given before moves. `live` is moved by promote and roll back."""

    def edit(writing: Writing) -> Answer:
        _check_tag(writing, name, if_match)
        return _tag_answer(writing.curation.tag(name, version_named(body.version)))

    return write.once(edit)


@router.delete("/tags/{name}", response_model=TagBody, responses=_EDIT_ERRORS)
def delete_tag(write: WriteDep, name: TagName, if_match: IfMatch = None) -> JSONResponse:
    """Forget a name; the version stays. The answer is the tag as it was."""

    def edit(writing: Writing) -> Answer:
        tag = _known_tag(writing, name)
        _check_tag(writing, name, if_match)
        writing.curation.untag(name)
        return Answer(TagBody.of(tag))

    return write.once(edit)


def _known_tag(reading: Reading, name: str) -> Tag:
    tag = reading.versions.tag(name)
    if tag is None:
        raise NotFoundError(
            "tag_unknown",
            f"there is no tag {name!r}",
            field="name",
            found=name,
            remedy="GET /v1/tags lists them",
        )
    return tag


def _check_tag(writing: Writing, name: str, if_match: str | None) -> None:
    """Refuse where the tag does not point where the caller saw it; without If-Match, never."""
    expected = None if if_match is None else revision_in(if_match)
    if expected is None:
        return
    writing.versions.lock()
    tag = _known_tag(writing, name)
    if tag.version != expected:
        raise EditedMeanwhileError(
            "tag_moved",
            f"{name} points at version {tag.version}, not {expected}",
            field="If-Match",
            limit=f'"{tag.version}"',
            found=f'"{expected}"',
            remedy="look at the difference between both versions, and decide again",
        ).with_detail({"expected": expected, "found": tag.version})


def _tag_answer(tag: Tag) -> Answer:
    return Answer(TagBody.of(tag), tag.version)
