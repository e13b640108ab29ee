"""The rows of what one worker does for all."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from annotations.tables import Base


class LeaseRow(Base):
    """A task that one worker at a time may do, and who does it until when."""

    __tablename__ = "leases"

    task: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
