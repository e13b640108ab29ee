"""Idempotency keys that earlier releases stored are found by their callers and by nobody else."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from annotations.database import MIGRATIONS, Database
from annotations.tables import JobRow
from tests.annotations.old_databases import old_database, old_rows
from tests.databases import KINDS


def rows_of(names, keys):
    """A database of an earlier release: these callers, and jobs under these keys."""
    rows = old_rows("fourth_schema.json")
    like = rows["keys"][0]
    rows["keys"] = [
        like | {"id": i, "name": name, "digest": f"digest {i}"} for i, name in enumerate(names, 1)
    ]
    job = rows["jobs"][0]
    rows["jobs"] = [job | {"id": f"job{i}", "idempotency_key": key} for i, key in enumerate(keys)]
    return rows


def keys_in(database) -> list[str | None]:
    with database.reading() as session:
        return list(session.scalars(select(JobRow.idempotency_key).order_by(JobRow.id)))


@pytest.mark.parametrize("kind", KINDS)
def test_stored_keys_of_names_with_a_slash_are_set_apart(kind, tmp_path):
    rows = rows_of(
        ["team/x", "lab_1/y", "ada", "bob/z", "bob", "operator/q"],
        ["team/x/1", "lab_1/y/a/b", "ada/y/1", "bob/z/1", "bob/1", "LAB_1/y/2", "operator/q/1"],
    )
    with old_database(kind, tmp_path, "0004", rows) as url:
        with Database.open(url) as database:
            upgraded = keys_in(database)
        engine = create_engine(url)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", MIGRATIONS)
            config.attributes["connection"] = connection
            command.downgrade(config, "0009")
            back = list(connection.scalars(text("SELECT idempotency_key FROM jobs ORDER BY id")))
        engine.dispose()
    # a key that could have been sent by bob or by bob/z is nobody's
    assert upgraded == [
        "team/x\n1",
        "lab_1/y\na/b",
        "ada/y/1",
        None,
        "bob/1",
        "LAB_1/y/2",
        None,
    ]
    assert back == ["team/x/1", "lab_1/y/a/b", "ada/y/1", None, "bob/1", "LAB_1/y/2", None]
