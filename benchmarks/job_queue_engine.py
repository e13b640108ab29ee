"""The durable engine's share of `job_queue`: enqueueing, claiming, waiting."""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from uuid import uuid4

import psycopg
from dbos import DBOSClient

from service.engine import launch_engine, leave_engine
from service.queues import APPLICATION_VERSION, QUEUE, WORKFLOW
from service.settings import Settings

SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    value: float
    unit: str = "a second"
    commits: float | None = None
    """How many bare commits one of these takes; ``None`` where a rate is not bound by them."""


def rate(work: Callable[[int], object], count: int, threads: int = 1) -> float:
    """Calls a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(count)))
    return count / (time.perf_counter() - began)


def written(url: str) -> tuple[int, int]:
    """Transactions of the database and rows written in it so far, by Postgres' own count."""
    query = (
        "SELECT xact_commit, tup_inserted + tup_updated + tup_deleted"
        " FROM pg_stat_database WHERE datname = current_database()"
    )
    time.sleep(1.2)  # sessions tell their counts once a second
    with psycopg.connect(url, autocommit=True) as connection:
        transactions, rows = connection.execute(query).fetchone()
    return int(transactions), int(rows)


def engine_figures(
    settings: Settings, jobs: int, processes: Sequence[int], bare: float
) -> Iterator[Row]:
    """The durable engine: enqueueing, claiming by several processes, polling without work."""
    client = DBOSClient(system_database_url=settings.jobs_database)
    try:
        for threads in (1, 4):
            speed = rate(partial(_enqueue, client, f"alone {threads}"), jobs, threads)
            name = f"enqueued by the engine's client, threads: {threads}"
            yield Row(name, speed, commits=bare / speed if threads == 1 else None)
        _forget_queued(settings)
        for worker_jobs in (8, 64):
            for count in processes:
                yield from claims(settings, client, count, (jobs, worker_jobs))
    finally:
        client.destroy()


def _enqueue(client: DBOSClient, prefix: str, number: int) -> None:
    """As `service.jobs.JobDesk.enqueue` does."""
    options = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": f"{prefix} {number}",
        "app_version": APPLICATION_VERSION,
    }
    client.enqueue(options, f"{prefix} {number}")


def claims(
    settings: Settings, client: DBOSClient, workers: int, load: tuple[int, int]
) -> Iterator[Row]:
    """Workflows begun and ended a second; what waiting workers cost, and their connections."""
    jobs, at_once = load
    stop = SPAWN.Event()
    ready = SPAWN.Semaphore(0)
    given = ((str(settings.home), settings.jobs_database, at_once), ready, stop)
    made = [SPAWN.Process(target=empty_worker, args=given) for _ in range(workers)]
    for process in made:
        process.start()
    for _ in made:
        ready.acquire()
    url, who = settings.jobs_database, f"{workers} workers, {at_once} at once"
    try:
        first, waited = written(url), time.monotonic()
        time.sleep(4.0)
        middle, began = written(url), time.monotonic()
        idle = (middle[0] - first[0]) / (began - waited)
        prefix = uuid4().hex[:8]
        rate(partial(_enqueue, client, prefix), jobs, 4)
        seconds = _wait_for(settings, prefix, jobs)
        yield Row(f"claimed and finished, {who}", jobs / seconds)
        if at_once == 8:
            yield Row(f"transactions while waiting, {who}", idle)
            if workers == 1:
                last = written(url)
                taken = last[0] - middle[0] - idle * (time.monotonic() - began)
                yield Row("transactions of an empty workflow", taken / jobs, "a job")
                yield Row("rows it writes", (last[1] - middle[1]) / jobs, "a job")
            yield Row(f"connections held, {who}", _connections(settings), "")
    finally:
        stop.set()
        for process in made:
            process.join(20)
            process.kill()


def empty_worker(given: tuple[str, str, int], ready: Semaphore, stop: Event) -> None:
    """A worker whose jobs are empty, with an executor id of its own."""
    home, url, at_once = given
    settings = Settings(home=Path(home), database_url=url, worker_jobs=at_once)
    launch_engine(settings, f"worker-{os.getpid()}", lambda _job, _durably: None)
    ready.release()
    stop.wait()
    leave_engine()


def _wait_for(settings: Settings, prefix: str, jobs: int) -> float:
    """Seconds from the first claim to the last end."""
    query = (
        "SELECT count(*) FILTER (WHERE status = 'SUCCESS'), min(started_at_epoch_ms),"
        " max(updated_at) FROM dbos.workflow_status WHERE workflow_uuid LIKE %s"
    )
    with psycopg.connect(settings.jobs_database, autocommit=True) as connection:
        deadline = time.monotonic() + 120.0
        while time.monotonic() < deadline:
            done, first, last = connection.execute(query, (f"{prefix}%",)).fetchone()
            if done == jobs:
                return (last - first) / 1000
            time.sleep(0.25)
    raise TimeoutError(f"{done} of {jobs} workflows ended within two minutes")


def _forget_queued(settings: Settings) -> None:
    with psycopg.connect(settings.jobs_database, autocommit=True) as connection:
        connection.execute("DELETE FROM dbos.workflow_status WHERE status = 'ENQUEUED'")


def _connections(settings: Settings) -> float:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with psycopg.connect(settings.jobs_database, autocommit=True) as connection:
        counts = [connection.execute(query).fetchone()[0] - 1 for _ in range(3)]
    return float(statistics.median(counts))
