"""Databases as earlier releases wrote them, row by row, on every kind of server."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, Boolean, DateTime, MetaData, create_engine, insert, text

from annotations.database import MIGRATIONS
from tests.databases import empty_database

NUMBERED = {
    "windows": "id",
    "exemplars": "id",
    "index_versions": "id",
    "events": "seq",
    "annotations": "id",
    "revisions": "id",
    "keys": "id",
}
"""Tables whose rows the database numbers."""


def old_rows(name: str) -> dict[str, Any]:
    """Rows by table of a stored database."""
    content: dict[str, Any] = json.loads((Path(__file__).parent / name).read_text())
    return content


@contextmanager
def old_database(kind: str, folder: Path, step: str, rows: dict[str, Any]) -> Iterator[str]:
    """URL of a database whose schema is at ``step`` and which holds these rows."""
    with empty_database(kind, folder) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", MIGRATIONS)
            config.attributes["connection"] = connection
            command.upgrade(config, step)
            tables = MetaData()
            tables.reflect(connection)
            for table in tables.sorted_tables:
                if found := rows.get(table.name):
                    connection.execute(insert(table), [_typed(table, row) for row in found])
            if kind == "postgres":
                _count_on(connection, rows)
        engine.dispose()
        yield url


def _count_on(connection, rows) -> None:
    """Let sequences go on behind the rows, as if they had numbered them."""
    for table, column in NUMBERED.items():
        if rows.get(table):
            sequence = f"pg_get_serial_sequence('{table}', '{column}')"
            connection.execute(text(f"SELECT setval({sequence}, max({column})) FROM {table}"))


def _typed(table, row):
    return {name: _value(table.c[name], value) for name, value in row.items()}


def _value(column, value):
    """A cell as its column takes it."""
    if value is None:
        return None
    if isinstance(column.type, JSON):
        return json.loads(value)
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if isinstance(column.type, Boolean):
        return bool(value)
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
