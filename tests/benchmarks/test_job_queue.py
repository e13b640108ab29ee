"""The queue's benchmark writes what the service writes, and leaves nothing behind."""

import job_queue
import psycopg
import pytest
from job_queue_engine import written

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.records import JobState
from tests.databases import empty_database


@pytest.fixture
def url(tmp_path):
    with empty_database("postgres", tmp_path) as url:
        yield url


def test_a_life_is_a_whole_job_with_its_events(url):
    with Database.open(url) as database:
        job_queue.lives(database, 2)
        with database.reading() as session:
            jobs = JobQueries(session).listed()
            events = JobQueries(session).events(jobs[0].id)

    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
    told = [event.progress.stage for event in events if event.progress is not None]
    assert list(dict.fromkeys(told)) == list(dict.fromkeys(job_queue.STAGES))


def test_postgres_itself_counts_what_is_written(url):
    plain = url.replace("+psycopg", "")
    before = written(plain)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE counted (id int)")
        connection.execute("INSERT INTO counted SELECT generate_series(1, 1000)")
    after = written(plain)
    assert after[0] >= before[0] + 2
    assert before[1] + 1000 <= after[1] < before[1] + 1500


def test_its_own_database_is_gone_afterwards(url):
    server = url.replace("+psycopg", "")
    with job_queue.own_database(server) as own:
        name = own.rsplit("/", 1)[1]
        with psycopg.connect(own) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (name,)
    with psycopg.connect(server) as connection:
        query = "SELECT count(*) FROM pg_database WHERE datname = %s"
        assert connection.execute(query, (name,)).fetchone() == (0,)
