"""Whether a job has results to give, and where it has none, why."""

from datetime import UTC, datetime

from annotations.records import Job, JobState
from service.errors import ExpiredError, GestureError, NoResultError, NotReadyError


def succeeded(job: Job) -> Job:
    """A job that made what it was asked for; its files may have been removed since."""
    if job.state is not JobState.SUCCEEDED:
        raise _without_result(job)
    return job


def finished(job: Job) -> Job:
    """A job that has result files to give."""
    succeeded(job)
    if job.expires_at is not None and job.expires_at <= datetime.now(UTC):
        raise ExpiredError(
            "result_expired",
            f"the result of job {job.id} was kept until {job.expires_at:%Y-%m-%d %H:%M} UTC",
            field="job",
            remedy="send the request again; the same seed gives the same motion",
        )
    return job


def _without_result(job: Job) -> GestureError:
    """Why a job has no result to give: each state has an answer of its own."""
    found = str(job.state)
    match job.state:
        case JobState.FAILED:
            why = (job.error or {}).get("message", "its worker did not say why")
            return NoResultError(
                "job_failed",
                f"job {job.id} failed: {why}",
                field="job",
                found=found,
                remedy="GET the job: its `error` says what to change before it is sent again",
            )
        case JobState.CANCELED:
            return NoResultError(
                "job_canceled",
                f"job {job.id} was canceled",
                field="job",
                found=found,
                remedy="send the request again, under a new key",
            )
        case JobState.EXPIRED:
            return ExpiredError(
                "job_expired",
                f"nobody took job {job.id} in its time, until {job.expires_at:%Y-%m-%d %H:%M} UTC",
                field="job",
                found=found,
                remedy="send the request again",
            )
    return NotReadyError(
        "result_not_ready",
        f"job {job.id} is {job.state} and has no result yet",
        field="job",
        found=found,
        remedy=f"wait for its end with GET /v1/jobs/{job.id}?wait=30",
    )
