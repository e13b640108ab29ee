"""How the sampling engine spreads its work over the cores of a CPU.

Waking torch's threads costs some tens of microseconds an operation, and more where a process has
more threads than cores, as a service has. The products of a small network are done by then: its
windows go to several threads instead, each with torch on one core. The products of a large network
are worth torch's threads.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from itertools import chain
from typing import Self, TypeVar

import torch

Window = TypeVar("Window")
Answer = TypeVar("Answer")

WORTH_THREADS = 2**25
"""Multiplications in the largest product of one window from which on torch's threads are faster."""
WORTH_A_THREAD = 4
"""Fewest windows for one more thread: of a tick for another lane or helper, of a talk for torch's
threads beside its ticks. With fewer, threads wait for one another (and for Python's lock) more
than they gain."""


class Cores:
    """Shares threads among lanes, within a lane, and among talks beside their ticks."""

    def __init__(self, threads: int, most_lanes: int = 1, largest_product: int = 0) -> None:
        """``largest_product``: multiplications of the network's largest one for one window.

        With one lane all is left to torch, as on a GPU.
        """
        if threads < 1 or most_lanes < 1:
            found = f"found {threads} and {most_lanes}"
            raise ValueError(f"threads and most_lanes must be at least 1, {found}")
        self.threads, self.most_lanes = threads, most_lanes
        self.turn = threading.Semaphore(threads + 1)
        """Held by whoever works: more threads at once only wait for cores and Python's lock."""
        self.small = most_lanes > 1 and largest_product < WORTH_THREADS

    @classmethod
    def on(cls, device: torch.device, largest_product: int) -> Self:
        """All of torch's threads; on a GPU one lane."""
        threads = torch.get_num_threads()
        return cls(threads, threads if device.type == "cpu" else 1, largest_product)

    def lanes(self, talks: int, windows: int) -> int:
        """Ticks that are worth running at once; each is driven by another talk's thread."""
        return max(1, min(self.most_lanes, talks, windows // WORTH_A_THREAD))

    def beside(self, talks: int, windows: int) -> int:
        """Torch's threads for what a talk of so many windows does beside its ticks."""
        if self.small and windows < WORTH_A_THREAD:
            return 1
        return max(1, self.threads // max(1, talks))

    def spread(
        self, work: Callable[[Sequence[Window]], list[Answer]], batch: Sequence[Window], lanes: int
    ) -> list[Answer]:
        """``work`` on a batch with one lane's share of the cores: an answer for each window."""
        threads = max(1, self.threads // lanes)
        parts = max(1, min(threads, len(batch) // WORTH_A_THREAD)) if self.small else 1
        torch.set_num_threads(1 if self.small else threads)
        size = -(-len(batch) // parts)
        first, *rest = (batch[start : start + size] for start in range(0, len(batch), size))
        helped: list[Future[list[Answer]]] = [self._helpers.submit(work, each) for each in rest]
        try:
            own = work(first)
        finally:
            wait(helped)
        return list(chain(own, *(each.result() for each in helped)))

    @cached_property
    def _helpers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(
            self.threads, "sampling", initializer=torch.set_num_threads, initargs=(1,)
        )
