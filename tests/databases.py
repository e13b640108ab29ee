"""Empty databases for tests: SQLite always, Postgres where one answers.

The server comes from ``CHIRONOMIA_TEST_POSTGRES``; every database made here is dropped again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

KINDS = ("sqlite", "postgres")
SERVER = os.environ.get("CHIRONOMIA_TEST_POSTGRES", "postgresql+psycopg://root@127.0.0.1:5432")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """URL of a database of one of the `KINDS`; skips the test where there is no such server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'chironomia.db'}"
        return
    server = make_url(SERVER).set(database="postgres")
    admin = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"chironomia_test_{uuid4().hex}"
    try:
        _execute(admin, f"CREATE DATABASE {name}")
    except (SQLAlchemyError, ImportError) as error:
        admin.dispose()
        pytest.skip(f"no Postgres at {SERVER}: {error}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(admin, f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


def _execute(engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))
