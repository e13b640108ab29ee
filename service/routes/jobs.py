"""Jobs and their results."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse

from service.dependencies import DeskDep
from service.errors import NotFoundError
from service.schemas import RESULT_TYPES, ErrorAnswer, JobBody, ResultFormat

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (404, 409, 410, 422)
}


@router.get("/{job_id}", responses=_ERRORS)
def get_job(
    desk: DeskDep,
    response: Response,
    job_id: str,
    wait: Annotated[float, Query(ge=0, le=120, description="Seconds to wait for the end")] = 0.0,
) -> JobBody:
    """A job as it stands, or once it has ended."""
    job = desk.jobs.wait(job_id, wait)
    if not job.state.final:
        response.headers["Retry-After"] = "1"
    return JobBody.of(job)


@router.post("/{job_id}/cancel", responses=_ERRORS)
def cancel_job(desk: DeskDep, job_id: str) -> JobBody:
    """Stop a job before its start or between two denoising steps; repeating changes nothing."""
    return JobBody.of(desk.jobs.cancel(job_id))


@router.get("/{job_id}/result.{kind}", responses=_ERRORS, response_class=FileResponse)
def get_result(
    desk: DeskDep,
    job_id: str,
    kind: Annotated[ResultFormat, Path()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One result file; it never changes, so its ETag is its sha256."""
    job = desk.jobs.finished(job_id)
    name = f"motion.{kind}"
    path = desk.storage.result(job.id, name)
    assert job.result is not None, "a succeeded job has a result"
    tag = f'"{job.result["files"][name]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    if not path.is_file():
        raise NotFoundError(
            "result_missing",
            f"{name} of job {job.id} is not on this machine's disk",
            field="job",
            found=job.id,
            remedy=f"results are kept as {', '.join(get_args(ResultFormat))} under the home folder",
        )
    return FileResponse(path, media_type=RESULT_TYPES[kind], headers=headers, filename=name)
