"""Databases whose schema stood at the steps 0005 to 0008, opened by this release.

``later_schemas.json`` holds by step the rows of jobs and of what is beside them, as the release
with step 0008 wrote them and as its own steps back left them: jobs in every state, of which one is
in its second attempt and three belong to a batch, their events, a webhook with what is to be told
to it, a worker that drains and one that does not, a lease. The other tables are those of step 0004.
"""

import json

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import select

from annotations.batch_repository import BatchDraft, BatchRepository
from annotations.database import MIGRATIONS, Database
from annotations.job_queries import JobQueries
from annotations.job_records import JobFilter
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome, JobState
from annotations.tables import Base, WorkerRow
from annotations.use_queries import uses
from annotations.webhook_repository import WebhookRepository
from tests.annotations.old_databases import old_database, old_rows
from tests.databases import KINDS

SHARED = {
    name: rows
    for name, rows in old_rows("fourth_schema.json").items()
    if name not in {"jobs", "workers"}
}
LATER = old_rows("later_schemas.json")


class Opened:
    """A database of an earlier step that this release has opened."""

    def __init__(self, step: str, database: Database) -> None:
        self.step, self.database, self.rows = step, database, SHARED | LATER[step]

    def job(self, state: str, batch: str | None = None) -> dict:
        """The row of a job as it was stored."""
        items = {each["id"]: each.get("batch_item") for each in LATER["0008"]["jobs"]}
        return next(
            row
            for row in self.rows["jobs"]
            if row["state"] == state and (items[row["id"]] is None) == (batch is None)
        )


@pytest.fixture(params=[(step, kind) for step in LATER for kind in KINDS], ids="-".join)
def opened(request, tmp_path):
    step, kind = request.param
    with (
        old_database(kind, tmp_path, step, SHARED | LATER[step]) as url,
        Database.open(url) as database,
    ):
        yield Opened(step, database)


def check_no_row_is_lost(opened) -> None:
    with opened.database.engine.connect() as connection:
        for table, rows in opened.rows.items():
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            assert found == len(rows), table


def test_the_tables_are_those_of_the_code_and_no_row_is_lost(opened):
    with opened.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    check_no_row_is_lost(opened)


def test_jobs_and_their_events_are_as_they_were(opened):
    with opened.database.reading() as session:
        jobs = {each.id: each for each in JobQueries(session).listed()}
        whole = {each: JobRepository(session).get(each) for each in jobs}
        told = {each: JobQueries(session).events(each) for each in jobs}
        used = uses(session, [1, 2, 3], 20)
    assert {each.state for each in jobs.values()} == set(JobState)
    for row in opened.rows["jobs"]:
        job = whole[row["id"]]
        assert (job.state, job.kind, job.attempt) == (row["state"], row["kind"], row["attempt"])
        assert job.request == json.loads(row["request"])
        assert (job.result or None) == (row["result"] and json.loads(row["result"]))
        assert job.request_id == row.get("request_id")
        assert (job.batch_id, job.batch_item) == (row.get("batch_id"), row.get("batch_item"))
        stored = [each for each in opened.rows["job_events"] if each["job_id"] == job.id]
        assert [(each.seq, each.state) for each in told[job.id]] == [
            (each["seq"], each["state"]) for each in stored
        ]
        assert job.last_event == len(stored)
    assert used == {1: 0, 2: 0, 3: 1}


def test_open_jobs_go_on_and_losses_count_from_where_they_were(opened):
    with opened.database.session() as session:
        jobs = JobRepository(session)
        running, queued = opened.job("running"), opened.job("queued")
        before = jobs.get(running["id"])
        assert (before.attempt, before.losses) == (2, 1)
        taken = jobs.start(before.id, "w3")
        assert (taken.attempt, taken.losses, taken.last_event) == (3, 2, before.last_event + 1)
        assert jobs.succeed(taken.id, 3, JobOutcome({})).state is JobState.SUCCEEDED
        assert jobs.cancel(queued["id"]).state is JobState.CANCELED
        again = jobs.submit(JobDraft({}, idempotency_key="key-1", body_hash="h1"))
        assert (again.created, again.job.id) == (False, opened.job("succeeded")["id"])


def test_webhooks_and_draining_workers_are_still_known(opened):
    with opened.database.reading() as session:
        hooks = WebhookRepository(session).listed()
        due = [each for hook in hooks for each in WebhookRepository(session).deliveries(hook.id, 9)]
        draining = {row.name: row.draining for row in session.scalars(select(WorkerRow))}
    if opened.step < "0006":
        assert (hooks, draining) == ((), {"w1": False, "w2": False})
        return
    [hook] = hooks
    assert (hook.url, hook.created_by) == ("https://hooks.example.org/jobs", "ada")
    assert {each.job_id for each in due} == {
        row["job_id"] for row in opened.rows["webhook_deliveries"]
    }
    assert draining == {"w1": True, "w2": False}


def test_batches_are_found_again_under_their_key(opened):
    drafts = (JobDraft({}),)
    again = BatchDraft("a show", "ada", drafts, "batch-1", "b" * 64)
    with opened.database.session() as session:
        found = BatchRepository(session).submit(again)
        listed = JobQueries(session).listed(JobFilter(batch=found.batch.id))
    if opened.step < "0007":
        assert found.created
        return
    assert not found.created
    assert found.batch.states == {JobState.SUCCEEDED: 1, JobState.QUEUED: 2}
    assert sorted(each.batch_item for each in listed) == ["take-1", "take-2", "take-3"]


def test_a_downgrade_and_an_upgrade_lose_no_row(opened):
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    with opened.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, opened.step)
    with opened.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    check_no_row_is_lost(opened)
