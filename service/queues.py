"""Queues of the durable engine: which jobs wait in which, and how they get there.

A worker takes from every queue that is registered, of whatever release it is.
"""

from typing import TYPE_CHECKING

from service.settings import Settings

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "gestures"
BATCH_QUEUE = "batches"
"""Of jobs that nobody waits for: they never take the places of the others."""
RECORDING_QUEUE = "recordings"
"""Recordings change the index one after the other: no other job waits behind them."""
QUEUES = (QUEUE, BATCH_QUEUE, RECORDING_QUEUE)
POLL_SECONDS = {QUEUE: 0.1, BATCH_QUEUE: 1.0, RECORDING_QUEUE: 1.0}
"""Between two looks of a worker for jobs: each costs a worker without work some time as well."""
BUSY_SECONDS = 0.1
"""The same for jobs of batches while some wait: short ones leave their places soon."""
WORKFLOW = "generate"
APPLICATION_VERSION = "1"
"""Of the workflow's shape, not of the release: an upgrade must not strand waiting work."""


def queue_of(kind: str, in_batch: bool = False) -> str:
    """Where a job of that kind waits."""
    if in_batch:
        return BATCH_QUEUE
    return RECORDING_QUEUE if kind == "recording" else QUEUE


def jobs_at_once(settings: Settings) -> dict[str, int]:
    """How many jobs of each queue one worker runs at once."""
    return {
        QUEUE: settings.worker_jobs,
        BATCH_QUEUE: settings.worker_batch_jobs,
        RECORDING_QUEUE: 1,
    }


def enqueue_job(engine: "DBOSClient", job: str, queue: str) -> None:
    """Hand a job to the engine; a second time does nothing."""
    engine.enqueue(
        {
            "workflow_name": WORKFLOW,
            "queue_name": queue,
            "workflow_id": job,
            "app_version": APPLICATION_VERSION,
        },
        job,
    )


def pace_batches(engine: "DBOSClient") -> None:
    """Let every worker look often for jobs of batches while some wait, and seldom while none does.

    The interval is one row of the engine's that all of them read before each look.
    """
    queue = engine.retrieve_queue(BATCH_QUEUE)
    if queue is None:
        return
    waiting = engine.list_workflows(
        queue_name=BATCH_QUEUE, status="ENQUEUED", limit=1, load_input=False, load_output=False
    )
    wanted = BUSY_SECONDS if waiting else POLL_SECONDS[BATCH_QUEUE]
    if queue.polling_interval_sec != wanted:
        queue.set_polling_interval_sec(wanted)
