"""What a simulated fleet is told, what is asked of it, and what comes of it."""

import math
from dataclasses import dataclass, field

import numpy as np
from fleet_worker import Job, WorkerKind, windows_of

INTERACTIVE, BATCH = "interactive", "batch"
POLL_SECONDS = 0.1
"""As `service.engine` has it."""


@dataclass(frozen=True)
class Traffic:
    """What is asked for."""

    per_second: float
    """Short requests on average over a day."""
    median_seconds: float = 8.0
    spread: float = 0.5
    """Deviation of the logarithm of their lengths."""
    day_seconds: float = 0.0
    """How long a day lasts; 0 for a rate that stays."""
    day_swing: float = 0.0
    """How far the rate goes above and below its average within a day."""
    bursts: int = 0
    burst_seconds: float = 10.0
    burst_rate: float = 3.0
    talk_share: float = 0.0
    """Hour-long talks among requests."""
    backlogs: tuple[tuple[float, int], ...] = ()
    """When so many hour-long talks come at once."""


@dataclass(frozen=True)
class Failures:
    """Deaths, and deploys with drain."""

    between_seconds: float = math.inf
    """Mean time between deaths of one worker."""
    away_seconds: float = 60.0
    deploys: tuple[float, ...] = ()
    deploy_share: float = 0.1
    """How many workers are replaced at once."""
    drain_seconds: float = 30.0
    start_seconds: float = 19.0
    checkpoint: int | None = None
    """Windows between two checkpoints; ``None`` starts a talk again from its beginning."""


@dataclass(frozen=True)
class Setting:
    """A fleet and what happens to it."""

    kind: WorkerKind
    workers: int
    traffic: Traffic
    horizon: float
    failures: Failures = field(default_factory=Failures)
    lanes: bool = False
    """Batch in a lane of its own: after interactive work, and in a quarter of the slots."""
    database_seconds: float = 0.0
    """Database time of one job, one behind the other; 0 leaves it out."""
    poll_seconds: float = POLL_SECONDS
    queue_jobs: int = 64
    """Most open jobs, a worker; seconds of sound in proportion, as `service.settings` has them."""
    queue_seconds: float = 7200.0
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of it; jobs that arrived in the first tenth are left out of latencies."""

    latencies: dict[str, np.ndarray]
    ends: dict[str, np.ndarray]
    arrived: int
    refused: int
    finished: int
    lost_jobs: int
    """Ended as ``workers_lost`` after `ATTEMPTS`."""
    deaths: int
    resumed: int
    sampled_windows: float
    lost_windows: float
    lost_seconds: float
    """Work that was done and thrown away: windows, and seconds of host and sampling together."""
    utilisation: float
    """Share of time in which a worker's engine was ticking."""
    mean_batch: float

    def quantile(self, lane: str, share: float) -> float:
        """Seconds from arrival to the end."""
        found = self.latencies.get(lane)
        return float(np.quantile(found, share)) if found is not None and len(found) else math.nan


def arrivals(
    traffic: Traffic, kind: WorkerKind, horizon: float, rng: np.random.Generator
) -> list[Job]:
    """Requests in the order of their arrival: a Poisson process, thinned to its rate."""
    starts = rng.uniform(0.0, horizon, traffic.bursts)
    peak = traffic.per_second * (1.0 + traffic.day_swing)
    peak *= traffic.burst_rate if traffic.bursts else 1.0
    times = np.sort(rng.uniform(0.0, horizon, rng.poisson(peak * horizon)))
    rates = np.full(len(times), traffic.per_second)
    if traffic.day_seconds:
        rates *= 1.0 - traffic.day_swing * np.cos(2 * np.pi * times / traffic.day_seconds)
    for start in starts:
        rates[(times >= start) & (times < start + traffic.burst_seconds)] *= traffic.burst_rate
    times = times[rng.uniform(0.0, peak, len(times)) < rates]
    lengths = traffic.median_seconds * np.exp(rng.normal(0.0, traffic.spread, len(times)))
    lengths = np.clip(lengths, 1.0, 60.0)
    lanes = np.where(rng.uniform(size=len(times)) < traffic.talk_share, BATCH, INTERACTIVE)
    lengths[lanes == BATCH] = 3600.0
    jobs = [
        job_of(kind, str(lane), *each) for lane, *each in zip(lanes, lengths, times, strict=True)
    ]
    for moment, count in traffic.backlogs:
        jobs += [job_of(kind, BATCH, 3600.0, moment) for _ in range(count)]
    return sorted(jobs, key=lambda job: job.arrived)


def job_of(kind: WorkerKind, lane: str, seconds: float, arrived: float) -> Job:
    """A request of that length with the work it brings."""
    windows = windows_of(seconds)
    return Job(
        lane, float(seconds), windows, float(arrived), kind.before * windows, kind.after * windows
    )
