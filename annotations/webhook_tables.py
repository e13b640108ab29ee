"""Rows of webhooks: who is told of the end of jobs, and what was sent to them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base


class WebhookRow(Base):
    """An address that is told; its secret signs, so it is stored as it is."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSON)
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    failing_since: Mapped[datetime | None]
    """Since when every attempt has failed."""
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None]


class DeliveryRow(Base):
    """One event for one address, from the job's end until it was taken or given up."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(None, "ended_at", "next_at"),
        Index(None, "webhook_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[str]
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    """None of a test."""
    created_at: Mapped[datetime]
    attempt: Mapped[int]
    next_at: Mapped[datetime]
    """When it is due; while somebody sends it, when others may think that one dead."""
    ended_at: Mapped[datetime | None]
    delivered: Mapped[bool]
    status: Mapped[int | None]
    """Of the last answer."""
    problem: Mapped[str | None]
    """Why the last attempt failed."""
