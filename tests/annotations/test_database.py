import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from annotations.database import Database, DatabaseUnavailableError, DatabaseUrlError
from annotations.records import StoredRecording
from annotations.repository import Repository
from annotations.tables import Base, RecordingRow, WindowRow
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        yield url


def recording(name: str) -> StoredRecording:
    return StoredRecording(name, "/corpus", 1, "scott", "train")


def test_migrations_build_exactly_the_tables_that_the_code_describes(url):
    with Database.open(url) as database, database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        names = set(inspect(connection).get_table_names())

    assert difference == []
    assert names == {*Base.metadata.tables, "alembic_version"}


def test_opening_again_keeps_what_was_stored(url):
    with Database.open(url) as database, database.session() as session:
        Repository(session).put_recording(recording("2_scott_0_1_1"))

    with Database.open(url) as database, database.reading() as session:
        assert Repository(session).recordings() == (recording("2_scott_0_1_1"),)


def test_several_processes_may_open_a_new_database_at_once(url):
    def opened(_: int) -> int:
        with Database.open(url) as database, database.reading() as session:
            return len(Repository(session).recordings())

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(opened, range(4))) == [0, 0, 0, 0]


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path):
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waited = threading.Timer(0.5, other.execute, ["COMMIT"])
    waited.start()
    try:
        with Database.open(f"sqlite:///{file}") as database, database.reading() as session:
            assert Repository(session).recordings() == ()
    finally:
        waited.join()
        other.close()


def test_an_exception_undoes_the_whole_transaction(url):
    def fail_halfway(database: Database) -> None:
        with database.session() as session:
            Repository(session).put_recording(recording("2_scott_0_1_1"))
            raise RuntimeError("halfway")

    with Database.open(url) as database:
        with pytest.raises(RuntimeError, match="halfway"):
            fail_halfway(database)
        with database.reading() as session:
            assert Repository(session).recordings() == ()


def test_a_reader_keeps_its_view_while_a_writer_commits(url):
    with Database.open(url) as database, database.reading() as reader:
        assert Repository(reader).recordings() == ()
        with database.session() as writer:
            Repository(writer).put_recording(recording("2_scott_0_1_1"))

        assert Repository(reader).recordings() == ()


def test_writers_in_many_threads_wait_for_each_other(url):
    def add(number: int) -> None:
        with database.session() as session:
            repository = Repository(session)
            found = len(repository.recordings())
            repository.put_recording(recording(f"2_scott_0_{number}_{number}"))
            assert len(repository.recordings()) > found

    with Database.open(url) as database:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(add, range(16)))
        with database.reading() as session:
            assert len(Repository(session).recordings()) == 16


def test_foreign_keys_are_enforced(url):
    with Database.open(url) as database, pytest.raises(IntegrityError), database.session() as s:
        s.add(
            WindowRow(
                recording_id="nobody",
                start_seconds=0.0,
                speaker=0,
                text="",
                annotations={},
                digest="",
            )
        )


def test_relationships_are_never_loaded_by_accident(url):
    with Database.open(url) as database, database.session() as session:
        Repository(session).put_recording(recording("2_scott_0_1_1"))
        session.expunge_all()
        row = session.scalars(select(RecordingRow)).one()

        with pytest.raises(InvalidRequestError, match="windows"):
            _ = row.windows


def test_sqlite_runs_in_wal_mode(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'deep' / 'down.db'}") as database:  # noqa: SIM117
        with database.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("", "cannot be read"),
        ("mysql://root@127.0.0.1/x", "'mysql' is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_wrong_url_is_named_with_what_was_expected(url, said):
    with pytest.raises(DatabaseUrlError, match=said) as caught:
        Database.open(url)
    assert "expected sqlite:///FILE or postgresql://" in str(caught.value)


def test_a_server_that_does_not_answer_is_named_without_its_password():
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    with pytest.raises(DatabaseUnavailableError, match="is the server running") as caught:
        Database.open("postgresql://someone:secret@127.0.0.1:1/none")
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("these are not the tables you are looking for\n" * 100)
    before = file.read_bytes()

    with pytest.raises(DatabaseUnavailableError, match="notes.txt"):
        Database.open(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailableError, match="writable place"):
        Database.open(f"sqlite:///{tmp_path / 'file' / 'x.db'}")


def test_a_database_of_a_newer_release_is_refused(tmp_path):
    file = tmp_path / "newer.db"
    Database.open(f"sqlite:///{file}").close()
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    with pytest.raises(DatabaseUnavailableError, match="newer release"):
        Database.open(f"sqlite:///{file}")
