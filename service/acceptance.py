"""Uploads in, jobs out: what every route that makes a job shares."""

import re
from typing import Annotated, BinaryIO, overload

from fastapi import Depends, Header, Response, UploadFile

from annotations.records import Submission
from service.curation_fields import Storable
from service.dependencies import CallerDep, Desk
from service.intake import check_file_size
from service.schemas import JobBody
from service.settings import Settings

LONGEST_WAIT_SECONDS = 120.0
"""In one request; proxies seldom let one last longer."""
LONGEST_KEY = 200
RETRY_SECONDS = "1"
"""When to ask again for a job that has not ended."""
Prefer = Annotated[
    str | None, Header(description="`wait=20` waits so many seconds for the end, at most 120")
]
_WAIT = re.compile(r"\bwait\s*=\s*\"?(\d{1,9}(?:\.\d{1,9})?)", re.IGNORECASE)
_ASYNC = re.compile(r"\brespond-async\b", re.IGNORECASE)


def job_key(
    caller: CallerDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=LONGEST_KEY,
            description="Printable ASCII of your own, new for each request: the same request "
            "sent again under it is answered with the same job.",
        ),
        Storable,
    ] = None,
) -> str | None:
    """The idempotency key of a request, apart from those of other callers."""
    return caller.own_key(idempotency_key)


JobKey = Annotated[str | None, Depends(job_key)]


async def answered(
    desk: Desk, submission: Submission, response: Response, prefer: str | None
) -> JobBody:
    """The job once it has ended, where the caller waits long enough, else as it stands.

    200 with one that has ended or was made by the same request before, 202 with a new one.
    """
    asked = _WAIT.search(prefer or "")
    job = submission.job
    if asked is not None:
        seconds = min(float(asked[1]), LONGEST_WAIT_SECONDS)
        job = await desk.jobs.wait(job, seconds)
        response.headers["Preference-Applied"] = f"wait={seconds:g}"
    told = told_of(Submission(job, submission.created), response, prefer)
    response.status_code = 200 if job.state.final else response.status_code
    return told


def told_of(submission: Submission, response: Response, prefer: str | None) -> JobBody:
    """The job as it stands, at once: 202 with a new one, 200 with one made before."""
    job = submission.job
    response.status_code = 202 if submission.created else 200
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if _ASYNC.search(prefer or "") and "Preference-Applied" not in response.headers:
        response.headers["Preference-Applied"] = "respond-async"
    if not job.state.final:
        response.headers["Retry-After"] = RETRY_SECONDS
    return JobBody.of(job)


@overload
def words_of(upload: UploadFile, settings: Settings) -> bytes: ...
@overload
def words_of(upload: UploadFile | None, settings: Settings) -> bytes | None: ...
def words_of(upload: UploadFile | None, settings: Settings) -> bytes | None:
    """The bytes of timed words, refused by size before they are held in memory."""
    return None if upload is None else content_of(upload, "words", settings.max_words_bytes)


def content_of(upload: UploadFile, field: str, limit: int) -> bytes:
    """The bytes of an upload, refused by size before they are held in memory."""
    return _within(upload, field, limit).read()


@overload
def file_of(upload: UploadFile, field: str, settings: Settings) -> BinaryIO: ...
@overload
def file_of(upload: UploadFile | None, field: str, settings: Settings) -> BinaryIO | None: ...
def file_of(upload: UploadFile | None, field: str, settings: Settings) -> BinaryIO | None:
    """An upload as a file, large ones on disk; refused by size."""
    return None if upload is None else _within(upload, field, settings.max_upload_bytes)


def _within(upload: UploadFile, field: str, limit: int) -> BinaryIO:
    check_file_size(field, upload.size or 0, limit)
    return upload.file
