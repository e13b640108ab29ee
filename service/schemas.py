"""JSON at the edge: what the API answers with."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from annotations.records import Job, Progress
from motion.export.options import Format
from service.errors import GestureError
from service.request import JobKind, kind_of_job

State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
RESULT_TYPES: dict[Format, str] = {
    "npz": "application/zip",
    "glb": "model/gltf-binary",
    "json": "application/json",
    "bvh": "text/plain",
    "vrma": "model/gltf-binary",
    "arkit.csv": "text/csv",
}


class ErrorDetail(BaseModel):
    """What was wrong, where, and what to do."""

    type: str
    code: str
    message: str
    retryable: bool
    field: str | None = None
    limit: str | None = None
    found: str | None = None
    remedy: str | None = None
    detail: dict[str, Any] | None = Field(
        None,
        description="For programs: `expected`, `found`, `yours` and `theirs` of a 412, "
        "the `cells` of a refused import, the `rows` that keep an undo from happening.",
    )


class ErrorAnswer(BaseModel):
    """Body of every answer from 400 on."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: GestureError) -> Self:
        """The body of a typed error."""
        return cls.model_validate({"error": error.as_json()})


class ProgressBody(BaseModel):
    """How far a running job is."""

    stage: str
    done: int
    total: int
    fraction: float

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """A job's progress for a client."""
        return cls(
            stage=progress.stage,
            done=progress.done,
            total=progress.total,
            fraction=progress.fraction,
        )


class JobBody(BaseModel):
    """A job as it stands; times are UTC."""

    id: str
    kind: JobKind
    state: State
    attempt: int
    progress: ProgressBody | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    seed: int | None = None
    index_version: int | None = None
    weights_id: str | None = None
    error: ErrorDetail | None = None
    result: dict[str, Any] | None = Field(
        None,
        description="Of gestures: matches with their reasons, what was dropped, notes, file "
        "checksums. Of a recording: its exemplars and what was skipped.",
    )
    links: dict[str, str]

    @classmethod
    def of(cls, job: Job) -> Self:
        """A job for a client; result links appear once it has succeeded."""
        place = f"/v1/jobs/{job.id}"
        links = {"self": place}
        if job.state == "succeeded":
            links |= _results(job, place)
        elif not job.state.final:
            links["cancel"] = f"{place}/cancel"
        progress = job.progress
        return cls(
            id=job.id,
            kind=kind_of_job(job.request),
            state=job.state.value,
            attempt=job.attempt,
            progress=None if progress is None else ProgressBody.of(progress),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            expires_at=job.expires_at,
            seed=job.seed,
            index_version=job.index_version,
            weights_id=job.weights_id,
            error=None if job.error is None else ErrorDetail.model_validate(dict(job.error)),
            result=None if job.result is None else dict(job.result),
            links=links,
        )


def _results(job: Job, place: str) -> dict[str, str]:
    """Where the results of a job that has succeeded lie."""
    result = job.result or {}
    kinds = (name.partition(".")[2] for name in result["files"])
    found = {kind: f"{place}/result.{kind}" for kind in kinds}
    if kind_of_job(job.request) == "recording":
        found["recording"] = f"/v1/recordings/{result['recording']}"
    return found


class Limits(BaseModel):
    """What a request may be."""

    min_seconds: float
    max_seconds: float
    max_upload_bytes: int
    max_words: int
    queue_jobs: int
    queue_seconds: float
    speakers: list[int] | None = Field(
        None, description="Speaker indices that the weights know, where these lie in a folder."
    )


class InfoBody(BaseModel):
    """What this service runs and accepts."""

    version: str
    ready: bool
    weights_id: str | None
    index_version: int | None
    device: str | None
    limits: Limits
    sound_formats: list[str]
    words_formats: list[str]
    result_formats: list[str]
    options: dict[str, Any] = Field(description="JSON schema of every option.")


class Health(BaseModel):
    """Whether something works, and what does not."""

    ok: bool
    problems: list[str] = []
