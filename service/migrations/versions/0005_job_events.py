"""What happened to each job, kept to be told again; the kind of each job, to list by."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None

_JOBS = sa.table(
    "jobs", sa.column("kind", sa.Text()), sa.column("request", sa.JSON()), sa.column("id")
)


def upgrade() -> None:
    """Create the table, and number and name what is there."""
    op.add_column("jobs", sa.Column("kind", sa.Text(), nullable=False, server_default="gestures"))
    op.add_column("jobs", sa.Column("last_event", sa.Integer(), nullable=False, server_default="0"))
    named = _JOBS.c.request["kind"].as_string()
    op.execute(_JOBS.update().where(named.is_not(None)).values(kind=named))
    op.create_index("ix_jobs_created_at_id", "jobs", ["created_at", "id"])
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("stage_done", sa.Integer(), nullable=False),
        sa.Column("stage_total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_events_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "seq", name="pk_job_events"),
    )


def downgrade() -> None:
    """Drop what was added."""
    op.drop_table("job_events")
    op.drop_index("ix_jobs_created_at_id", "jobs")
    # in place: a table that SQLite makes again takes the rows that name its own with it
    op.drop_column("jobs", "last_event")
    op.drop_column("jobs", "kind")
