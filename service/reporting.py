"""What a running job tells of itself: its row, log lines, times of its stages, how it failed."""

import math
import threading
import time
from collections.abc import Mapping, Sequence

import structlog

from annotations.database import NO_ANSWER, Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.records import Job, Progress
from diffusion.sampling import SamplingStoppedError
from service.metrics.registry import Metrics

REPORTS_A_STAGE = 50
"""Most times that progress of one stage is written, however long it takes."""
REPORT_SECONDS = 0.3
"""Least time between two of them, and between two rounds of a worker that writes them."""
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


class Board:
    """Writes how far a worker's jobs are: all of them in one transaction, beside their work.

    A thread does it while there is something to write. Of each stage of a job, the newest progress
    is written; what a job still has to tell when it ends goes into the transaction of its end.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._round = threading.Lock()
        self._lock = threading.Lock()
        self._due: dict[Reporter, list[Progress]] = {}
        self._writing = False

    def put(self, reporter: "Reporter", progress: Progress) -> None:
        """Have a job's progress written soon."""
        with self._lock:
            due = self._due.setdefault(reporter, [])
            if due and due[-1].stage == progress.stage:
                due.pop()
            due.append(progress)
            begins, self._writing = not self._writing, True
        if begins:
            self._begin()

    def take(self, reporter: "Reporter") -> Sequence[Progress]:
        """What is due of one job, for its caller to write; what was taken before is written."""
        with self._round, self._lock:
            return self._due.pop(reporter, ())

    def _begin(self) -> None:
        try:
            threading.Thread(target=self._go_rounds, name="progress", daemon=True).start()
        except RuntimeError as error:
            # as many threads as there may be: the next progress tries again
            self._writing = False
            _log.warning("progress was not written", problem=str(error))

    def _go_rounds(self) -> None:
        while self._go_round():
            time.sleep(REPORT_SECONDS)

    def _go_round(self) -> bool:
        """Write what is due now; without anything the round was the last."""
        with self._round:
            with self._lock:
                due, self._due = self._due, {}
                self._writing = bool(due)
            try:
                self.write(due)
            except NO_ANSWER as error:
                self._put_back(due)
                _log.warning("progress is written later", jobs=len(due), problem=str(error))
            except Exception:
                _log.exception("progress was not written", jobs=len(due))
        return bool(due)

    def _put_back(self, due: "Mapping[Reporter, Sequence[Progress]]") -> None:
        """Have it written in the next round, before what has come meanwhile."""
        with self._lock:
            for reporter, older in due.items():
                newer = self._due.get(reporter, [])
                begun = {progress.stage for progress in newer}
                self._due[reporter] = [each for each in older if each.stage not in begun] + newer

    def write(self, due: "Mapping[Reporter, Sequence[Progress]]") -> None:
        """Write progress of jobs, and tell those that were ended from outside."""
        if not due:
            return
        with self._database.session() as session:
            jobs = JobRepository(session)
            # in one order everywhere: rows stay locked until the transaction ends
            for reporter in sorted(due, key=lambda reporter: reporter.job.id):
                reporter.write(jobs, due[reporter])


class Reporter:
    """Tells the progress of a job, and ends the work when its row says so."""

    def __init__(self, database: Database, board: Board, job: Job, clock: StageClock) -> None:
        self.job, self.ended = job, False
        self._database, self._board, self._clock = database, board, clock
        self._told, self._looked = -math.inf, time.monotonic()
        self._stage, self._share = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Progress of a stage; ends the job's work where somebody else ended the job."""
        self._clock.see(stage, done, total)
        now, share = time.monotonic(), done / total if total else 0.0
        if stage != self._stage or self._is_further(now, share):
            self._stage, self._share, self._told = stage, share, now
            self._board.put(self, Progress(stage, done, total))
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            if not self._is_running():
                self.ended = True
        if self.ended:
            raise SamplingStoppedError(f"job {self.job.id} was ended while in {stage}")

    def write(self, jobs: JobRepository, due: Sequence[Progress]) -> None:
        """Write progress of the job; where the job has ended, its work ends with the next."""
        for progress in due:
            if jobs.report(self.job.id, self.job.attempt, progress) is None:
                self.ended = True

    def rest(self) -> Sequence[Progress]:
        """What is still due, for the transaction that ends the job; not to be asked inside it."""
        return self._board.take(self)

    def _is_further(self, now: float, share: float) -> bool:
        """Whether a stage has come far enough since it was last told, or to its end."""
        if now - self._told < REPORT_SECONDS:
            return False
        further = share - self._share
        return further * REPORTS_A_STAGE >= 1.0 or (share == 1.0 and further > 0.0)

    def _is_running(self) -> bool:
        with self._database.reading() as session:
            return JobQueries(session).is_running(self.job.id, self.job.attempt)


def workers_lost(job: Job) -> dict[str, object]:
    """The error of a job that has cost too many workers."""
    return {
        "type": "internal",
        "code": "workers_lost",
        "message": f"{job.losses} workers died during this job",
        "retryable": False,
        "remedy": "send a shorter speech, or give the worker more memory",
    }
