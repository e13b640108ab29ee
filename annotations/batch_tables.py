"""The row of a batch."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base


class BatchRow(Base):
    """Many jobs that were asked for at once; the jobs name it."""

    __tablename__ = "batches"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    jobs: Mapped[int]
    sound_seconds: Mapped[float]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    body_hash: Mapped[str | None]
