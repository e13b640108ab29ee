"""The worker: takes jobs from the durable queue and runs the main path. Loads the networks."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_never

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import Job, JobOutcome, Progress
from annotations.worker_repository import LiveWorker, WorkerRepository
from diffusion.sampling import SamplingStoppedError
from service.adding import Adder
from service.engine import launch_engine, leave_engine
from service.errors import GestureError
from service.explaining import Explainer
from service.explanation_request import ExplanationRequest
from service.loading import Loader
from service.recording_request import RecordingRequest
from service.request import GestureRequest, kind_of_job
from service.results import Json, Origin, write_results
from service.settings import Settings
from service.snapshots import Snapshots
from service.storage import Storage, sha256_of
from service.sweep import SWEEP_SECONDS, sweep

REPORT_SECONDS = 0.3
"""Least time between two looks at the job's row while sampling."""
BEAT_SECONDS = 2.0
"""Time between two signs of life."""
TELL_SECONDS = 60.0
"""Least time between two log lines about sampling."""
ATTEMPTS = 3
"""A job during which so many workers died is not tried again."""

_log = structlog.get_logger(__name__)


class Worker:
    """One process that generates; as many as there are machines may share one database.

    It runs several jobs at once, each in a thread of the durable engine's.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.storage = Storage(settings.home)
        self.loader = Loader(settings, database)
        self.snapshots = Snapshots(self.loader)
        self.adder = Adder(database, self.loader, self.storage)
        self._adding, self._again = threading.Lock(), threading.Lock()
        self._told = 0, -TELL_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Take jobs until ``stop`` is set; a job in the middle is taken up again at the start."""
        opened = self.snapshots.live()
        launch_engine(self.settings, self.run_job)
        self._beat()
        _log.info(
            "worker ready",
            worker=self.name,
            weights=opened.generator.pipeline.weights_id,
            index=opened.version,
            device=str(opened.generator.pipeline.device),
        )
        swept = -SWEEP_SECONDS
        while not stop.wait(BEAT_SECONDS):
            self._tell_sampling()
            try:
                self._beat()
                self.snapshots.write_files()
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._sweep()
            except SQLAlchemyError as error:
                _log.warning("the database does not answer", worker=self.name, problem=str(error))
        leave_engine()
        with self.database.session() as session:
            WorkerRepository(session).leave(self.name)

    def _tell_sampling(self) -> None:
        """Log what the sampling engine has done since the start, where that is more than before."""
        counters, now = self.loader.pipeline.engine.counters, time.monotonic()
        if counters.windows == self._told[0] or now - self._told[1] < TELL_SECONDS:
            return
        self._told = counters.windows, now
        _log.info(
            "sampled",
            worker=self.name,
            windows=counters.windows,
            ticks=counters.ticks,
            mean_batch=round(counters.mean_batch, 2),
            mean_wait_seconds=round(counters.mean_wait_seconds, 4),
            longest_wait_seconds=round(counters.longest_wait_seconds, 4),
            talks_running=counters.talks_running,
        )

    def _sweep(self) -> None:
        """Remove files past their time."""
        try:
            gone = sweep(self.storage, self.database)
        except OSError as error:
            _log.warning("old files were not removed", worker=self.name, problem=str(error))
            return
        if gone:
            _log.info("removed what is past its time", worker=self.name, results_and_uploads=gone)

    def _beat(self) -> None:
        """Tell everyone that this worker is up, with what it has loaded."""
        opened = self.snapshots.live()
        pipeline = opened.generator.pipeline
        alive = LiveWorker(self.name, pipeline.weights_id, opened.version, str(pipeline.device))
        with self.database.session() as session:
            WorkerRepository(session).beat(alive)

    def run_job(self, job_id: str) -> None:
        """Run one job to a final state, whatever happens."""
        with self.database.reading() as session:
            known = JobRepository(session).get(job_id)
        if known is None:
            return
        with self._turn(known):
            with self.database.session() as session:
                job = JobRepository(session).start(job_id, self.name)
            if job is not None:
                self._run(job)
            if kind_of_job(known.request) == "recording":
                self.adder.settle(known)

    @contextmanager
    def _turn(self, job: Job) -> Iterator[None]:
        """Wait, before a job starts, for those that it must not meet.

        Recordings change the index one after the other. Of jobs that a worker died during, one may
        have killed it: they go one at a time, so that it does not use up the others' attempts.
        """
        with ExitStack() as held:
            if job.attempt:
                held.enter_context(self._again)
            if kind_of_job(job.request) == "recording":
                held.enter_context(self._adding)
            yield

    def _run(self, job: Job) -> None:
        if job.attempt > ATTEMPTS:
            self._fail(job.id, _deadly(job))
            return
        try:
            outcome = self._outcome(job)
        except SamplingStoppedError:
            _log.info("job was ended from outside", job=job.id)
        except GestureError as error:
            self._fail(job.id, error.as_json())
        except Exception as error:
            _log.exception("job failed", job=job.id)
            self._fail(job.id, _internal(error))
        else:
            with self.database.session() as session:
                JobRepository(session).succeed(job.id, job.attempt, outcome)

    def _outcome(self, job: Job) -> JobOutcome:
        """What a job of any kind leaves behind."""
        started, content = time.monotonic(), dict(job.request)
        reporter = _Reporter(self.database, job)
        match kind_of_job(job.request):
            case "gestures":
                made = self._generated(job, GestureRequest.from_json(content), reporter)
            case "recording":
                added = self.adder.add(RecordingRequest.from_json(content), reporter)
                made = _Made(added.result, added.version, self.loader.pipeline.weights_id)
            case "explanation":
                made = self._explained(job, ExplanationRequest.from_json(content), reporter)
            case kind:
                assert_never(kind)
        return JobOutcome(
            made.result | {"wall_seconds": round(time.monotonic() - started, 3)},
            made.index_version,
            made.weights_id,
            datetime.now(UTC) + timedelta(days=self.settings.result_days),
        )

    def _generated(self, job: Job, request: GestureRequest, reporter: "_Reporter") -> "_Made":
        opened = self.snapshots.live()
        generator = opened.generator
        generation = generator.generate(
            request.speech(self.storage), request.speaker, request.options, reporter
        )
        reporter("export", 0, 1)
        origin = Origin(
            weights_id=generator.pipeline.weights_id,
            index_version=opened.version,
            speaker=request.speaker,
            options=request.options,
            job=job.id,
            sound=request.sound,
        )
        with self.storage.writing_results(job.id) as folder:
            provenance = write_results(generation, origin, folder)
            files = _sums(folder)
        result = provenance | {"files": files, "seconds": generation.motion.seconds}
        return _Made(result, opened.version, generator.pipeline.weights_id)

    def _explained(self, job: Job, request: ExplanationRequest, reporter: "_Reporter") -> "_Made":
        opened = self.snapshots.at(request.index)
        with self.storage.writing_results(job.id) as folder:
            shown = Explainer(opened, self.storage).explain(request, folder, reporter)
            files = _sums(folder)
        weights_id = opened.generator.pipeline.weights_id
        return _Made(shown | {"files": files}, opened.version, weights_id)

    def _fail(self, job_id: str, error: dict[str, object]) -> None:
        with self.database.session() as session:
            JobRepository(session).fail(job_id, error)


@dataclass(frozen=True)
class _Made:
    """What a job made, and of what."""

    result: Json
    index_version: int
    weights_id: str


def _sums(folder: Path) -> dict[str, str]:
    """Sha256 of each file of a result."""
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir())}


class _Reporter:
    """Writes progress to the job's row, and ends the work when the row says so."""

    def __init__(self, database: Database, job: Job) -> None:
        self._database, self._job = database, job
        self._last = 0.0
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._last < REPORT_SECONDS:
            return
        self._stage, self._last = stage, now
        with self._database.session() as session:
            running = JobRepository(session).report(
                self._job.id, self._job.attempt, Progress(stage, done, total)
            )
        if running is None:
            raise SamplingStoppedError(f"job {self._job.id} was ended while in {stage}")


def _deadly(job: Job) -> dict[str, object]:
    return {
        "type": "internal",
        "code": "workers_lost",
        "message": f"{job.attempt - 1} workers died during this job",
        "retryable": False,
        "remedy": "send a shorter speech, or give the worker more memory",
    }


def _internal(error: Exception) -> dict[str, object]:
    return {
        "type": "internal",
        "code": "unexpected",
        "message": f"{type(error).__name__}: {error}",
        "retryable": True,
        "remedy": "the worker's log has the whole story; tell its operator",
    }
