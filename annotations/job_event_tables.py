"""Rows of what happened to jobs."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base


class JobEventRow(Base):
    """What a job was after one change; only ever added to, removed once the job has expired."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    state: Mapped[str]
    attempt: Mapped[int]
    stage: Mapped[str | None]
    stage_done: Mapped[int]
    stage_total: Mapped[int]
