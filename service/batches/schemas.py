"""JSON of batches and uploads."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from annotations.batch_repository import Batch
from annotations.records import Job, JobState
from service.schemas import ErrorDetail


class UploadBody(BaseModel):
    """A file that manifests may name."""

    name: str = Field(description="What a manifest calls it: `sha256:` and its digest.")
    bytes: int
    keep_hours: float = Field(description="It is removed where no job needs it after so long.")


class FailureBody(BaseModel):
    """A job of a batch that failed."""

    job: str
    item: str | None
    error: ErrorDetail


class BatchBody(BaseModel):
    """Many jobs that were asked for at once, as they stand."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    done: bool = Field(description="Whether every job has ended.")
    total: int
    sound_seconds: float
    states: dict[str, int] = Field(description="Jobs by state; every state is named.")
    failures: list[FailureBody] = Field(description="The jobs that failed first.")
    links: dict[str, str]

    @classmethod
    def of(cls, batch: Batch, failed: tuple[Job, ...]) -> Self:
        """A batch for a client."""
        place = f"/v1/batches/{batch.id}"
        links = {"self": place, "jobs": f"/v1/jobs?batch={batch.id}"}
        if batch.open_jobs:
            links["cancel"] = f"{place}/cancel"
        return cls(
            id=batch.id,
            name=batch.name,
            created_at=batch.created_at,
            created_by=batch.created_by,
            done=not batch.open_jobs,
            total=batch.jobs,
            sound_seconds=batch.sound_seconds,
            states={state.value: batch.states.get(state, 0) for state in JobState},
            failures=[_failure(job) for job in failed],
            links=links,
        )


def _failure(job: Job) -> FailureBody:
    error = ErrorDetail.model_validate(dict(job.error or {}))
    return FailureBody(job=job.id, item=job.batch_item, error=error)
