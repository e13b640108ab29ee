"""The worker: takes jobs from the durable queue and runs the main path. Loads the networks."""

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import NO_ANSWER, Database
from annotations.job_repository import JobRepository
from annotations.records import Job, JobOutcome, JobState
from annotations.worker_repository import LiveWorker, WorkerRepository
from diffusion.sampling import SamplingStoppedError
from service.adding import Adder
from service.engine import Durably, launch_engine, leave_engine
from service.errors import GestureError, UnavailableError
from service.failures import device_lost, failure_of
from service.health import WORKER_SILENCE
from service.housekeeping import Housekeeping
from service.kept_windows import Checkpoint, at_once
from service.loading import Loader
from service.logs import bound
from service.metrics.engine import EngineWatch
from service.metrics.registry import Metrics
from service.outcomes import Attempt, Outcomes
from service.reporting import Board, Reporter, StageClock, workers_lost
from service.request import kind_of_job
from service.settings import Settings
from service.snapshots import Snapshots
from service.storage import Storage
from service.warm_up import warm_up
from service.webhooks.delivery import Deliverer

BEAT_SECONDS = 2.0
"""Time between two signs of life."""
ATTEMPTS = 3
"""A job during which so many workers died is not tried again."""

LEAVING_SECONDS = 30.0
"""Longer than the process lives once its time to drain is over."""

_log = structlog.get_logger(__name__)


class Worker:
    """One process that generates; as many as there are machines may share one database.

    It runs several jobs at once, each in a thread of the durable engine's.
    """

    def __init__(
        self, settings: Settings, database: Database, metrics: Metrics | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self.metrics = metrics or Metrics()
        self.drain_seconds = settings.drain_seconds
        """How long running jobs may go on once it is to stop."""
        self.name = settings.worker_name or f"{socket.gethostname()}-{os.getpid()}"
        self.storage = Storage(settings.home)
        self.loader = Loader(settings, database)
        self.snapshots = Snapshots(self.loader)
        self.adder = Adder(database, self.loader, self.storage)
        self._adding, self._again = threading.Lock(), threading.Lock()
        self._outcomes = Outcomes(settings, self.storage, self.loader, self.snapshots, self.adder)
        self._board = Board(database)
        self._running: dict[str, Job] = {}
        self._broken_off: dict[str, int] = {}
        """The attempt at a job that ended here because the database did not answer."""
        self._leaves_at = math.inf
        self._engine = EngineWatch(self.metrics)
        self._deliverer = Deliverer(database, self.metrics, settings.webhook_private)
        self._beaten_at = -WORKER_SILENCE.total_seconds()

    def run(self, stop: threading.Event) -> None:
        """Take jobs until ``stop`` is set, then finish those that run within `drain_seconds`.

        A job that is not done by then goes to another worker.
        """
        opened = self.snapshots.live()
        warm_up(opened.generator)
        # before it takes anything: whoever is not heard of has its work taken over
        self._beat()
        launch_engine(self.settings, self.name, self.run_job)
        self.snapshots.follow(stop)
        self._deliverer.start(stop)
        house = Housekeeping(
            self.settings, self.database, self.snapshots, self._deliverer, self.name
        )
        house.start(stop)
        _log.info(
            "worker ready",
            worker=self.name,
            weights=opened.generator.pipeline.weights_id,
            index=opened.version,
            device=str(opened.generator.pipeline.device),
        )
        while not stop.wait(BEAT_SECONDS):
            self._look_around()
        self._drain()
        with self.database.session() as session:
            WorkerRepository(session).leave(self.name)

    @property
    def alive(self) -> bool:
        """Whether it has told of itself lately: loaded, warm, and the database answers."""
        return time.monotonic() - self._beaten_at < WORKER_SILENCE.total_seconds()

    def _look_around(self, draining: bool = False) -> None:
        """Between two beats: tell of itself, count what was sampled."""
        try:
            self._beat(draining)
            self._engine.look(self.loader.pipeline.engine.counters)
        except SQLAlchemyError as error:
            _log.warning("the database does not answer", worker=self.name, problem=str(error))
        except Exception:
            # a bug of ours must not end the worker, which has jobs to finish
            _log.exception("worker could not look around", worker=self.name)

    def _drain(self) -> None:
        """Take nothing more, and wait for what runs, as long as there is patience."""
        patience = self.drain_seconds if self._running else 0.0
        self._leaves_at = time.monotonic() + patience
        _log.info("worker draining", worker=self.name, jobs=len(self._running), patience=patience)
        self._look_around(draining=True)
        leaving = threading.Thread(target=leave_engine, args=(patience,), daemon=True)
        leaving.start()
        while leaving.is_alive():
            leaving.join(BEAT_SECONDS)
            self._look_around(draining=True)
        for job in list(self._running.values()):
            self._give_back(job)
        _log.info("worker leaves", worker=self.name, left_to_others=len(self._running))

    def _give_back(self, job: Job) -> None:
        """Leave a job to another worker, in a transaction of its own: no row waits for another."""
        if job.worker != self.name:
            return
        try:
            with self.database.session() as session:
                JobRepository(session).give_back(job.id, job.attempt)
        except SQLAlchemyError as error:
            _log.warning("a job is left as one of a dead worker", job=job.id, problem=str(error))

    def _beat(self, draining: bool = False) -> None:
        """Tell everyone that this worker is up, with what it has loaded; waits for no index."""
        opened = self.snapshots.last_live() or self.snapshots.live()
        pipeline = opened.generator.pipeline
        device = str(pipeline.device)
        alive = LiveWorker(self.name, pipeline.weights_id, opened.version, device, draining)
        with self.database.session() as session:
            WorkerRepository(session).beat(alive)
        self._beaten_at = time.monotonic()

    def run_job(self, job_id: str, durably: Durably = at_once) -> None:
        """Run one job to a final state, whatever happens; ``durably`` does parts of it once."""
        with self.database.reading() as session:
            known = JobRepository(session).get(job_id)
        if known is None:
            return
        kind = kind_of_job(known.request)
        with self._noted(known), self._turn(known) as harmless:
            index = self._live_version() if kind == "gestures" else None
            with self.database.session() as session:
                broken_off = self._broken_off.get(job_id, 0)
                job = JobRepository(session).start(job_id, self.name, index, broken_off)
            if job is None:
                self._broken_off.pop(job_id, None)
            else:
                self._running[job_id] = job
                with self._tried_again(job):
                    self._run(job, durably, harmless)
            if kind == "recording":
                self.adder.settle(known)

    @contextmanager
    def _tried_again(self, job: Job) -> Iterator[None]:
        """Remember an attempt that ends without an end of its job: the engine tries it again."""
        try:
            yield
        except SQLAlchemyError:
            self._broken_off[job.id] = job.attempt
            raise
        self._broken_off.pop(job.id, None)

    def _live_version(self) -> int | None:
        """The index version to answer from; none where the job itself is to tell why."""
        try:
            return self.snapshots.live().version
        except UnavailableError:
            return None

    @contextmanager
    def _noted(self, job: Job) -> Iterator[None]:
        """Count a job among those that run, and put it into every line of its thread."""
        self._running[job.id] = job
        self.metrics.running.inc()
        try:
            with bound(job=job.id, request_id=job.request_id):
                yield
        finally:
            self.metrics.running.dec()
            self._running.pop(job.id, None)

    @contextmanager
    def _turn(self, job: Job) -> Iterator[Callable[[], None]]:
        """Wait, before a job starts, for those that it must not meet.

        Recordings change the index one after the other, those in the queue of an earlier release as
        well, where they wait among others. Of jobs that a worker died during, one may
        have killed it: they go one at a time, so that it does not use up the others' attempts.
        What is given may be called to say that this one does no harm.
        """
        begun = job.state is JobState.RUNNING and job.worker is not None
        lost = begun and job.attempt != self._broken_off.get(job.id)
        with ExitStack() as alone, ExitStack() as held:
            if job.losses or lost:
                alone.enter_context(self._again)
            if kind_of_job(job.request) == "recording":
                held.enter_context(self._adding)
            yield alone.close

    def _run(self, job: Job, durably: Durably, harmless: Callable[[], None]) -> None:
        self.metrics.started_job(job)
        _log.info("job started", kind=job.kind, attempt=job.attempt, worker=self.name)
        clock = StageClock(self.metrics)
        reporter = Reporter(self.database, self._board, job, clock)
        if job.losses >= ATTEMPTS:
            self._fail(reporter, workers_lost(job))
            return
        try:
            with self.storage.writing_results(job.id) as folder:
                checkpoint = Checkpoint(self.database, job, harmless)
                attempt = Attempt(job, folder, reporter, durably, checkpoint)
                outcome = self._outcomes.of(attempt)
                clock.end()
                self._succeed(reporter, outcome, folder)
        except SamplingStoppedError:
            _log.info("job was ended from outside")
            self._forget_ended(job.id)
        except GestureError as error:
            self._fail(reporter, error.as_json())
        except NO_ANSWER:
            # no end could be written either: the engine tries again
            raise
        except Exception as error:
            _log.exception("job failed")
            if device_lost(error, self.loader.pipeline.device):
                # every other job would fail as well: the next process may try them all again
                os._exit(os.EX_SOFTWARE)
            self._fail(reporter, failure_of(error))
        finally:
            clock.end()

    def _succeed(self, reporter: Reporter, outcome: JobOutcome, folder: Path) -> None:
        """End a job with its results, unless somebody else has ended it or begun it again."""
        job, rest = reporter.job, reporter.rest()
        with self.database.session() as session:
            jobs = JobRepository(session)
            reporter.write(jobs, rest)
            ended = jobs.succeed(job.id, job.attempt, outcome)
            if ended is not None and outcome.result.get("files"):
                self.storage.publish_results(folder, job.id)
        self._tell_end(ended)

    def _forget_ended(self, job_id: str) -> None:
        """Remove what a canceled job has kept; one that was begun again elsewhere needs it."""
        with self.database.reading() as session:
            found = JobRepository(session).get(job_id)
        if found is not None and found.state.final:
            self.storage.forget_windows(job_id)

    def _tell_end(self, ended: Job | None) -> None:
        """Count and log the end of a job; ``None`` means that somebody else ended it before."""
        if ended is not None:
            self.storage.forget_windows(ended.id)
            self.metrics.ended_job(ended)
            code = (ended.error or {}).get("code")
            _log.info("job ended", kind=ended.kind, state=ended.state.value, code=code)

    def _fail(self, reporter: Reporter, error: dict[str, object]) -> None:
        """End a job without a result, unless another worker has begun it again."""
        if time.monotonic() >= self._leaves_at:
            # the engine is gone under it: no failure of the job, which goes on elsewhere
            time.sleep(LEAVING_SECONDS)
        job, rest = reporter.job, reporter.rest()
        with self.database.session() as session:
            jobs = JobRepository(session)
            reporter.write(jobs, rest)
            ended = jobs.fail(job.id, error, job.attempt)
        self._tell_end(ended)
