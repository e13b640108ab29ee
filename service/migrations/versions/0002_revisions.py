"""Exemplars keep their identity and get revisions; an index version is the number of an event.

A database of the first schema is carried over: every exemplar gets its annotation and one revision.
One event makes them all, but for those of recordings that were left out of the index: a second one
leaves these out, so that they can be put back. Labels become tags: ``live`` follows the newest
version, others point at the carried state. Versions recorded before are not: they named files that
can be built again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

_BATCH = 1_000
_COVERED = {
    "indexed": ("exemplar_id", "number", "label", "recording_id"),
    "label": ("label", "source", "kind"),
    "word": ("word",),
    "quality": ("quality",),
    "recording": ("recording_id",),
}
_COPIED = (
    *("kind", "label", "word", "start_seconds", "end_seconds", "probability", "source"),
    *("annotation", "prominence", "stroke_seconds", "quality"),
)


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the new tables, carry the rows over, drop the old tables."""
    _set_aside()
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("undoes", _big(), nullable=True))
    _create_exemplars()
    _create_revisions()
    _create_embeddings()
    op.create_table(
        "tags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", _big(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tags"),
    )
    _carry_over()
    for table in ("old_exemplars", "old_embeddings", "index_labels", "index_versions"):
        op.drop_table(table)


def downgrade() -> None:
    """Refused: the first schema has no room for revisions."""
    raise RuntimeError(
        "revisions cannot be carried back to schema 0001; open the backup made before the upgrade"
    )


def _set_aside() -> None:
    """Plain copies, so that the new tables can take the names; children go before parents."""
    for table in ("exemplars", "embeddings"):
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")
    op.drop_table("embeddings")
    op.drop_table("exemplars")


def _create_exemplars() -> None:
    op.create_table(
        "annotations",
        sa.Column("id", _big(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_annotations_recording_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.UniqueConstraint("recording_id", "origin", name="uq_annotations_recording_id_origin"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exemplars",
        sa.Column("id", _big(), nullable=False),
        sa.Column("window_id", _big(), nullable=False),
        sa.Column("annotation_id", _big(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("tier_place", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_exemplars_window_id"),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotations.id"], name="fk_exemplars_annotation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exemplars"),
        sa.UniqueConstraint("origin", name="uq_exemplars_origin"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exemplars_window_id", "exemplars", ["window_id"])
    op.create_index("ix_exemplars_annotation_id", "exemplars", ["annotation_id"])


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("exemplar_id", _big(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", _big(), nullable=False),
        sa.Column("until_seq", _big(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "label", "word")),
        sa.Column("start_seconds", sa.Double(), nullable=False),
        sa.Column("end_seconds", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("annotation", sa.JSON(), nullable=False),
        sa.Column("prominence", sa.Double(), nullable=True),
        sa.Column("stroke_seconds", sa.Double(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["exemplar_id"], ["exemplars.id"], name="fk_revisions_exemplar_id"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_revisions_recording_id"
        ),
        sa.ForeignKeyConstraint(["seq"], ["events.seq"], name="fk_revisions_seq"),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.UniqueConstraint("exemplar_id", "number", name="uq_revisions_exemplar_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revisions_exemplar_id_until_seq", "revisions", ["exemplar_id", "until_seq"])
    op.create_index("ix_revisions_seq", "revisions", ["seq"])
    for name, columns in _COVERED.items():
        op.create_index(f"ix_revisions_{name}", "revisions", ["until_seq", "removed", *columns])


def _create_embeddings() -> None:
    op.create_table(
        "embeddings",
        sa.Column("exemplar_id", _big(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("embedder_id", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            *(["exemplar_id"], ["exemplars.id"]),
            name="fk_embeddings_exemplar_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("exemplar_id", "number", "embedder_id", name="pk_embeddings"),
    )


def _carry_over() -> None:
    connection = op.get_bind()
    old = _rows_of_the_first_schema(connection)
    now, seq = datetime.now(UTC), 0
    if old:
        seqs: dict[int, int] = {}
        for operation in ("migrate", "leave_out"):
            rows = {row["id"]: _content(row) for row in old if _operation(row) == operation}
            if rows:
                seq = _append_event(connection, now, operation, rows)
                seqs |= dict.fromkeys(rows, seq)
        _carry_exemplars(connection, old, seqs)
        connection.execute(
            sa.text(
                "INSERT INTO embeddings (exemplar_id, number, embedder_id, vector) "
                "SELECT exemplar_id, 1, embedder_id, vector FROM old_embeddings"
            )
        )
    _carry_labels(connection, now, seq)


def _rows_of_the_first_schema(connection: sa.Connection) -> list[dict[str, Any]]:
    """Exemplars with their windows; in which tier, and where, each was cut from."""
    query = sa.text(
        "SELECT e.*, w.recording_id, w.start_seconds AS window_start, r.indexed "
        "FROM old_exemplars e JOIN windows w ON w.id = e.window_id "
        "JOIN recordings r ON r.id = w.recording_id ORDER BY e.id"
    ).columns(
        annotation=sa.JSON(),
        quality=sa.JSON(),
        removed=sa.Boolean(),
        indexed=sa.Boolean(),
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _operation(row: Mapping[str, Any]) -> str:
    return "migrate" if row["removed"] or row["indexed"] else "leave_out"


def _content(row: Mapping[str, Any]) -> dict[str, Any]:
    copied = {name: row[name] for name in _COPIED}
    removed = bool(row["removed"]) or not row["indexed"]
    return copied | {"comment": "", "removed": removed, "number": 1}


def _append_event(
    connection: sa.Connection,
    now: datetime,
    operation: str,
    contents: Mapping[int, Mapping[str, Any]],
) -> int:
    events = sa.table(
        "events",
        sa.column("seq", _big()),
        *(sa.column(name, sa.Text()) for name in ("actor", "operation", "subject", "reason")),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("before", sa.JSON()),
        sa.column("after", sa.JSON()),
    )
    event = {
        "at": now,
        "actor": "chironomia",
        "operation": operation,
        "subject": "schema 0002",
        "before": {"rows": {str(each): None for each in contents}},
        "after": {"rows": {str(each): content for each, content in contents.items()}},
        "reason": "rows of the first schema",
    }
    connection.execute(sa.insert(events).values(event))
    seq: int = connection.execute(sa.text("SELECT max(seq) FROM events")).scalar_one()
    return seq


def _carry_exemplars(
    connection: sa.Connection, old: Sequence[Mapping[str, Any]], seqs: Mapping[int, int]
) -> None:
    origins = {row["id"]: (row["recording_id"], _annotation_origin(row)) for row in old}
    numbers = {key: number for number, key in enumerate(dict.fromkeys(origins.values()), start=1)}
    annotations = sa.table(
        "annotations",
        *(sa.column(name) for name in ("id", "recording_id", "origin")),
    )
    exemplars = sa.table(
        "exemplars",
        *(sa.column(name) for name in ("id", "window_id", "annotation_id")),
        *(sa.column(name) for name in ("origin", "tier", "tier_place")),
    )
    places = _tier_places(connection, old)
    _insert(
        connection,
        annotations,
        [
            {"id": number, "recording_id": recording, "origin": origin}
            for (recording, origin), number in numbers.items()
        ],
    )
    _insert(
        connection,
        exemplars,
        [
            {
                "id": row["id"],
                "window_id": row["window_id"],
                "annotation_id": numbers[origins[row["id"]]],
                "origin": row["origin"],
                "tier": _tier(row),
                "tier_place": places[row["id"]],
            }
            for row in old
        ],
    )
    _insert(connection, _revisions(), [_first_revision(row, seqs[row["id"]]) for row in old])
    if connection.dialect.name == "postgresql":
        for table in ("annotations", "exemplars"):
            connection.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
            )


def _revisions() -> sa.TableClause:
    plain = ("exemplar_id", "recording_id", "number", "seq", "comment", "removed")
    return sa.table(
        "revisions",
        *(sa.column(name) for name in plain),
        *(sa.column(name, sa.JSON() if name == "annotation" else None) for name in _COPIED),
    )


def _first_revision(row: Mapping[str, Any], seq: int) -> dict[str, Any]:
    place = {"exemplar_id": row["id"], "recording_id": row["recording_id"], "seq": seq}
    content = _content(row)
    return place | content | {"quality": json.dumps(content["quality"], separators=(",", ":"))}


def _tier(row: Mapping[str, Any]) -> str:
    return "relations" if row["kind"] == "relation" else "gestures"


def _tier_places(
    connection: sa.Connection, old: Sequence[Mapping[str, Any]]
) -> dict[int, int | None]:
    """Where in the tiers of its window each exemplar's annotation stands."""
    wanted: dict[int, list[Mapping[str, Any]]] = {}
    for row in old:
        wanted.setdefault(row["window_id"], []).append(row)
    places: dict[int, int | None] = {}
    windows = sa.text("SELECT id, annotations FROM windows").columns(annotations=sa.JSON())
    for window_id, tiers in connection.execute(windows):
        for row in wanted.get(window_id, ()):
            tier = tiers[_tier(row)]
            found = row["annotation"] in tier
            places[row["id"]] = tier.index(row["annotation"]) if found else None
    return places


def _annotation_origin(row: Mapping[str, Any]) -> str:
    """Equal for one annotation in all windows that hold it."""
    stored = row["annotation"]
    relation = row["kind"] == "relation"
    start, end = stored["connective_interval"] if relation else stored["interval"]
    identity = [
        row["kind"],
        stored["sense"] if relation else stored["type"],
        stored["connective"] if relation else stored["word"],
        round((row["window_start"] + start) * 1000),
        round((row["window_start"] + end) * 1000),
        stored["tokens"],
    ]
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _carry_labels(connection: sa.Connection, now: datetime, seq: int) -> None:
    tags = sa.table(
        "tags",
        *(sa.column(name) for name in ("name", "seq", "actor")),
        sa.column("changed_at", sa.DateTime(timezone=True)),
    )
    names = connection.execute(sa.text("SELECT name FROM index_labels")).scalars().all()
    _insert(
        connection,
        tags,
        [
            {
                "name": name,
                "seq": None if name in ("live", "staging") else seq,
                "actor": "chironomia",
                "changed_at": now,
            }
            for name in names
        ],
    )


def _insert(
    connection: sa.Connection, table: sa.TableClause, rows: Sequence[Mapping[str, Any]]
) -> None:
    for batch in _batches(rows):
        connection.execute(sa.insert(table), [dict(row) for row in batch])


def _batches(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
