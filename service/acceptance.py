"""Uploads in, jobs out: what every route that makes a job shares."""

import re
from typing import Annotated, overload

from fastapi import Header, Response, UploadFile

from annotations.records import Job
from service.dependencies import Desk
from service.errors import TooLargeError
from service.schemas import JobBody
from service.settings import Settings

LONGEST_WAIT_SECONDS = 120.0
Prefer = Annotated[str | None, Header(description="`wait=20` waits for the result")]
JobKey = Annotated[
    str | None,
    Header(
        max_length=200,
        alias="Idempotency-Key",
        description="Any text of your own: sent again with the same request, it is the same job.",
    ),
]
_WAIT = re.compile(r"\bwait=(\d+(?:\.\d+)?)")


def answered(desk: Desk, job: Job, response: Response, prefer: str | None) -> JobBody:
    """200 with the finished job where the caller waits long enough, else 202 with one to ask."""
    wait = _WAIT.search(prefer or "")
    if wait is not None:
        job = desk.jobs.wait(job.id, min(float(wait[1]), LONGEST_WAIT_SECONDS))
    response.status_code = 200 if job.state.final else 202
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if not job.state.final:
        response.headers["Retry-After"] = "1"
    return JobBody.of(job)


@overload
def content_of(upload: UploadFile, field: str, settings: Settings) -> bytes: ...
@overload
def content_of(upload: UploadFile | None, field: str, settings: Settings) -> bytes | None: ...
def content_of(upload: UploadFile | None, field: str, settings: Settings) -> bytes | None:
    """The bytes of an upload, refused by size before they are read."""
    if upload is None:
        return None
    limit = settings.max_upload_bytes
    if upload.size is not None and upload.size > limit:
        raise TooLargeError(
            f"{field}_too_large",
            f"the {field} file is too large",
            field=field,
            limit=f"{limit} bytes",
            found=f"{upload.size} bytes",
            remedy="send it compressed, or in parts",
        )
    return upload.file.read()
