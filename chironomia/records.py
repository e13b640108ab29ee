"""What the service answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from chironomia.reading import read_record

State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """What was wrong, where, and what to do."""

    type: str
    code: str
    message: str
    retryable: bool = False
    field: str | None = None
    limit: str | None = None
    found: str | None = None
    remedy: str | None = None
    detail: Json | None = None

    def __str__(self) -> str:
        places = ("field", "limit", "found", "remedy")
        told = [f"{name}: {value}" for name in places if (value := getattr(self, name))]
        return "; ".join([f"{self.message} ({self.code})", *told])


@dataclass(frozen=True)
class Progress:
    """How far a running job is."""

    stage: str
    done: int
    total: int
    fraction: float


@dataclass(frozen=True)
class Term:
    """One term of a score, with its reason in plain words."""

    name: str
    value: float
    why: str


@dataclass(frozen=True)
class Match:
    """A gesture that was retrieved, where it was laid, and why."""

    time_seconds: float
    word: str
    label: str
    exemplar_id: int
    recording: str
    recording_seconds: float
    exemplar_word: str
    exemplar_label: str
    speaker: int
    score: float
    rank: int
    offset_seconds: float
    source_seconds: float
    start_seconds: float
    end_seconds: float
    reason: str
    strength: float | None = None
    margin: float | None = None
    terms: tuple[Term, ...] = ()
    word_start_seconds: float | None = None
    """Where the word that asked lies in the speech, like its end."""
    word_end_seconds: float | None = None
    stroke_seconds: float | None = None
    """When the stroke peaks in the speech."""
    window_start_seconds: float | None = None
    """Where the exemplar's window begins in its recording."""
    window_source_seconds: float | None = None
    """Where the part that was laid begins in that window."""


@dataclass(frozen=True)
class Dropped:
    """A moment that asked for a gesture and got none."""

    time_seconds: float
    word: str
    label: str
    reason: str
    word_start_seconds: float | None = None
    word_end_seconds: float | None = None


@dataclass(frozen=True)
class GestureResult:
    """What came of a job that made gestures."""

    seconds: float
    speaker: int
    seed: int
    weights_id: str
    index_version: int
    word_times: str
    files: Mapping[str, str]
    """Sha256 of each result file, by its name."""
    matches: tuple[Match, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    options: Json = field(default_factory=dict)
    voice: str | None = None
    """Who spoke, where a text alone was sent; ``download(job, "wav", path)`` has the sound."""
    wall_seconds: float | None = None
    precision: str | None = None
    """Of the denoiser's matrices; unknown of older results."""


@dataclass(frozen=True)
class Job:
    """One request to the service as it stands; times are UTC."""

    id: str
    kind: str
    state: State
    attempt: int
    created_at: datetime
    links: Mapping[str, str]
    progress: Progress | None = None
    queue_position: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    seed: int | None = None
    index_version: int | None = None
    model_version: str | None = None
    weights_id: str | None = None
    """The same as ``model_version``."""
    batch: str | None = None
    batch_item: str | None = None
    error: Problem | None = None
    result: Json | None = None

    @property
    def final(self) -> bool:
        """Whether its state will never change."""
        return self.state not in {"queued", "running"}

    @property
    def files(self) -> Mapping[str, str]:
        """Sha256 of each result file, by its name; empty before it has succeeded."""
        found: Mapping[str, str] = (self.result or {}).get("files", {})
        return found

    @cached_property
    def gestures(self) -> GestureResult | None:
        """The result of a job that made gestures."""
        if self.kind != "gestures" or self.result is None:
            return None
        return read_record(GestureResult, self.result)


@dataclass(frozen=True)
class JobPage:
    """Some jobs of a list, newest first, and where it goes on."""

    jobs: tuple[Job, ...]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Limits:
    """What a request may be."""

    min_seconds: float
    max_seconds: float
    max_upload_bytes: int
    max_words: int
    queue_jobs: int
    queue_seconds: float
    max_words_bytes: int | None = None
    max_manifest_bytes: int | None = None
    max_body_bytes: int | None = None
    max_plain_body_bytes: int | None = None
    max_wait_seconds: float | None = None
    max_idempotency_key: int | None = None
    max_listed_jobs: int | None = None
    queue_hours: float | None = None
    batch_jobs: int | None = None
    batch_hours: float | None = None
    result_days: float | None = None
    speakers: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Info:
    """What a service runs and accepts."""

    version: str
    ready: bool
    limits: Limits
    sound_formats: tuple[str, ...]
    words_formats: tuple[str, ...]
    result_formats: tuple[str, ...]
    options: Json
    """JSON schema of every option."""
    speaks: bool = False
    """Whether a text may come without a sound."""
    weights_id: str | None = None
    index_version: int | None = None
    device: str | None = None
