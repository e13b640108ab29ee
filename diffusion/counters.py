"""What a sampling engine has done: ticks, batches, waiting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class EngineCounters:
    """What the engine has done so far, and what it holds now."""

    ticks: int = 0
    estimates: int = 0
    """Steps of all windows; a tick's batch has ``estimates / ticks`` windows on average."""
    windows: int = 0
    """Finished ones."""
    batches: tuple[int, ...] = ()
    """Ticks with a batch of 1, 2, ... windows."""
    tick_seconds: float = 0.0
    waiting_seconds: float = 0.0
    """Time from joining to the first tick, summed over windows."""
    longest_wait_seconds: float = 0.0
    talks_running: int = 0
    windows_active: int = 0

    @property
    def mean_batch(self) -> float:
        """Windows in a tick."""
        return self.estimates / max(1, self.ticks)

    @property
    def mean_wait_seconds(self) -> float:
        """From joining to the first tick."""
        return self.waiting_seconds / max(1, self.windows)

    def after(self, size: int, finished: int, waits: Sequence[float], seconds: float) -> Self:
        """Counted on by a tick of ``size`` windows; ``waits`` are of those in their first one."""
        return replace(
            self,
            ticks=self.ticks + 1,
            estimates=self.estimates + size,
            windows=self.windows + finished,
            batches=tuple(n + (i == size) for i, n in enumerate(self.batches, start=1)),
            tick_seconds=self.tick_seconds + seconds,
            waiting_seconds=self.waiting_seconds + sum(waits),
            longest_wait_seconds=max([self.longest_wait_seconds, *waits]),
        )
