"""A worker that is paused, killed, or leaves: another goes on where it was.

The workers that one test leaves alive serve the next one.
"""

import io
import signal
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import make_url, text, update

from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobState
from annotations.tables import JobRow
from annotations.worker_repository import WorkerRepository
from service.storage import Storage
from service.takeover import UNKNOWN_AFTER
from tests.service.serving import PATIENCE_SECONDS, wait_until
from tests.service.two_workers import STEP_WINDOWS, WINDOWS, batches, row, sampled, sent
from tests.service.world import finished


def stop_between_writes(worker, settings, database) -> None:
    """Pause a worker, but not where it holds a lock that all wait for."""
    while True:
        worker.pause()
        if not holds_a_lock(settings, database):
            return
        worker.tell(signal.SIGCONT)


def holds_a_lock(settings, database) -> bool:
    """Whether a transaction that has written is open and does not go on."""
    if settings.database_url is not None:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        waiting += " AND backend_xid IS NOT NULL AND datname = current_database()"
        with database.reading() as session:
            return bool(session.scalar(text(waiting)))
    for url in (settings.database, settings.jobs_database):
        try:
            with closing(sqlite3.connect(make_url(url).database, timeout=1.0)) as connection:
                connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def heard_of(database, name: str, since: datetime) -> bool:
    with database.reading() as session:
        return name in WorkerRepository(session).names(since)


def arrays_of(client, job: str) -> dict[str, bytes]:
    """The members of the npz, to the bit; its comment names the job."""
    content = client.get(f"/v1/jobs/{job}/result.npz").raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def never_told_of(database, request) -> str:
    """A job whose API died between the commit of its row and telling the engine."""
    with database.session() as session:
        job = JobRepository(session).submit(JobDraft(request)).job.id
        past = datetime.now(UTC) - 2 * UNKNOWN_AFTER
        session.execute(update(JobRow).where(JobRow.id == job).values(created_at=past))
    return job


def test_a_worker_that_was_paused_makes_no_second_result(shared):
    client, database, both = shared.client, shared.database, shared.crew.of(2)
    job = sent(client)
    wait_until(lambda: len(batches(shared.settings, job)) >= 1)
    paused = next(each for each in both if each.name == row(database, job).worker)
    (other,) = (each for each in both if each is not paused)
    stop_between_writes(paused, shared.settings, database)
    ended = finished(client, job)
    result = client.get(ended["links"]["npz"])
    continued = datetime.now(UTC)
    paused.tell(signal.SIGCONT)
    wait_until(lambda: heard_of(database, paused.name, continued))

    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert row(database, job).worker == other.name
    assert client.get(f"/v1/jobs/{job}").json() == ended
    assert client.get(ended["links"]["npz"]).headers["ETag"] == result.headers["ETag"]
    assert sampled(paused, job) + sampled(other, job) <= WINDOWS + STEP_WINDOWS
    assert finished(client, sent(client))["attempt"] == 1, "nobody is left to work"
    assert not [line for line in paused.lines("job ended") if line["job"] == job]
    assert client.get("/readyz").status_code == 200


def test_another_worker_goes_on_where_a_killed_one_was(shared):
    client, database, both = shared.client, shared.database, shared.crew.of(2)
    job = sent(client)
    wait_until(lambda: len(batches(shared.settings, job)) >= 2)
    killed = next(each for each in both if each.name == row(database, job).worker)
    (other,) = (each for each in both if each is not killed)
    killed.tell(signal.SIGKILL)
    killed.process.wait()
    kept = batches(shared.settings, job)
    ended = finished(client, job)

    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert row(database, job).worker == other.name
    assert 2 <= len(kept) < 8, "it was killed too late for this test to mean anything"
    assert sampled(killed, job) + sampled(other, job) == WINDOWS
    assert sampled(other, job) > 0
    # its end is told first
    wait_until(lambda: not Storage(shared.settings.home).windows(job).exists())

    undisturbed = sent(client)
    assert finished(client, undisturbed)["attempt"] == 1
    assert sampled(other, undisturbed) == WINDOWS
    assert arrays_of(client, job) == arrays_of(client, undisturbed)


def test_a_worker_that_leaves_costs_a_job_nothing_and_forgotten_jobs_are_found(shared):
    client, database = shared.client, shared.database
    (first,) = shared.crew.of(1)
    job = sent(client)
    wait_until(lambda: len(batches(shared.settings, job)) >= 1)
    first.tell(signal.SIGTERM)
    assert first.process.wait(PATIENCE_SECONDS) == 0
    left, kept = row(database, job), batches(shared.settings, job)
    assert (left.state, left.attempt, left.losses) == (JobState.RUNNING, 1, 0)
    forgotten = never_told_of(database, left.request)

    (second,) = shared.crew.of(1)
    ended, found = finished(client, job), finished(client, forgotten)
    assert sampled(second, job, forgotten) == 2 * WINDOWS - sampled(first, job)

    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert (found["state"], found["attempt"]) == ("succeeded", 1)
    assert row(database, job).losses == 0
    assert kept
