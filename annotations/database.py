"""Engine, sessions and schema upgrades: SQLite by default, Postgres by URL."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from annotations.json_text import json_text

MIGRATIONS = "service:migrations"
"""Where alembic finds the steps that build the schema."""
BUSY_SECONDS = 30.0
"""How long a writer waits for another one on the same SQLite file."""
RETRY_SECONDS = 0.05
"""Between two tries where SQLite does not wait itself."""
POOLED, CONNECTIONS = 5, 15
"""Connections kept open between uses, and most at a time."""
NO_ANSWER = (OperationalError, InterfaceError, TimeoutError)
"""What is raised where a database does not answer, or has no connection left; nobody's mistake."""
_UPGRADE_LOCK = 0x6368_6972
"""Postgres advisory lock that lets one process at a time upgrade the schema."""


class DatabaseUrlError(ValueError):
    """The database URL names no database we can use."""


class DatabaseUnavailableError(ConnectionError):
    """The database does not answer, or was written by a newer release."""


class Database:
    """One database, its schema at the newest step; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"

    @classmethod
    def open(cls, url: str, connections: int = CONNECTIONS) -> Self:
        """Connect to ``sqlite:///file`` or ``postgresql://...`` and upgrade the schema.

        At most so many ``connections`` are open at a time; a thread needs one.
        """
        checked = _checked_url(url)
        make = _sqlite_engine if _is_sqlite(checked) else _postgres_engine
        engine = make(checked, connections)
        shown = checked.render_as_string(hide_password=True)
        try:
            _upgrade(engine)
        except (DBAPIError, CommandError) as error:
            engine.dispose()
            raise DatabaseUnavailableError(_why_not_opened(shown, error)) from error
        return cls(engine)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction that may write: committed on leaving, undone on an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that sees a single state of the database and writes nothing."""
        how = {"sqlite_begin": "BEGIN"} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        engine = self.engine.execution_options(**how)
        with Session(engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _checked_url(url: str) -> URL:
    expected = "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(f"the database URL cannot be read; {expected}") from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise DatabaseUrlError(f"database kind {parsed.drivername!r} is not supported; {expected}")
    if _is_sqlite(parsed) and parsed.database in (None, "", ":memory:"):
        raise DatabaseUrlError(f"an SQLite database needs a file, found none; {expected}")
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite_engine(url: URL, connections: int = CONNECTIONS) -> Engine:
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailableError(
            f"the folder of {file} cannot be made ({error}); name a writable place"
        ) from error
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=json_text,
        pool_size=POOLED,
        max_overflow=connections - POOLED,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Write-ahead log, foreign keys, and transactions begun by us, not by the driver."""
    connection.isolation_level = None
    keep_write_ahead_log(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def keep_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Give an SQLite file a write-ahead log, which it keeps: readers hold up no writer.

    The first switch needs the file alone, and SQLite does not wait for it where another process
    is about to write, as when several open a new file at once.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer could not wait for it."""
    how = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    connection.exec_driver_sql(how)


def _postgres_engine(url: URL, connections: int = CONNECTIONS) -> Engine:
    try:
        return create_engine(
            url,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
            json_serializer=json_text,
            pool_size=POOLED,
            max_overflow=connections - POOLED,
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DatabaseUrlError(
            "Postgres needs its driver: pip install 'chironomia[postgres]'"
        ) from error


def _upgrade(engine: Engine) -> None:
    """Run every migration step that is still missing, one process at a time."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@dataclass(frozen=True)
class SchemaState:
    """Which step of the schema a database has reached."""

    found: str | None
    """None where it is empty, or not there yet."""
    newest: str


def schema_state(url: str) -> SchemaState:
    """Connect without changing anything; an SQLite file that is missing is not made."""
    checked = _checked_url(url)
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    newest = ScriptDirectory.from_config(config).get_current_head() or ""
    if _is_sqlite(checked) and not Path(checked.database or "").exists():
        return SchemaState(None, newest)
    engine = _sqlite_engine(checked) if _is_sqlite(checked) else _postgres_engine(checked)
    try:
        with engine.execution_options(sqlite_begin="BEGIN").connect() as connection:
            return SchemaState(
                MigrationContext.configure(connection).get_current_revision(), newest
            )
    except (DBAPIError, CommandError) as error:
        shown = checked.render_as_string(hide_password=True)
        raise DatabaseUnavailableError(_why_not_opened(shown, error)) from error
    finally:
        engine.dispose()


def without_password(url: str) -> str:
    """A database URL as it may be shown."""
    return _checked_url(url).render_as_string(hide_password=True)


def _why_not_opened(shown: str, error: DBAPIError | CommandError) -> str:
    match error:
        case CommandError():
            advice = "it was written by a newer release; install that one, or open another database"
            return f"{shown} cannot be upgraded: {error}; {advice}"
        case OperationalError():
            advice = "is the server running, does the database exist, is the file writable?"
        case _:
            advice = "is this a database of ours?"
    return f"{shown} cannot be opened: {error.orig}; {advice}"
