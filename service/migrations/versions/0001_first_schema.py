"""First schema: recordings, windows, exemplars, vectors, versions, events, jobs, workers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _create_recordings()
    _create_exemplars()
    _create_index_versions()
    _create_events()
    _create_jobs()
    _create_workers()


def downgrade() -> None:
    """Drop every table."""
    for table in (
        *("workers", "jobs", "events", "index_labels", "index_versions"),
        *("embeddings", "exemplars", "windows", "recordings"),
    ):
        op.drop_table(table)


def _create_recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("corpus", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Integer(), nullable=False),
        sa.Column("speaker_name", sa.Text(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("indexed", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_corpus", "recordings", ["corpus"])
    op.create_table(
        "windows",
        sa.Column("id", _big(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("start_seconds", sa.Double(), nullable=False),
        sa.Column("speaker", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("annotations", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_windows_recording_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_windows"),
        sa.UniqueConstraint(
            *("recording_id", "start_seconds", "digest"),
            name="uq_windows_recording_id_start_seconds_digest",
        ),
    )


def _create_exemplars() -> None:
    op.create_table(
        "exemplars",
        sa.Column("id", _big(), nullable=False),
        sa.Column("window_id", _big(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("start_seconds", sa.Double(), nullable=False),
        sa.Column("end_seconds", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("annotation", sa.JSON(), nullable=False),
        sa.Column("prominence", sa.Double(), nullable=True),
        sa.Column("stroke_seconds", sa.Double(), nullable=True),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_exemplars_window_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exemplars"),
        sa.UniqueConstraint("origin", name="uq_exemplars_origin"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exemplars_kind_label", "exemplars", ["kind", "label"])
    op.create_index("ix_exemplars_window_id", "exemplars", ["window_id"])
    op.create_table(
        "embeddings",
        sa.Column("exemplar_id", _big(), nullable=False),
        sa.Column("embedder_id", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            *(["exemplar_id"], ["exemplars.id"]),
            name="fk_embeddings_exemplar_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("exemplar_id", "embedder_id", name="pk_embeddings"),
    )


def _create_index_versions() -> None:
    op.create_table(
        "index_versions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("embedder_id", sa.Text(), nullable=False),
        sa.Column("weights_id", sa.Text(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("exemplar_count", sa.Integer(), nullable=False),
        sa.Column("exemplar_ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_index_versions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_index_versions_digest", "index_versions", ["digest"])
    op.create_table(
        "index_labels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version_id", _big(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["index_versions.id"], name="fk_index_labels_version_id"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_index_labels"),
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _big(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_subject", "events", ["subject"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("sound_seconds", sa.Double(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("stage_done", sa.Integer(), nullable=False),
        sa.Column("stage_total", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("index_version", sa.BigInteger(), nullable=True),
        sa.Column("weights_id", sa.Text(), nullable=True),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("started_at", _moment(), nullable=True),
        sa.Column("seen_at", _moment(), nullable=True),
        sa.Column("finished_at", _moment(), nullable=True),
        sa.Column("expires_at", _moment(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("idempotency_key", name="uq_jobs_idempotency_key"),
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])


def _create_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("weights_id", sa.Text(), nullable=False),
        sa.Column("index_version", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workers"),
    )
    op.create_index("ix_workers_seen_at", "workers", ["seen_at"])
