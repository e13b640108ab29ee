"""A worker that is paused and comes back finds its work taken over."""

import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import make_url, text

from annotations.database import Database
from annotations.worker_repository import WorkerRepository
from tests.service.serving import served, wait_until
from tests.service.two_workers import (
    STEP_WINDOWS,
    WINDOWS,
    batches,
    row,
    sampled,
    sent,
    workers,
)
from tests.service.world import finished


def stop_between_writes(worker, settings, database) -> None:
    """Pause a worker, but not where it holds a lock that all wait for."""
    while True:
        worker.tell(signal.SIGSTOP)
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


def test_a_worker_that_was_paused_makes_no_second_result(shared):
    with (
        served(shared) as client,
        Database.open(shared.database) as database,
        workers(shared, "one", "two") as both,
    ):
        job = sent(client)
        wait_until(lambda: len(batches(shared, job)) >= 1)
        paused = next(each for each in both if each.name == row(database, job).worker)
        (other,) = (each for each in both if each is not paused)
        stop_between_writes(paused, shared, database)
        ended = finished(client, job)
        result = client.get(ended["links"]["npz"])
        continued = datetime.now(UTC)
        paused.tell(signal.SIGCONT)
        wait_until(lambda: heard_of(database, paused.name, continued))

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert row(database, job).worker == other.name
        assert client.get(f"/v1/jobs/{job}").json() == ended
        assert client.get(ended["links"]["npz"]).headers["ETag"] == result.headers["ETag"]
        assert sampled(paused) + sampled(other) <= WINDOWS + STEP_WINDOWS
        assert finished(client, sent(client))["attempt"] == 1, "nobody is left to work"
        assert not [line for line in paused.lines("job ended") if line["job"] == job]
        assert client.get("/readyz").status_code == 200
