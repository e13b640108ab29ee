"""Jobs and their results."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse

from annotations.records import Job
from motion.export.options import Format
from service.dependencies import CallerDep, DeskDep
from service.errors import NotFoundError
from service.keys import Caller, Scope
from service.request import JobKind, kind_of_job
from service.schemas import RESULT_TYPES, ErrorAnswer, JobBody

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (403, 404, 409, 410, 422)
}
_SCOPES: dict[JobKind, Scope] = {
    "gestures": Scope.GENERATE,
    "recording": Scope.CURATE,
    "explanation": Scope.CURATE,
}


@router.get("/{job_id}", responses=_ERRORS)
def get_job(
    desk: DeskDep,
    caller: CallerDep,
    response: Response,
    job_id: str,
    wait: Annotated[float, Query(ge=0, le=120, description="Seconds to wait for the end")] = 0.0,
) -> JobBody:
    """A job as it stands, or once it has ended."""
    _check(caller, desk.jobs.get(job_id))
    job = desk.jobs.wait(job_id, wait)
    if not job.state.final:
        response.headers["Retry-After"] = "1"
    return JobBody.of(job)


@router.post("/{job_id}/cancel", responses=_ERRORS)
def cancel_job(desk: DeskDep, caller: CallerDep, job_id: str) -> JobBody:
    """Stop a job before its start or between two of its steps; repeating changes nothing.

    A recording that was being added leaves the index again.
    """
    _check(caller, desk.jobs.get(job_id))
    return JobBody.of(desk.jobs.cancel(job_id))


@router.get("/{job_id}/result.{kind}", responses=_ERRORS, response_class=FileResponse)
def get_result(
    desk: DeskDep,
    caller: CallerDep,
    job_id: str,
    kind: Annotated[Format, Path()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One result file; it never changes, so its ETag is its sha256.

    Where it comes from stands in the job, which ``Link`` names, and in formats with room for it.
    """
    _check(caller, desk.jobs.get(job_id))
    job = desk.jobs.finished(job_id)
    name, digest = _file(job, kind)
    path = desk.storage.result(job.id, name)
    tag = f'"{digest}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Link": f'</v1/jobs/{job.id}>; rel="describedby"',
    }
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    if not path.is_file():
        raise NotFoundError(
            "result_missing",
            f"{name} of job {job.id} is not on this machine's disk",
            field="job",
            found=job.id,
            remedy="results are kept under the home folder of the machine that made them",
        )
    return FileResponse(path, media_type=RESULT_TYPES[kind], headers=headers, filename=name)


def _check(caller: Caller, job: Job) -> None:
    """Refuse jobs of a kind that the caller could not have asked for."""
    kind = kind_of_job(job.request)
    caller.ask_for(frozenset({_SCOPES[kind]}), f"a job of kind {kind}")


def _file(job: Job, kind: Format) -> tuple[str, str]:
    """Name and sha256 of a result file; 404 where a job of its kind has none such."""
    assert job.result is not None, "a succeeded job has a result"
    files: dict[str, str] = job.result["files"]
    for name, digest in files.items():
        if name.endswith(f".{kind}"):
            return name, digest
    raise NotFoundError(
        "result_unknown",
        f"job {job.id}, a {kind_of_job(job.request)}, has no result.{kind}",
        field="kind",
        limit=", ".join(files) or "what the job itself shows as `result`",
        found=kind,
        remedy="see the job's `links`",
    )
