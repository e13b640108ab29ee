"""What the repositories take and give: plain values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from jaxtyping import Int16, Int32, Int64

from annotations.types import Annotation, DiscourseRelation, Exemplar, Window

LIVE = "live"
"""Tag of the index version that answers requests; follows the head unless it is pinned."""
STAGING = "staging"
"""Tag that always follows the head."""
SYSTEM = "chironomia"
"""Who acts where no curator does: builds, migrations."""

AnnotationKind = Literal["relation", "gesture"]


def kind_of(annotation: Annotation) -> AnnotationKind:
    """Whether an annotation is a discourse relation or a gesture label."""
    return "relation" if isinstance(annotation, DiscourseRelation) else "gesture"


@dataclass(frozen=True)
class StoredRecording:
    """A recording as the database knows it."""

    id: str
    corpus: str
    """Folder of its corpus; ``files`` count from it."""
    speaker: int
    speaker_name: str
    split: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Path of each kind of file that exists: ``motion``, ``audio``, ..."""
    seconds: float | None = None
    fingerprint: str = ""
    """Content of its files and the options it was cut with; empty while it is not cut."""
    indexed: bool = False
    """Whether its exemplars belong to the index."""
    problem: str | None = None
    """Why it is not indexed."""


@dataclass(frozen=True)
class CutExemplar:
    """One annotation of a window, with what its motion showed, before it has an id."""

    annotation: Annotation
    prominence: float | None = None
    """Mean prominence of its words."""
    stroke_seconds: float | None = None
    quality: tuple[str, ...] = ()
    """Names of what is doubtful about the motion."""


@dataclass(frozen=True)
class CutWindow:
    """A window and the exemplars made of it."""

    window: Window
    exemplars: tuple[CutExemplar, ...]


@dataclass(frozen=True)
class StoredExemplar:
    """An exemplar with what a curator sees of it."""

    exemplar: Exemplar
    prominence: float | None
    quality: tuple[str, ...]
    revision: int
    removed: bool
    comment: str = ""


@dataclass(frozen=True, eq=False)
class IndexedRows:
    """What an index holds, one place for each exemplar, ascending by id; no vectors."""

    ids: Int64[np.ndarray, "row"]
    numbers: Int64[np.ndarray, "row"]
    """Revision of each exemplar: its vector belongs to (id, number)."""
    labels: tuple[str, ...]
    """Distinct matching senses and gesture types, in alphabetical order."""
    label_codes: Int32[np.ndarray, "row"]
    """Places in ``labels``."""
    speakers: Int16[np.ndarray, "row"]
    """Speaker indices."""
    recordings: tuple[str, ...]
    """Distinct recording ids, in alphabetical order."""
    recording_codes: Int32[np.ndarray, "row"]
    """Places in ``recordings``."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(id, number) of each row: the keys of its vector."""
        return list(zip(self.ids.tolist(), self.numbers.tolist(), strict=True))


@dataclass(frozen=True)
class Recut:
    """What storing the windows of a recording changed."""

    new_windows: tuple[str, ...]
    """Keys of windows that were not stored before: trajectories of these names are worthless."""
    added: int
    """Exemplars that are new or came back."""
    retired: int
    """Exemplars that left the index."""
    version: int | None
    """The new index version; ``None`` where nothing changed."""


@dataclass(frozen=True)
class IndexVersion:
    """One built index."""

    id: int
    created_at: datetime
    embedder_id: str
    weights_id: str | None
    """Weights its trajectories were computed with."""
    folder: str
    digest: str
    """Of everything it holds: equal digests answer alike."""
    exemplar_count: int


@dataclass(frozen=True)
class IndexDraft:
    """An index version before it has an id."""

    embedder_id: str
    weights_id: str | None
    folder: str
    digest: str
    exemplar_ids: tuple[int, ...]


@dataclass(frozen=True)
class Event:
    """One change, before it has a number: who did what to which row, and why."""

    actor: str
    operation: str
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""
    undoes: int | None = None
    """The event that this one takes back."""


@dataclass(frozen=True)
class StoredEvent:
    """One change as it was recorded."""

    seq: int
    at: datetime
    event: Event


class JobState(StrEnum):
    """``queued -> running -> succeeded | failed | canceled | expired``; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether a job never leaves this state."""
        return self not in OPEN_STATES


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Progress:
    """How far a running job is."""

    stage: str
    done: int = 0
    total: int = 0

    @property
    def fraction(self) -> float:
        """Part of the stage that is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True)
class JobDraft:
    """A request before it is a job."""

    request: Mapping[str, Any]
    kind: str = "gestures"
    sound_seconds: float = 0.0
    seed: int | None = None
    idempotency_key: str | None = None
    body_hash: str | None = None
    """Of the request body: tells a repeated request from a reused key."""
    expires_at: datetime | None = None
    """Until when it may wait for its turn."""
    request_id: str | None = None
    """Of the HTTP request that makes it."""
    batch_item: str | None = None
    """What its batch calls it."""


@dataclass(frozen=True)
class JobOutcome:
    """What a succeeded job leaves behind."""

    result: Mapping[str, Any]
    index_version: int | None = None
    weights_id: str | None = None
    expires_at: datetime | None = None
    """Until when the result is kept."""


@dataclass(frozen=True)
class Job:
    """A job as it stands; times are UTC."""

    id: str
    kind: str
    state: JobState
    request: Mapping[str, Any]
    sound_seconds: float
    created_at: datetime
    last_event: int = 0
    """Number of its newest event."""
    queue_position: int | None = None
    """Queued jobs before it, where somebody looked that up."""
    attempt: int = 0
    losses: int = 0
    """Workers that died during it, in a row, with nothing kept between."""
    worker: str | None = None
    progress: Progress | None = None
    seed: int | None = None
    index_version: int | None = None
    weights_id: str | None = None
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None
    """When its worker last reported."""
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    """Until when it may wait for its turn; once succeeded, until when its result is kept."""
    idempotency_key: str | None = None
    body_hash: str | None = None
    request_id: str | None = None
    """Of the HTTP request that made it: every log line about it carries it."""
    batch_id: str | None = None
    """The batch that it belongs to, if any."""
    batch_item: str | None = None
    """What its batch calls it."""


@dataclass(frozen=True)
class Submission:
    """A job, and whether this request made it or found it under its idempotency key."""

    job: Job
    created: bool


@dataclass(frozen=True)
class QueueLoad:
    """Accepted work that is not finished."""

    jobs: int
    sound_seconds: float
