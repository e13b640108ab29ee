"""Idempotency keys of callers whose names hold a slash, set apart from those of all others.

A caller `team` that sent `x/1` and a caller `team/x` that sent `1` had the same stored key.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None

_TABLES = ("jobs", "batches")
_WITHOUT_KEY = ("anonymous", "operator")
"""Callers who need not be in the table of keys."""


def upgrade() -> None:
    """Put a line end behind names with a slash; a key that could be two callers' is nobody's."""
    connection = op.get_bind()
    keys = sa.table("keys", sa.column("name", sa.Text()))
    found = connection.scalars(sa.select(keys.c.name))
    names = sorted({*found, *_WITHOUT_KEY}, key=len, reverse=True)
    for name in (each for each in names if "/" in each):
        shared = any(name.startswith(f"{other}/") for other in names)
        for table in _TABLES:
            _separate(connection, table, f"{name}/", None if shared else f"{name}\n")


def _separate(connection: sa.Connection, name: str, old: str, new: str | None) -> None:
    """Give the keys that begin with one text another beginning, or take them away."""
    table = sa.table(name, sa.column("id"), sa.column("idempotency_key", sa.Text()))
    key = table.c.idempotency_key
    query = sa.select(table.c.id, key).where(key.startswith(old, autoescape=True))
    for row in connection.execute(query).all():
        # SQLite compares without regard to capitals
        if row.idempotency_key.startswith(old):
            changed = None if new is None else new + row.idempotency_key[len(old) :]
            update = sa.update(table).where(table.c.id == row.id)
            connection.execute(update.values(idempotency_key=changed))


def downgrade() -> None:
    """Put the slash back, but where another caller's key would be the same then."""
    for name in _TABLES:
        table = sa.table(name, sa.column("idempotency_key", sa.Text()))
        other = table.alias()
        key = table.c.idempotency_key
        slashed = sa.func.replace(key, "\n", "/")
        taken = sa.exists().where(other.c.idempotency_key == slashed)
        update = sa.update(table).where(key.contains("\n"), ~taken)
        op.get_bind().execute(update.values(idempotency_key=slashed))
