"""The rows of the database: recordings, windows, exemplars, index versions, events, jobs.

Windows and exemplars are never updated in content: a change retires the old row and adds another,
so that every index version stays what it was.
"""

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
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A growing number; SQLite grows only its plain INTEGER."""
JsonObject = JSON(none_as_null=True)


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
    exemplars: Mapped[list["ExemplarRow"]] = relationship(back_populates="window", lazy="raise")


class ExemplarRow(Base):
    """One annotation of one window: what is found, shown, edited and inserted."""

    __tablename__ = "exemplars"
    __table_args__ = (
        Index(None, "kind", "label"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"), index=True)
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
    quality: Mapped[list[str]] = mapped_column(JSON)
    origin: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int] = mapped_column(default=0)
    removed: Mapped[bool] = mapped_column(default=False)

    window: Mapped[WindowRow] = relationship(back_populates="exemplars", lazy="raise")


class EmbeddingRow(Base):
    """The index entry of an exemplar in one embedding space: little-endian float32."""

    __tablename__ = "embeddings"

    exemplar_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("exemplars.id", ondelete="CASCADE"), primary_key=True
    )
    embedder_id: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes]


class IndexVersionRow(Base):
    """What one index holds, so that its files can be rebuilt at any time."""

    __tablename__ = "index_versions"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime]
    embedder_id: Mapped[str]
    weights_id: Mapped[str | None]
    folder: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    exemplar_count: Mapped[int]
    exemplar_ids: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class IndexLabelRow(Base):
    """A name that points at a version: ``live``, ``staging`` or a curator's own."""

    __tablename__ = "index_labels"

    name: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("index_versions.id"))


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


class JobRow(Base):
    """One request to the service, from acceptance to its last state."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "state", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    sound_seconds: Mapped[float]
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    stage: Mapped[str | None]
    stage_done: Mapped[int] = mapped_column(default=0)
    stage_total: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
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


class WorkerRow(Base):
    """A worker process and its last sign of life."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    weights_id: Mapped[str]
    index_version: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str]
