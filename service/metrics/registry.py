"""What the service counts and times, for Prometheus; labels are closed sets.

The API and the workers of one machine write to common files where `service.metrics.files` was
asked for them; `exposed` then adds them up.
"""

import os
from collections.abc import Iterable
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from annotations.records import Job
from service.metrics.files import VARIABLE

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
Stage = Literal[
    # gestures
    "speak",
    "annotate",
    "retrieve",
    "place",
    "denoise",
    "decode",
    "export",
    # explanations and recordings
    "without",
    "store",
    "cut",
    "embed",
    "invert",
    "write",
]
STAGES: frozenset[str] = frozenset(get_args(Stage))
OTHER = "other"
"""Label of what is in no closed set."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Outcome = Literal["delivered", "failed", "given_up"]
"""Of one attempt to deliver a webhook; `given_up` was the last one."""

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_STAGE_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_JOB_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3600.0)
_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)


class Metrics:
    """Every instrument of one process, in a registry of its own; safe among threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "chironomia_http_requests",
            "Answers by method, route template and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.request_seconds = Histogram(
            "chironomia_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self.refusals = Counter(
            "chironomia_refusals",
            "Requests refused, by the code of the error.",
            ("code",),
            registry=registry,
        )
        self.submitted = Counter(
            "chironomia_jobs_submitted", "Jobs taken on.", ("kind",), registry=registry
        )
        self.ended = Counter(
            "chironomia_jobs_ended",
            "Jobs that reached a final state.",
            ("kind", "state"),
            registry=registry,
        )
        self._job_metrics(registry)
        self._engine_metrics(registry)
        self.deliveries = Counter(
            "chironomia_webhook_deliveries",
            "Attempts to deliver a webhook.",
            ("outcome",),
            registry=registry,
        )

    def _job_metrics(self, registry: CollectorRegistry) -> None:
        self.wait_seconds = Histogram(
            "chironomia_job_wait_seconds",
            "Time that a job waited until its first attempt.",
            ("kind",),
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self.job_seconds = Histogram(
            "chironomia_job_seconds",
            "Time of a job's last attempt, from start to end.",
            ("kind",),
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self.stage_seconds = Histogram(
            "chironomia_stage_seconds",
            "Time of one stage of one job; decode begins behind the last denoising step.",
            ("stage",),
            buckets=_STAGE_SECONDS,
            registry=registry,
        )
        self.running = Gauge(
            "chironomia_worker_jobs_running",
            "Jobs in the hands of the workers of this machine.",
            multiprocess_mode="livesum",
            registry=registry,
        )

    def _engine_metrics(self, registry: CollectorRegistry) -> None:
        self.batch_windows = Histogram(
            "chironomia_engine_batch_windows",
            "Windows in one tick of the sampling engine.",
            buckets=_BATCHES,
            registry=registry,
        )
        self.tick_seconds = Counter(
            "chironomia_engine_tick_seconds", "Time spent in ticks.", registry=registry
        )
        self.windows = Counter(
            "chironomia_engine_windows", "Windows finished by the engine.", registry=registry
        )
        self.window_wait_seconds = Counter(
            "chironomia_engine_wait_seconds",
            "Time from joining to the first tick, summed over windows.",
            registry=registry,
        )

    def stage(self, name: str, seconds: float) -> None:
        """One stage of one job has ended."""
        label = name if name in STAGES else OTHER
        self.stage_seconds.labels(label).observe(seconds)

    def ended_job(self, job: Job) -> None:
        """A job has reached a final state."""
        self.ended.labels(job.kind, job.state.value).inc()
        if job.started_at is not None and job.finished_at is not None:
            seconds = (job.finished_at - job.started_at).total_seconds()
            self.job_seconds.labels(job.kind).observe(max(0.0, seconds))

    def started_job(self, job: Job) -> None:
        """A worker begins a job; only the first attempt tells how long it waited."""
        if job.attempt == 1 and job.started_at is not None:
            waited = (job.started_at - job.created_at).total_seconds()
            self.wait_seconds.labels(job.kind).observe(max(0.0, waited))

    def exposed(self, others: Iterable[Collector] = ()) -> bytes:
        """Everything in Prometheus' text format, with what ``others`` collect for this answer."""
        registry = CollectorRegistry()
        folder = os.environ.get(VARIABLE)
        if folder is None:
            registry.register(_Collected(self._registry))
        else:
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        for each in others:
            registry.register(each)
        return generate_latest(registry)


class _Collected(Collector):
    """Another registry's metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._registry.collect()
