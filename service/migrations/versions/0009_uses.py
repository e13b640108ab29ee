"""What jobs used and what is nearly alike: derived rows by which exemplars are found."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: None = None
depends_on: None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 200
_INDEXED = "ix_revisions_indexed"
"""Now holds all that lists are ordered by."""
_OLD = ["until_seq", "removed", "exemplar_id", "number", "label", "recording_id"]


def upgrade() -> None:
    """Create the tables; uses are read from the results that are stored."""
    uses = op.create_table(
        "job_exemplars",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("exemplar_id", _BIG, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_exemplars_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "exemplar_id", name="pk_job_exemplars"),
    )
    op.create_index("ix_job_exemplars_exemplar_id", "job_exemplars", ["exemplar_id"])
    op.create_table(
        "near_duplicates",
        sa.Column("exemplar_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("twin_id", _BIG, nullable=True),
        sa.Column("twin_number", sa.Integer(), nullable=True),
        sa.Column("similarity", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["exemplar_id"],
            ["exemplars.id"],
            name="fk_near_duplicates_exemplar_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("exemplar_id", name="pk_near_duplicates"),
    )
    op.create_index("ix_near_duplicates_twin_id", "near_duplicates", ["twin_id"])
    op.drop_index(_INDEXED, "revisions")
    op.create_index(_INDEXED, "revisions", [*_OLD, "seq", "start_seconds", "end_seconds"])
    connection = op.get_bind()
    for rows in _uses(connection):
        connection.execute(sa.insert(uses), rows)


def _uses(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """Which exemplars the stored results name, some jobs at a time."""
    jobs = sa.table("jobs", sa.column("id"), sa.column("result"), sa.column("state"))
    query = sa.select(jobs.c.id).where(jobs.c.state == "succeeded")
    ids = list(connection.scalars(query))
    for first in range(0, len(ids), _AT_ONCE):
        some = sa.select(jobs.c.id, jobs.c.result).where(
            jobs.c.id.in_(ids[first : first + _AT_ONCE])
        )
        rows = [
            {"job_id": job, "exemplar_id": each}
            for job, result in connection.execute(some)
            for each in _named(result)
        ]
        if rows:
            yield rows


def _named(result: Any) -> set[int]:
    stored = json.loads(result) if isinstance(result, str) else result
    matches = stored.get("matches") if isinstance(stored, dict) else None
    return {int(match["exemplar_id"]) for match in matches or () if "exemplar_id" in match}


def downgrade() -> None:
    """Drop them: both can be worked out again."""
    op.drop_index(_INDEXED, "revisions")
    op.create_index(_INDEXED, "revisions", _OLD)
    op.drop_table("near_duplicates")
    op.drop_table("job_exemplars")
