"""A database that the release with schema step 0004 wrote, opened by this one.

``fourth_schema.json`` holds what that release's own code wrote: a recording of three exemplars, of
which one was removed, edits by two curators, one added exemplar, a tag and a pinned ``live``, two
keys, an answered write, a worker, and five jobs, one in each state.
"""

import hashlib

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from annotations.answer_repository import AnswerRepository, WriteKey
from annotations.curation_records import Change, Restore
from annotations.database import MIGRATIONS, Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.key_repository import KeyRepository
from annotations.records import JobDraft, JobOutcome, JobState
from annotations.repository import Repository
from annotations.tables import Base
from tests.annotations.old_databases import old_database, old_rows
from tests.annotations.stored import applied
from tests.databases import KINDS

OLD = old_rows("fourth_schema.json")
KEY = "chironomia_old_release_key"


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    with old_database(request.param, tmp_path, "0004", OLD) as url:
        yield url


@pytest.fixture
def database(url):
    with Database.open(url) as database:
        yield database


@pytest.fixture(scope="module", params=KINDS)
def opened(request, tmp_path_factory):
    """The same for tests that only read."""
    folder = tmp_path_factory.mktemp("opened")
    with old_database(request.param, folder, "0004", OLD) as url, Database.open(url) as database:
        yield database


def old_job(state: str) -> dict:
    return next(row for row in OLD["jobs"] if row["state"] == state)


def test_the_tables_are_those_that_the_code_describes(opened):
    with opened.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_no_row_is_lost(opened):
    with opened.engine.connect() as connection:
        for table, rows in OLD.items():
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            assert found == len(rows), table


def test_jobs_are_as_they_were_and_know_their_kind(opened):
    with opened.reading() as session:
        jobs = {each.state: each for each in JobQueries(session).listed()}
    assert set(jobs) == set(JobState) - {JobState.EXPIRED}
    done = jobs[JobState.SUCCEEDED]
    assert (done.id, done.seed, done.index_version) == (old_job("succeeded")["id"], 7, 3)
    assert done.result["files"] == {"motion.npz": "ab"}
    assert done.idempotency_key == "key-1"
    kinds = {state: job.kind for state, job in jobs.items()}
    assert kinds[JobState.QUEUED] == "recording"
    assert kinds[JobState.FAILED] == "explanation"
    assert kinds[JobState.RUNNING] == kinds[JobState.CANCELED] == "gestures"
    assert all(job.request_id is None for job in jobs.values())


def test_open_jobs_go_on_and_tell_of_it(database):
    with database.session() as session:
        jobs = JobRepository(session)
        taken = jobs.start(old_job("running")["id"], "w3")
        assert taken.attempt == old_job("running")["attempt"] + 1
        assert jobs.succeed(taken.id, taken.attempt, JobOutcome({})).state is JobState.SUCCEEDED
        assert jobs.cancel(old_job("queued")["id"]).state is JobState.CANCELED
        again = jobs.submit(JobDraft({}, idempotency_key="key-1", body_hash="h1"))
        assert (again.created, again.job.id) == (False, old_job("succeeded")["id"])
        events = JobQueries(session).events(taken.id, 0)
        assert [each.state for each in events] == [JobState.RUNNING, JobState.SUCCEEDED]


def test_keys_and_answered_writes_are_still_known(opened):
    with opened.session() as session:
        known = KeyRepository(session).under(hashlib.sha256(KEY.encode()).hexdigest())
        assert (known.name, set(known.scopes)) == ("ada", {"curate", "generate"})
        assert (
            KeyRepository(session).under(hashlib.sha256(b"chironomia_revoked").hexdigest()) is None
        )
        answered = AnswerRepository(session).claim(WriteKey("ada", "write-1", "d" * 64))
        assert (answered.status, answered.etag) == (201, '"2"')


def test_tags_versions_and_vectors_point_where_they_pointed(opened):
    with opened.reading() as session:
        repository = Repository(session)
        assert repository.versions.resolve("live") == 2
        assert repository.versions.resolve("show") == 3
        head = repository.versions.head()
        assert repository.indexed_ids(2) == (1, 2, 3)
        assert repository.indexed_ids(head) == (2, 3, 4)
        pairs = repository.indexed_at(1).pairs
        vectors = repository.embeddings.get(pairs, "fake@1")
    expected = np.arange(12, dtype=np.float32).reshape(3, 4) / 7
    np.testing.assert_array_equal(vectors, expected)


def test_editing_goes_on_behind_the_last_number(database):
    before = OLD["events"][-1]["seq"]
    outcome = applied(database, Change(1, Restore()))
    assert outcome.version > before
    with database.reading() as session:
        assert Repository(session).indexed_ids() == (1, 2, 3, 4)


def test_a_downgrade_and_an_upgrade_lose_no_row_of_that_release(database):
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    for where in ("0004", "head"):
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            (command.downgrade if where == "0004" else command.upgrade)(config, where)
            if where == "0004":
                assert "webhooks" not in inspect(connection).get_table_names()
    test_no_row_is_lost(database)
