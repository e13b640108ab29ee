"""JSON of jobs in lists and as events, and what is told of them in headers."""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from annotations.job_records import JobEvent, JobFilter, JobPlace
from annotations.records import Job, JobState
from service.curation_fields import Body, Value
from service.errors import InvalidInputError
from service.request import JobKind
from service.schemas import JobBody, ProgressBody, State

_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:")
MOST_JOBS = 200
"""On one page of a list."""


def _dated(given: object) -> object:
    """The text of a moment; a bare number, which could be many things, is none."""
    if isinstance(given, str) and not _DATE.match(given):
        raise ValueError("must be a moment such as 2026-01-31T12:00:00Z")
    return given


def _within_calendar(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a moment of the years 1 to 9999 UTC") from error


Moment = Annotated[AwareDatetime, BeforeValidator(_dated), AfterValidator(_within_calendar)]

_TEXT = {"schema": {"type": "string"}}
_HEADERS: dict[str, dict[str, Any]] = {
    "Location": _TEXT | {"description": "Of the job."},
    "Retry-After": _TEXT | {"description": "Seconds, where the job has not ended."},
    "Preference-Applied": _TEXT | {"description": "What of `Prefer` was followed."},
}
ACCEPTED: dict[str, Any] = {
    "model": JobBody,
    "description": "A new job that has not ended",
    "headers": _HEADERS,
}
REPEATED: dict[str, Any] = {
    "model": JobBody,
    "description": "A job that has ended, or that the same request made before",
    "headers": _HEADERS,
}


class JobListQuery(Body):
    """Which jobs, and which page of them."""

    state: list[State] = Field(default=[], max_length=len(JobState))
    kind: list[JobKind] = Field(default=[], max_length=10)
    since: Moment | None = Field(default=None, description="Made at that time or later.")
    before: Moment | None = Field(default=None, description="Made before that time.")
    batch: Value | None = Field(default=None, description="Jobs of that batch alone.")
    index_version: Value | None = Field(
        default=None,
        description="Jobs that ran on that index version alone: a number or a tag.",
    )
    id: list[Value] = Field(
        default=[], max_length=MOST_JOBS, description="Of these jobs alone, as they stand now."
    )
    limit: int = Field(default=50, ge=1, le=MOST_JOBS)
    cursor: Value | None = Field(default=None, description="`next_cursor` of the page before.")

    def filter(self, kinds: tuple[str, ...], index_version: int | None = None) -> JobFilter:
        """The jobs asked for, of these kinds, that ran on that version if one is asked for."""
        return JobFilter(
            states=tuple(JobState(state) for state in self.state),
            kinds=kinds,
            created_from=self.since,
            created_before=self.before,
            batch=self.batch,
            index_version=index_version,
            ids=tuple(self.id),
        )

    @property
    def place(self) -> JobPlace | None:
        """Where the page begins."""
        return None if self.cursor is None else _place_of(self.cursor)


class JobsBody(BaseModel):
    """Some of the jobs that are asked for, newest first."""

    jobs: list[JobBody]
    next_cursor: str | None = Field(description="For the next page; none behind the last one.")

    @classmethod
    def of(cls, jobs: tuple[Job, ...], limit: int) -> Self:
        """A page, of one job more than there is room for."""
        shown = jobs[:limit]
        more = None if len(jobs) <= limit else _cursor_of(shown[-1])
        return cls(jobs=[JobBody.of(job) for job in shown], next_cursor=more)


class JobEventBody(BaseModel):
    """What a job was after one change."""

    job: str
    seq: int = Field(description="Grows by one with each event of a job; the `id` of the event.")
    at: datetime
    state: State
    attempt: int
    progress: ProgressBody | None = None

    @classmethod
    def of(cls, event: JobEvent) -> Self:
        """An event for a client."""
        progress = event.progress
        return cls(
            job=event.job_id,
            seq=event.seq,
            at=event.at,
            state=event.state.value,
            attempt=event.attempt,
            progress=None if progress is None else ProgressBody.of(progress),
        )


def _cursor_of(job: Job) -> str:
    place = f"{job.created_at.isoformat()}|{job.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _place_of(cursor: str) -> JobPlace:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, job_id = base64.urlsafe_b64decode(padded).decode("ascii").split("|")
        moment = _within_calendar(datetime.fromisoformat(at))
        if moment.isoformat() != at or not job_id.isalnum():
            raise ValueError(f"{at}, {job_id} is no place in a list")
    except (ValueError, binascii.Error) as error:
        raise InvalidInputError(
            "cursor_invalid",
            "the cursor is none that a list was answered with",
            field="cursor",
            limit="the next_cursor of a page",
            found=cursor,
            remedy="begin with the first page",
        ) from error
    return JobPlace(moment, job_id)
