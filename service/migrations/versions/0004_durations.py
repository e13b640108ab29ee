"""An index of the database for the facet of durations."""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

_NAME = "ix_revisions_seconds"


def upgrade() -> None:
    """Create it."""
    op.create_index(_NAME, "revisions", ["until_seq", "removed", "start_seconds", "end_seconds"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, "revisions")
