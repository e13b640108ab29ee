"""Batches: many jobs that were asked for at once."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Create the table; jobs that are there belong to none."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("sound_seconds", sa.Double(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint("idempotency_key", name="uq_batches_idempotency_key"),
    )
    op.create_index("ix_batches_created_at_id", "batches", ["created_at", "id"])
    op.add_column("jobs", sa.Column("batch_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("batch_item", sa.Text(), nullable=True))
    op.create_index("ix_jobs_batch_id_state", "jobs", ["batch_id", "state"])


def downgrade() -> None:
    """Drop it; jobs stay as jobs of their own."""
    op.drop_index("ix_jobs_batch_id_state", "jobs")
    # in place: a table that SQLite makes again takes the rows that name its own with it
    op.drop_column("jobs", "batch_item")
    op.drop_column("jobs", "batch_id")
    op.drop_table("batches")
