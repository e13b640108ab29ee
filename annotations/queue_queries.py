"""Questions about the queue of jobs as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotations.records import OPEN_STATES, JobState
from annotations.tables import JobRow


@dataclass(frozen=True)
class QueueDepth:
    """Jobs of one state and kind that are not finished."""

    state: JobState
    kind: str
    jobs: int
    sound_seconds: float
    oldest: datetime
    """When the first of them was made."""


def queue_depths(session: Session) -> Sequence[QueueDepth]:
    """Open jobs by state and kind; states and kinds without any are left out."""
    query = (
        select(
            JobRow.state,
            JobRow.kind,
            func.count(),
            func.coalesce(func.sum(JobRow.sound_seconds), 0.0),
            func.min(JobRow.created_at),
        )
        .where(JobRow.state.in_(OPEN_STATES))
        .group_by(JobRow.state, JobRow.kind)
    )
    return [
        QueueDepth(JobState(state), kind, jobs, float(seconds), oldest)
        for state, kind, jobs, seconds, oldest in session.execute(query)
    ]
