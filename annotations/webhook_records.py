"""What the repository of webhooks takes and gives: plain values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from annotations.records import JobState

JOB_EVENTS: Mapping[JobState, str] = {
    JobState.SUCCEEDED: "job.succeeded",
    JobState.FAILED: "job.failed",
    JobState.CANCELED: "job.canceled",
    JobState.EXPIRED: "job.expired",
}
"""What the end of a job is called."""
TEST_EVENT = "webhook.test"


@dataclass(frozen=True)
class WebhookDraft:
    """An address that wants to be told, before it has an id."""

    url: str
    events: tuple[str, ...]
    secret: str
    created_by: str


@dataclass(frozen=True)
class Webhook:
    """An address that is told."""

    id: str
    url: str
    events: tuple[str, ...]
    secret: str
    created_at: datetime
    created_by: str
    old_secret: str | None = None
    old_secret_until: datetime | None = None
    """Until when the secret before signs as well."""
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_why: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One event for one address."""

    id: str
    webhook_id: str
    event: str
    job_id: str | None
    created_at: datetime
    attempt: int
    """How often it was tried, the attempt that runs among them."""
    next_at: datetime
    delivered: bool = False
    ended_at: datetime | None = None
    status: int | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Attempt:
    """How one attempt went."""

    status: int | None
    """Of the answer; ``None`` where there was none."""
    problem: str | None = None
    """Why it failed; ``None`` where it was taken."""
    gone: bool = False
    """Whether the receiver asked never to be told again."""

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.problem is None
