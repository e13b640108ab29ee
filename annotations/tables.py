"""The rows of the database: recordings, windows, exemplars, revisions, events, tags, jobs.

Curated facts are never updated in place: a change ends one revision of an exemplar and adds the
next, so that every index version stays what it was. An index version is the number of the event
that made it.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A growing number; SQLite grows only its plain INTEGER."""
JsonObject = JSON(none_as_null=True)
COVERED = {
    "indexed": (
        *("exemplar_id", "number", "label", "recording_id"),
        *("seq", "start_seconds", "end_seconds"),
    ),
    "label": ("label", "source", "kind"),
    "word": ("word",),
    "quality": ("quality",),
    "recording": ("recording_id",),
    "seconds": ("start_seconds", "end_seconds"),
}
"""What the index, lists in any order and each facet read of revisions: database indices hold just
that, in order."""


class UtcTime(TypeDecorator[datetime]):
    """Moments with a time zone: UTC in the database, also where it forgets zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse moments without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; use datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Put the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """JSON that can be grouped and indexed on every database: it is stored as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """The value as text, equal for equal values."""
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """The value again."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Common types and constraint names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), float: Double(), datetime: UtcTime()}  # noqa: RUF012


class RecordingRow(Base):
    """One BEAT2 take; paths count from the corpus folder."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(primary_key=True)
    corpus: Mapped[str] = mapped_column(index=True)
    speaker: Mapped[int]
    speaker_name: Mapped[str]
    split: Mapped[str]
    files: Mapped[dict[str, str]] = mapped_column(JSON)
    seconds: Mapped[float | None]
    fingerprint: Mapped[str] = mapped_column(default="")
    indexed: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str | None]

    windows: Mapped[list["WindowRow"]] = relationship(back_populates="recording", lazy="raise")


class WindowRow(Base):
    """Ten seconds of a recording with everything annotated inside."""

    __tablename__ = "windows"
    __table_args__ = (UniqueConstraint("recording_id", "start_seconds", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))
    start_seconds: Mapped[float]
    speaker: Mapped[int]
    text: Mapped[str]
    annotations: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str]

    recording: Mapped[RecordingRow] = relationship(back_populates="windows", lazy="raise")


class AnnotationRow(Base):
    """An annotation of a recording; overlapping windows may each have an exemplar of it."""

    __tablename__ = "annotations"
    __table_args__ = (
        UniqueConstraint("recording_id", "origin"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))
    origin: Mapped[str]


class ExemplarRow(Base):
    """One annotation of one window: what is found, shown, edited and inserted; its identity."""

    __tablename__ = "exemplars"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"), index=True)
    annotation_id: Mapped[int] = mapped_column(BigId, ForeignKey("annotations.id"), index=True)
    origin: Mapped[str] = mapped_column(unique=True)
    tier: Mapped[str]
    """Which tier of the window it came from: ``relations`` or ``gestures``."""
    tier_place: Mapped[int | None]
    """Its place there; none where a curator added it."""


class RevisionRow(Base):
    """What an exemplar says from one index version to the next; only ``until_seq`` is set later."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("exemplar_id", "number"),
        Index(None, "exemplar_id", "until_seq"),
        *(
            Index(f"ix_revisions_{name}", "until_seq", "removed", *COVERED[name])
            for name in COVERED
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    exemplar_id: Mapped[int] = mapped_column(BigId, ForeignKey("exemplars.id"))
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))
    """Of its window: never changes, and spares every list two joins."""
    number: Mapped[int]
    seq: Mapped[int] = mapped_column(BigId, ForeignKey("events.seq"), index=True)
    until_seq: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str]
    label: Mapped[str]
    word: Mapped[str]
    start_seconds: Mapped[float]
    end_seconds: Mapped[float]
    probability: Mapped[float]
    source: Mapped[str]
    annotation: Mapped[dict[str, Any]] = mapped_column(JSON)
    prominence: Mapped[float | None]
    stroke_seconds: Mapped[float | None]
    quality: Mapped[list[str]] = mapped_column(JsonText)
    comment: Mapped[str]
    removed: Mapped[bool]


class EmbeddingRow(Base):
    """The index entry of one revision in one embedding space: little-endian float32."""

    __tablename__ = "embeddings"

    exemplar_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("exemplars.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    embedder_id: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes]


class TagRow(Base):
    """A name that points at an index version: ``live``, ``staging`` or a curator's own."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int | None] = mapped_column(BigId)
    """None follows the head."""
    changed_at: Mapped[datetime]
    actor: Mapped[str]


class EventRow(Base):
    """Who changed what, when and why; only ever added to."""

    __tablename__ = "events"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    seq: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    operation: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    reason: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(BigId)


class JobRow(Base):
    """One request to the service, from acceptance to its last state."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "state", "created_at"),
        Index(None, "created_at", "id"),
        Index(None, "batch_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default="gestures")
    state: Mapped[str]
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    sound_seconds: Mapped[float]
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    stage: Mapped[str | None]
    stage_done: Mapped[int] = mapped_column(default=0)
    stage_total: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0, server_default="0")
    """Workers that died during it, in a row, with nothing kept between."""
    worker: Mapped[str | None]
    """Whose it is; none where its worker gave it back."""
    seed: Mapped[int | None] = mapped_column(BigInteger)
    index_version: Mapped[int | None] = mapped_column(BigInteger)
    weights_id: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    body_hash: Mapped[str | None]
    request_id: Mapped[str | None]
    """Of the HTTP request that made it."""
    last_event: Mapped[int] = mapped_column(default=0, server_default="0")
    """Number of its newest event, counted in the statement that changes the row."""
    batch_id: Mapped[str | None]
    """The batch that it belongs to, if any."""
    batch_item: Mapped[str | None]
    """What its batch calls it."""


class WorkerRow(Base):
    """A worker process and its last sign of life."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    weights_id: Mapped[str]
    index_version: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str]
    draining: Mapped[bool] = mapped_column(server_default=false())
    """Whether it finishes what it has and takes no more."""
