"""Rows of two kinds of key: who may call the service, and which writes were answered already."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base, BigId


class KeyRow(Base):
    """A key that was handed out; only its sha256 is kept, and revoked ones stay to be named."""

    __tablename__ = "keys"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AnsweredWriteRow(Base):
    """What a write under an idempotency key was answered with."""

    __tablename__ = "answered_writes"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int]
    etag: Mapped[str | None]
    location: Mapped[str | None]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
