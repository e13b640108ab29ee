"""Takes over what dead workers left, and jobs that the engine has lost sight of.

Every worker has one; one at a time acts, by a lease in the database. The engine gives a workflow
back to nobody but an executor of the same name: whose name has not been heard of for a while, its
workflows go to whoever takes them next. A worker that was only paused finds its work fenced: the
engine refuses its steps, the job's row its attempt.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from dbos import DBOS

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from annotations.worker_repository import WorkerRepository
from service.queues import APPLICATION_VERSION, QUEUE, QUEUES, WORKFLOW, enqueue_job, queue_of
from service.settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

TASK = "takeover"
UNKNOWN_AFTER = timedelta(seconds=10)
"""A job that is queued for so long must be known to the engine."""
SEARCH_SECONDS = 10.0
"""Between two searches for jobs that it does not know."""
SEARCHED, AT_ONCE = 10_000, 500
"""Open jobs looked at in one search, oldest first; and in one statement."""
OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
"""States of a workflow that will not go on."""
LOST = {
    "type": "internal",
    "code": "engine_gave_up",
    "message": "the job was given up before it had ended: the database did not answer its worker",
    "retryable": True,
    "remedy": "send the request again",
}

_log = structlog.get_logger(__name__)


class Takeover:
    """What one worker does for all, in turn with the others."""

    def __init__(
        self, settings: Settings, database: Database, engine: "DBOSClient", name: str
    ) -> None:
        self._settings, self._database, self._engine = settings, database, engine
        self._name = name
        self._silence = timedelta(seconds=settings.worker_lost_seconds)
        self._searched = datetime.min.replace(tzinfo=UTC)

    def act(self) -> bool:
        """Look once; whether it was this worker's turn."""
        with self._database.session() as session:
            if not WorkerRepository(session).lease(TASK, self._name, self._silence):
                return False
        self.resume_lost()
        now = datetime.now(UTC)
        if (now - self._searched).total_seconds() >= SEARCH_SECONDS:
            self._searched = now
            self.find_unknown(now - UNKNOWN_AFTER)
        return True

    def leave(self) -> None:
        """Let another worker act at once."""
        with self._database.session() as session:
            WorkerRepository(session).release(TASK, self._name)

    def resume_lost(self) -> int:
        """Hand on the workflows of workers that are gone; returns how many."""
        running = DBOS.list_workflows(
            status="PENDING",
            name=WORKFLOW,
            app_version=APPLICATION_VERSION,
            load_input=False,
            load_output=False,
        )
        # a worker is heard of before it takes anything: of these, every living one is in the table
        with self._database.reading() as session:
            alive = WorkerRepository(session).names(datetime.now(UTC) - self._silence)
        if self._name not in alive:
            # the database has kept this worker silent, and may have done so to the others
            return 0
        lost = [each for each in running if each.executor_id not in alive]
        jobs: dict[str, list[str]] = {}
        for each in lost:
            queue = each.queue_name if each.queue_name in QUEUES else QUEUE
            jobs.setdefault(queue, []).append(each.workflow_id)
        for queue, some in jobs.items():
            DBOS.resume_workflows(some, queue_name=queue)
        if lost:
            gone = sorted({str(each.executor_id) for each in lost})
            _log.warning("took over from workers that are gone", workers=gone, jobs=len(lost))
        return len(lost)

    def find_unknown(self, before: datetime) -> int:
        """Hand jobs to the engine that it was never told of; end those that it has given up."""
        with self._database.reading() as session:
            jobs = JobQueries(session).open_ids(before, SEARCHED)
        known: dict[str, str] = {}
        for first in range(0, len(jobs), AT_ONCE):
            some = [each.id for each in jobs[first : first + AT_ONCE]]
            known |= {each.workflow_id: each.status for each in _statuses(some)}
        unknown = [each for each in jobs if each.id not in known]
        for job in unknown:
            enqueue_job(self._engine, job.id, queue_of(job.kind, job.in_batch))
        # by id, as others lock them
        ended = sorted(each.id for each in jobs if known.get(each.id) in OVER)
        with self._database.session() as session:
            given_up = [each for each in ended if JobRepository(session).fail(each, LOST)]
        if unknown or given_up:
            _log.warning("jobs the engine had lost", told_again=len(unknown), ended=given_up)
        return len(unknown) + len(given_up)


def _statuses(jobs: Sequence[str]) -> "list[WorkflowStatus]":
    return DBOS.list_workflows(workflow_ids=list(jobs), load_input=False, load_output=False)
