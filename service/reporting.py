"""What a running job tells of itself: its row, log lines, times of its stages, how it failed."""

import time

import structlog

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.records import Job, Progress
from diffusion.sampling import SamplingStoppedError
from service.metrics.registry import Metrics

REPORTS_A_STAGE = 50
"""Most times that progress of one stage is written, however long it takes."""
REPORT_SECONDS = 0.3
"""Least time between two of them."""
LOOK_SECONDS = 2.0
"""Most time until the end of a job from outside is noticed; a look only reads."""

_log = structlog.get_logger(__name__)


class StageClock:
    """Times the stages of one job from the progress that it reports anyway."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._stage, self._began = "", time.monotonic()

    def see(self, stage: str, done: int, total: int) -> None:
        """Progress: a stage ends where the next one begins, sampling with its last step."""
        # behind the last step, a report of sampling changes nothing
        if stage != self._stage and (self._stage, stage) != ("decode", "denoise"):
            self._turn(stage)
        if stage == "denoise" and done >= total > 0 and self._stage == "denoise":
            self._turn("decode")

    def end(self) -> None:
        """The job is over, however it ended."""
        self._turn("")

    def _turn(self, stage: str) -> None:
        now = time.monotonic()
        if self._stage:
            seconds = now - self._began
            self._metrics.stage(self._stage, seconds)
            _log.info("stage", stage=self._stage, seconds=round(seconds, 3))
        self._stage, self._began = stage, now


class Reporter:
    """Writes progress to the job's row, and ends the work when the row says so."""

    def __init__(self, database: Database, job: Job, clock: StageClock) -> None:
        self._database, self._job, self._clock = database, job, clock
        self._written, self._looked = 0.0, 0.0
        self._stage, self._share = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Progress of a stage; ends the job's work where somebody else ended the job."""
        self._clock.see(stage, done, total)
        now, share = time.monotonic(), done / total if total else 0.0
        if stage != self._stage or self._is_further(now, share):
            self._stage, self._share = stage, share
            self._written = self._looked = now
            running = self._write(Progress(stage, done, total))
        elif now - self._looked >= LOOK_SECONDS:
            self._looked = now
            running = self._look()
        else:
            return
        if not running:
            raise SamplingStoppedError(f"job {self._job.id} was ended while in {stage}")

    def _is_further(self, now: float, share: float) -> bool:
        """Whether a stage has come far enough since it was last written, or to its end."""
        if now - self._written < REPORT_SECONDS:
            return False
        further = share - self._share
        return further * REPORTS_A_STAGE >= 1.0 or (share == 1.0 and further > 0.0)

    def _write(self, progress: Progress) -> bool:
        with self._database.session() as session:
            row = JobRepository(session).report(self._job.id, self._job.attempt, progress)
        return row is not None

    def _look(self) -> bool:
        with self._database.reading() as session:
            return JobQueries(session).is_running(self._job.id, self._job.attempt)


def workers_lost(job: Job) -> dict[str, object]:
    """The error of a job that has cost too many workers."""
    return {
        "type": "internal",
        "code": "workers_lost",
        "message": f"{job.losses} workers died during this job",
        "retryable": False,
        "remedy": "send a shorter speech, or give the worker more memory",
    }
