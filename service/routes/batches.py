"""Batches: many requests in one, behind those that somebody waits for; the files they name."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, File, Form, Path, Response, UploadFile

from service.acceptance import JobKey, content_of, file_of
from service.batches.desk import BatchDesk, BatchOrder
from service.batches.drafts import kept_drafts
from service.batches.manifest import Find, Named
from service.batches.schemas import BatchBody, UploadBody
from service.curation_fields import Storable
from service.dependencies import CallerDep, Desk, DeskDep, only_fields
from service.errors import InvalidInputError, NotFoundError
from service.schemas import refusals
from service.sweep import UPLOAD_HOURS

router = APIRouter(tags=["batches"])

_UPLOAD = re.compile(r"sha256:([0-9a-f]{64})")
_FIELDS = ("manifest", "files", "name")
_REFUSALS = refusals(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **_REFUSALS,
    200: {"model": BatchBody, "description": "The batch that the same request made before"},
    202: {"model": BatchBody, "description": "A new batch"},
}


def batch_desk(desk: DeskDep) -> BatchDesk:
    """The desk for batches."""
    return BatchDesk(desk.jobs)


BatchDeskDep = Annotated[BatchDesk, Depends(batch_desk)]
UploadName = Annotated[
    str, Path(pattern=f"^{_UPLOAD.pattern}$", description="`sha256:` and 64 hex digits")
]
BatchId = Annotated[str, Path(min_length=1, max_length=64), Storable]


@router.post("/v1/uploads", status_code=201, responses=_REFUSALS)
def add_upload(
    desk: DeskDep,
    _known: Annotated[None, Depends(only_fields("file"))],
    file: Annotated[UploadFile, File(description="A sound, or words with times")],
) -> UploadBody:
    """Keep a file for batches to name; the same content is kept once."""
    return _upload(desk, desk.storage.put_upload_file(file_of(file, "file", desk.settings)))


@router.get("/v1/uploads/{name}", responses=_REFUSALS)
def get_upload(desk: DeskDep, name: UploadName) -> UploadBody:
    """Whether a file is kept, and keep it as if it had come now: then it need not be sent again."""
    digest = name.removeprefix("sha256:")
    if not desk.storage.renew_upload(digest):
        raise NotFoundError(
            "upload_unknown",
            f"there is no upload {name}",
            field="name",
            found=name,
            remedy="send the file to POST /v1/uploads",
        )
    return _upload(desk, digest)


@router.post("/v1/batches", status_code=202, responses=_ANSWERS)
def add_batch(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    batches: BatchDeskDep,
    caller: CallerDep,
    _known: Annotated[None, Depends(only_fields(*_FIELDS))],
    later: BackgroundTasks,
    response: Response,
    idempotency_key: JobKey,
    manifest: Annotated[
        UploadFile,
        File(description="JSON Lines, one request each: see docs/batch.md, or the batch command"),
    ],
    files: Annotated[
        list[UploadFile],
        File(description="What the manifest names by file name; uploads it names by sha256"),
    ] = [],  # noqa: B006  the framework copies it
    name: Annotated[str, Form(max_length=200), Storable] = "",
) -> BatchBody:
    """Queue every request of a manifest, or refuse it as a whole and say which lines are wrong.

    Sounds are decoded later: a silent or broken one fails alone, as its job.
    """
    content = content_of(manifest, "manifest", desk.settings.max_manifest_bytes)
    find = _found_among(desk, _stored(desk, files))
    with kept_drafts(desk.storage.root) as jobs:
        batches.read(_text(content), find, jobs)
        made = batches.submit(BatchOrder(name, caller.name, jobs, idempotency_key))
    response.status_code = 202 if made.created else 200
    response.headers["Location"] = f"/v1/batches/{made.batch.id}"
    later.add_task(batches.enqueue, made.batch.id)
    return BatchBody.of(made.batch, batches.first_failed(made.batch.id))


@router.get("/v1/batches/{batch_id}", responses=_REFUSALS)
def get_batch(batches: BatchDeskDep, batch_id: BatchId) -> BatchBody:
    """Jobs by state, and those that failed first; `/v1/jobs?batch=` lists them all."""
    return BatchBody.of(batches.get(batch_id), batches.first_failed(batch_id))


@router.post("/v1/batches/{batch_id}/cancel", responses=_REFUSALS)
def cancel_batch(batches: BatchDeskDep, batch_id: BatchId) -> BatchBody:
    """End every job that has not ended; repeating changes nothing."""
    return BatchBody.of(batches.cancel(batch_id), batches.first_failed(batch_id))


def _upload(desk: Desk, digest: str) -> UploadBody:
    size = desk.storage.upload(digest).stat().st_size
    return UploadBody(name=f"sha256:{digest}", bytes=size, keep_hours=UPLOAD_HOURS)


def _stored(desk: Desk, files: list[UploadFile]) -> dict[str, str]:
    """The sha256 of every file of the form, by the name that it was sent under."""
    stored: dict[str, str] = {}
    for file in files:
        digest = desk.storage.put_upload_file(file_of(file, "files", desk.settings))
        if stored.setdefault(file.filename or "", digest) != digest:
            raise InvalidInputError(
                "file_repeated",
                f"two different files are named {file.filename}",
                field="files",
                found=file.filename,
                remedy="send each file under a name of its own",
            )
    return stored


def _found_among(desk: Desk, files: Mapping[str, str]) -> Find:
    """Finds what a manifest names among the files of the form and the uploads."""

    def find(named: str) -> Named:
        upload = _UPLOAD.fullmatch(named)
        digest = files.get(named) if upload is None else upload[1]
        if digest is not None and desk.storage.renew_upload(digest):
            return Named(desk.storage.upload(digest), digest)
        raise InvalidInputError(
            "file_missing",
            f"there is no file {named}",
            found=named,
            remedy="send it beside the manifest under this name, or name an upload by sha256",
        )

    return find


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            "manifest_unreadable",
            f"the manifest is not UTF-8 text: {error}",
            field="manifest",
            remedy="write it as UTF-8",
        ) from error
