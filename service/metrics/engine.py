"""What the sampling engine has done, carried over to the metrics and now and then to the log."""

import time
from itertools import zip_longest

import structlog

from diffusion.counters import EngineCounters
from service.metrics.registry import Metrics

TELL_SECONDS = 60.0
"""Least time between two log lines about sampling."""

_log = structlog.get_logger(__name__)


class EngineWatch:
    """Looks at the engine's counters from time to time and counts what is new."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._seen = EngineCounters()
        self._told = 0, -TELL_SECONDS

    def look(self, counters: EngineCounters) -> None:
        """Count what was done since the last look."""
        seen, self._seen = self._seen, counters
        batches = zip_longest(counters.batches, seen.batches, fillvalue=0)
        for size, (now, before) in enumerate(batches, start=1):
            for _ in range(now - before):
                self._metrics.batch_windows.observe(size)
        self._metrics.tick_seconds.inc(counters.tick_seconds - seen.tick_seconds)
        self._metrics.windows.inc(counters.windows - seen.windows)
        waited = counters.waiting_seconds - seen.waiting_seconds
        self._metrics.window_wait_seconds.inc(waited)
        self._tell(counters)

    def _tell(self, counters: EngineCounters) -> None:
        """Log what was done since the start, where that is more than before."""
        now = time.monotonic()
        if counters.windows == self._told[0] or now - self._told[1] < TELL_SECONDS:
            return
        self._told = counters.windows, now
        _log.info(
            "sampled",
            windows=counters.windows,
            ticks=counters.ticks,
            mean_batch=round(counters.mean_batch, 2),
            mean_wait_seconds=round(counters.mean_wait_seconds, 4),
            longest_wait_seconds=round(counters.longest_wait_seconds, 4),
            talks_running=counters.talks_running,
        )
