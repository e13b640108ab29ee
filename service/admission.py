"""Who is let into the queue: limits by jobs and by seconds of sound, and when to come back."""

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from annotations.job_queries import JobQueries
from annotations.records import QueueLoad
from service.errors import OverloadedError
from service.settings import Settings

PACE_MINUTES = 10
"""Results older than this say nothing about the pace of now."""
UNKNOWN_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 120
REFUSAL_SECONDS = 0.1
"""How long a full queue is taken to be full: then a refusal costs nothing but its answer."""


@dataclass
class Refusal:
    """The newest refusal of this process; a crowd is turned away by it, one of them looks again."""

    _error: OverloadedError | None = None
    _until: float = field(default=-math.inf)

    def note(self, error: OverloadedError) -> None:
        """The queue was found full just now."""
        self._error, self._until = error, time.monotonic() + REFUSAL_SECONDS

    def forget(self) -> None:
        """A place has become free."""
        self._error = None

    def repeat(self) -> None:
        """Refuse whoever comes within a moment after."""
        error = self._error
        if error is not None and time.monotonic() < self._until:
            raise error.with_traceback(None)


def admit(session: Session, load: QueueLoad, limits: Settings) -> None:
    """Refuse a load over the limits; one job alone is always taken."""
    if load.jobs <= 1:
        return
    if load.jobs > limits.queue_jobs:
        raise _overloaded(session, QueueLoad(load.jobs - limits.queue_jobs, 0.0), load, limits)
    if load.sound_seconds > limits.queue_seconds:
        excess = QueueLoad(0, load.sound_seconds - limits.queue_seconds)
        raise _overloaded(session, excess, load, limits)


def _overloaded(
    session: Session, excess: QueueLoad, load: QueueLoad, limits: Settings
) -> OverloadedError:
    if excess.jobs:
        limit, found = f"{limits.queue_jobs} jobs", f"{load.jobs - 1} jobs"
    else:
        limit = f"{limits.queue_seconds:g} s of sound"
        found = f"{load.sound_seconds:.0f} s of sound with this one"
    error = OverloadedError(
        "queue_full",
        f"the queue is full: {found} are waiting or running",
        limit=limit,
        found=found,
        remedy="try again after the time in Retry-After",
    )
    error.retry_after = retry_seconds(session, excess)
    return error


def retry_seconds(session: Session, excess: QueueLoad) -> int:
    """When there will be room, at the pace of the newest results."""
    pace = JobQueries(session).pace(datetime.now(UTC) - timedelta(minutes=PACE_MINUTES))
    if pace is None:
        return UNKNOWN_RETRY_SECONDS
    by_jobs = excess.jobs / pace.jobs_per_second
    by_sound = excess.sound_seconds / max(pace.sound_per_second, 1e-9)
    return max(1, math.ceil(min(LONGEST_RETRY_SECONDS, max(by_jobs, by_sound))))
