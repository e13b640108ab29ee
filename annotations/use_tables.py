"""Rows about exemplars that are derived: which jobs used them, which are near duplicates."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base, BigId


class JobExemplarRow(Base):
    """An exemplar that a job inserted; written with the job's result."""

    __tablename__ = "job_exemplars"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    exemplar_id: Mapped[int] = mapped_column(BigId, primary_key=True, index=True)
    """Of whatever index the job used; no reference, as a result outlives what made it."""


class NearDuplicateRow(Base):
    """The most alike exemplar of another annotation; one row for each that was compared."""

    __tablename__ = "near_duplicates"

    exemplar_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("exemplars.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int]
    """The revision that was compared."""
    twin_id: Mapped[int | None] = mapped_column(BigId, index=True)
    """``None`` where none is near."""
    twin_number: Mapped[int | None]
    similarity: Mapped[float | None]
