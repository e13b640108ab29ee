"""JSON at the edge: what the API answers with."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from annotations.records import Job, Progress
from motion.export.options import Format
from service.errors import GestureError
from service.request import JobKind, kind_of_job

State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
ResultKind = Format | Literal["wav"]
"""A format of the motion, or the sound of a text that was spoken."""
RESULT_TYPES: dict[ResultKind, str] = {
    "npz": "application/zip",
    "glb": "model/gltf-binary",
    "json": "application/json",
    "bvh": "text/plain",
    "vrma": "model/gltf-binary",
    "arkit.csv": "text/csv",
    "wav": "audio/wav",
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


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """How a route tells the reference which refusals it may answer with."""
    return {code: {"model": ErrorAnswer} for code in codes}


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
    attempt: int = Field(description="How often a worker began it; 0 while it is queued.")
    queue_position: int | None = Field(
        None, description="Queued jobs before it; none once it was begun."
    )
    batch: str | None = Field(None, description="The batch that it belongs to, if any.")
    batch_item: str | None = Field(None, description="Its `id` in the manifest of the batch.")
    progress: ProgressBody | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(
        None,
        description="Of a queued job: until when it may wait. Of one that has succeeded: until "
        "when its results are kept.",
    )
    seed: int | None = None
    index_version: int | None = None
    model_version: str | None = Field(None, description="Of the weights that made it.")
    weights_id: str | None = Field(None, description="The same as `model_version`.")
    error: ErrorDetail | None = None
    result: dict[str, Any] | None = Field(
        None,
        description="Of gestures: matches with their reasons, what was dropped, notes, file "
        "checksums. Of a recording: its exemplars and what was skipped. In lists without matches "
        "and what was dropped.",
    )
    links: dict[str, str]

    @classmethod
    def of(cls, job: Job) -> Self:
        """A job for a client; result links appear once it has succeeded."""
        place = f"/v1/jobs/{job.id}"
        links = {"self": place, "events": f"{place}/events"}
        if job.state == "succeeded":
            links |= _results(job, place)
        elif not job.state.final:
            links["cancel"] = f"{place}/cancel"
        if _has_sound(job):
            links["sound"] = f"{place}/sound"
        progress = job.progress
        return cls(
            id=job.id,
            kind=kind_of_job(job.request),
            state=job.state.value,
            attempt=job.attempt,
            queue_position=job.queue_position,
            batch=job.batch_id,
            batch_item=job.batch_item,
            progress=None if progress is None else ProgressBody.of(progress),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            expires_at=job.expires_at,
            seed=job.seed,
            index_version=job.index_version,
            model_version=job.weights_id,
            weights_id=job.weights_id,
            error=None if job.error is None else ErrorDetail.model_validate(dict(job.error)),
            result=None if job.result is None else dict(job.result),
            links=links,
        )


def _has_sound(job: Job) -> bool:
    """Whether a sound was sent, or a text was spoken."""
    spoken = "speech.wav" in (job.result or {}).get("files", {})
    return job.request.get("sound") is not None or spoken


def _results(job: Job, place: str) -> dict[str, str]:
    """Where the results of a job that has succeeded lie."""
    result = job.result or {}
    kinds = (name.partition(".")[2] for name in result["files"])
    found = {kind: f"{place}/result.{kind}" for kind in kinds}
    if kind_of_job(job.request) == "gestures":
        found["provenance.json"] = f"{place}/provenance.json"
    if kind_of_job(job.request) == "recording":
        found["recording"] = f"/v1/recordings/{result['recording']}"
    return found


class Limits(BaseModel):
    """What a request may be."""

    min_seconds: float
    max_seconds: float
    max_upload_bytes: int = Field(description="Of one file.")
    max_words_bytes: int = Field(description="Of a file of words with times.")
    max_manifest_bytes: int = Field(description="Of the manifest of a batch.")
    max_body_bytes: int = Field(description="Of a whole form with its files.")
    max_plain_body_bytes: int = Field(description="Of a body that is no form with files.")
    max_words: int
    max_wait_seconds: float = Field(description="Of `?wait=` and `Prefer: wait=`.")
    max_idempotency_key: int = Field(description="Characters of an Idempotency-Key.")
    max_listed_jobs: int = Field(description="`limit` of a page of `/v1/jobs`.")
    queue_jobs: int = Field(description="Jobs waiting or running; one more is answered 429.")
    queue_seconds: float = Field(description="Seconds of sound waiting or running.")
    queue_hours: float = Field(description="A job that nobody takes for so long expires.")
    batch_jobs: int = Field(description="Jobs of batches waiting or running.")
    batch_hours: float = Field(description="Hours of sound of batches waiting or running.")
    result_days: float = Field(description="How long results are kept.")
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
    speaks: bool = Field(description="Whether a text may come without a sound.")
    options: dict[str, Any] = Field(description="JSON schema of every option.")


class Health(BaseModel):
    """Whether something works, and what does not."""

    ok: bool
    problems: list[str] = []
