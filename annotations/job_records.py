"""Records about jobs besides the job itself: events, lists, the pace of the queue."""

from dataclasses import dataclass
from datetime import datetime

from annotations.records import JobState, Progress


@dataclass(frozen=True)
class JobEvent:
    """What a job was after one change; numbers grow by one within a job."""

    job_id: str
    seq: int
    at: datetime
    state: JobState
    attempt: int
    progress: Progress | None


@dataclass(frozen=True)
class JobPlace:
    """Where a job stands in a list; the next page begins behind it."""

    created_at: datetime
    id: str


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are asked for; an empty tuple asks for all."""

    states: tuple[JobState, ...] = ()
    kinds: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_before: datetime | None = None
    batch: str | None = None
    """Jobs of that batch alone."""
    index_version: int | None = None
    """Jobs that ran on that version of the index alone; those that have not begun have none."""
    ids: tuple[str, ...] = ()


ALL_JOBS = JobFilter()


@dataclass(frozen=True)
class QueuePace:
    """How fast jobs were finished lately."""

    jobs_per_second: float
    sound_per_second: float
    """Seconds of sound finished in one second."""


@dataclass(frozen=True)
class OpenJob:
    """A job that waits or runs."""

    id: str
    kind: str
    in_batch: bool
