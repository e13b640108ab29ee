"""Jobs that change hands: losses of their own, and tasks that one worker at a time may do."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Create the table; of an attempt that is behind a job, a worker was lost."""
    op.create_table(
        "leases",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_leases"),
    )
    op.add_column("jobs", sa.Column("losses", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE jobs SET losses = attempt - 1 WHERE state = 'running' AND attempt > 1")


def downgrade() -> None:
    """Drop it; the number of attempts stays."""
    # in place: a table that SQLite makes again takes the rows that name its own with it
    op.drop_column("jobs", "losses")
    op.drop_table("leases")
