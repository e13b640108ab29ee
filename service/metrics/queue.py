"""The queue as the database knows it, asked anew whenever Prometheus asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.queue_queries import QueueDepth, queue_depths
from annotations.records import OPEN_STATES, JobState
from annotations.worker_repository import WorkerRepository
from service.health import WORKER_SILENCE
from service.request import JobKind

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class QueueMetrics(Collector):
    """Depth and age of the queue, the workers, and whether the database answers."""

    database: Database

    def collect(self) -> Iterator[Metric]:
        """Gauges of this moment; without an answer only that there was none."""
        try:
            with self.database.reading() as session:
                depths = {(each.state, each.kind): each for each in queue_depths(session)}
                workers = WorkerRepository(session).count(datetime.now(UTC) - WORKER_SILENCE)
        except SQLAlchemyError as error:
            _log.error("no metrics of the queue: the database does not answer", problem=str(error))
            yield _gauge("chironomia_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("chironomia_database_up", "Whether the database answers.", 1)
        yield _gauge("chironomia_workers_ready", "Workers that take jobs.", workers)
        yield from _queue(depths)


def _queue(depths: dict[tuple[JobState, str], QueueDepth]) -> Iterator[Metric]:
    labels = ("state", "kind")
    jobs = GaugeMetricFamily("chironomia_queue_jobs", "Jobs waiting or running.", labels=labels)
    sound = GaugeMetricFamily(
        "chironomia_queue_sound_seconds", "Seconds of sound waiting or running.", labels=labels
    )
    for state in OPEN_STATES:
        for kind in get_args(JobKind):
            found = depths.get((state, kind))
            jobs.add_metric((state.value, kind), 0 if found is None else found.jobs)
            sound.add_metric((state.value, kind), 0 if found is None else found.sound_seconds)
    yield jobs
    yield sound
    waiting = [each.oldest for each in depths.values() if each.state is JobState.QUEUED]
    age = (datetime.now(UTC) - min(waiting)).total_seconds() if waiting else 0.0
    yield _gauge(
        "chironomia_queue_oldest_seconds", "Age of the job that waits longest.", max(0.0, age)
    )


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value)
