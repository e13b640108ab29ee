"""What Postgres bears as the queue: enqueueing, claiming, rows of jobs and events, signs of life.

    python benchmarks/job_queue.py postgresql://postgres@127.0.0.1:5432/postgres [--jobs 400]

The URL names a server and a database to connect to; everything happens in a database of its own,
dropped at the end. The baseline is a commit of one row by the bare driver, since a server's disk
and neighbours decide that; figures are rates, with the ratio to the baseline beside them. Workers
are processes with the service's own engine (`service.engine`): its polling, its workflow of one
step, here without work inside. A life is what a ten-second request writes through `JobRepository`:
accepted, started, six reports, ended; the rows that the engine keeps beside it come on top.

Expected before measuring: an enqueue costs two to four commits, a life fifteen; one worker claims
as often as it polls, 8 jobs ten times a second, until it is bound by its own process at 100 to 150
a second; two workers nearly twice that, four less than three times on two cores; an idle worker
makes 30 transactions a second by polling alone; admission reads every open job, so that it is fast
at a hundred of them and takes tens of milliseconds at 64,000.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
from job_queue_engine import SPAWN, Row, engine_figures, rate, written
from sqlalchemy import make_url, text

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome, Progress
from annotations.worker_repository import LiveWorker, WorkerRepository
from service.engine import prepare_engine
from service.settings import Settings

REQUEST = {"sound": "0" * 64, "words": [["word", 0.1, 0.3]] * 25, "options": {"seed": 7}}
STAGES = ("annotate", "retrieve", "denoise", "denoise", "denoise", "export")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="postgresql://USER@HOST:PORT/DATABASE; may create databases")
    parser.add_argument("--jobs", type=int, default=400, help="jobs a figure")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--open", type=int, nargs="+", default=[64, 1000, 10_000, 64_000])
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    with own_database(asked.server) as url:
        rows = []
        for row in measured(url, asked):
            rows.append(row)
            ratio = "" if row.commits is None else f"{row.commits:10.1f} commits"
            if not asked.json:
                sys.stdout.write(f"{row.name:56} {row.value:10,.1f} {row.unit:20}{ratio}\n")
                sys.stdout.flush()
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A database that is gone afterwards."""
    name = f"chironomia_bench_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def measured(url: str, asked: argparse.Namespace) -> Iterator[Row]:
    """All figures, one after the other."""
    bare = bare_commits(url)
    yield Row("commits of one row by the bare driver, one connection", bare, commits=1.0)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=url)
        prepare_engine(settings)
        with Database.open(url) as database:
            yield from row_figures(url, database, asked, bare)
            for count in asked.workers:
                yield lives_of_processes(url, count, asked.jobs)
            yield from admission_figures(database, asked.open)
        yield from engine_figures(settings, asked.jobs, asked.workers, bare)


def bare_commits(url: str) -> float:
    """Commits a second of the plain driver."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (id int PRIMARY KEY, words text)")
        return rate(lambda n: connection.execute("INSERT INTO bare VALUES (%s, 'row')", (n,)), 300)


def row_figures(
    url: str, database: Database, asked: argparse.Namespace, bare: float
) -> Iterator[Row]:
    """Rows of ours: lives of jobs, signs of life."""
    before = written(url)
    speed = lives(database, asked.jobs)
    after = written(url)
    yield Row("lives of a job through JobRepository, one thread", speed, commits=bare / speed)
    yield Row("transactions of a life", (after[0] - before[0]) / asked.jobs, "a job")
    yield Row("rows a life writes, old versions too", (after[1] - before[1]) / asked.jobs, "a job")

    def beat(number: int) -> None:
        with database.session() as session:
            worker = LiveWorker(f"worker {number % 50}", "weights", 7, "cuda")
            WorkerRepository(session).beat(worker)

    speed = rate(beat, asked.jobs)
    yield Row("signs of life of workers", speed, commits=bare / speed)


def draft() -> JobDraft:
    """A ten-second request."""
    return JobDraft(request=REQUEST, sound_seconds=10.0, seed=7, body_hash="0" * 64)


def lives(database: Database, count: int) -> float:
    """Lives a second."""

    def live(_: int) -> None:
        with database.session() as session:
            jobs = JobRepository(session)
            jobs.lock_queue()
            job = jobs.submit(draft()).job.id
            jobs.load()
        with database.session() as session:
            started = JobRepository(session).start(job, "worker")
        assert started is not None
        for done, stage in enumerate(STAGES):
            with database.session() as session:
                JobRepository(session).report(job, started.attempt, Progress(stage, done, 20))
        with database.session() as session:
            JobRepository(session).succeed(job, started.attempt, JobOutcome({"files": {}}, 7, "w"))

    return rate(live, count)


def live_apart(url: str, count: int, begin: float) -> tuple[float, float]:
    """Lives in a process of their own; when they began and ended."""
    with Database.open(url) as database:
        lives(database, 5)
        time.sleep(max(0.0, begin - time.time()))
        began = time.time()
        lives(database, count)
    return began, time.time()


def lives_of_processes(url: str, processes: int, count: int) -> Row:
    """Lives a second of so many processes together."""
    with SPAWN.Pool(processes) as pool:
        each = count // processes
        begin = time.time() + 4.0 + processes
        spans = pool.starmap(live_apart, [(url, each, begin)] * processes)
    seconds = max(end for _, end in spans) - min(start for start, _ in spans)
    name = f"lives of a job through JobRepository, {processes} processes"
    return Row(name, each * processes / seconds)


def admission_figures(database: Database, sizes: Sequence[int]) -> Iterator[Row]:
    """What admission asks before it takes a job, by how many jobs are open."""
    held = 0
    insert = text(
        "INSERT INTO jobs (id, kind, state, request, sound_seconds, stage_done, stage_total,"
        " attempt, created_at) SELECT 'open ' || n, 'gestures', 'queued', '{}', 10, 0, 0, 0, now()"
        " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
    )
    for size in sorted(sizes):
        with database.session() as session:
            session.execute(insert, {"first": held, "last": size - 1})
        with database.engine.connect() as plain:
            admin = plain.execution_options(isolation_level="AUTOCOMMIT")
            admin.execute(text("VACUUM ANALYZE jobs"))
        held = size
        looks = rate(partial(_look, database), 30)
        yield Row(f"looks at the load of the queue, {size:,} jobs open", looks)


def _look(database: Database, _number: int) -> None:
    with database.reading() as session:
        JobRepository(session).load()


if __name__ == "__main__":
    main()
