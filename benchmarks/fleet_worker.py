"""One simulated worker: its slots, its processor, and the batches of `diffusion.engine`.

A job passes three stages: host work before sampling, its windows in ticks, host work behind it.
Host work of several jobs shares the cores evenly; on a machine without a GPU the ticks are one more
taker of the same cores. Between two changes of a batch all its ticks are alike and are taken in
one stride, which alters nothing: whoever arrives joins at the next tick, as in the engine.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, zip_longest

import numpy as np

MODEL_FPS, HOP_FRAMES, OVERLAP_FRAMES = 15, 135, 15
EPS = 1e-9


@dataclass(frozen=True)
class TickTimes:
    """Seconds of a tick by the windows in its batch; straight lines between the points."""

    windows: tuple[int, ...]
    seconds: tuple[float, ...]

    @cached_property
    def table(self) -> tuple[float, ...]:
        """Seconds of a tick of 0, 1, 2, ... windows."""
        sizes = np.arange(self.windows[-1] + 1)
        return tuple(float(each) for each in np.interp(sizes, self.windows, self.seconds))


@dataclass(frozen=True)
class WorkerKind:
    """What a worker is made of, and what work costs on it."""

    ticks: TickTimes
    before: float
    """Core seconds of host work ahead of sampling, a window."""
    after: float
    """Core seconds of host work behind it, a window."""
    cores: float
    ticks_on_cores: bool
    """Whether ticks take from the same cores, as without a GPU."""
    jobs: int = 8
    most_windows: int = 16
    steps: int = 20


@dataclass(eq=False, slots=True)
class Job:
    """One request on its way."""

    lane: str
    seconds: float
    windows: int
    arrived: float
    before: float
    after: float
    attempt: int = 0
    kept: int = 0
    """Windows that a checkpoint holds."""
    claimed: float = -1.0
    ended: float = -1.0


def windows_of(seconds: float) -> int:
    """How many windows a talk has, as `diffusion.windows.plan_windows` counts them."""
    frames = max(1, round(seconds * MODEL_FPS))
    return max(1, -(-(frames - OVERLAP_FRAMES) // HOP_FRAMES))


@dataclass(eq=False, slots=True)
class Talk:
    """The windows of one job that are still to be sampled, even ones ahead of their odd ones."""

    job: Job
    evens: int
    odds: int
    begun: list[int] = field(default_factory=lambda: [0, 0])
    done: list[int] = field(default_factory=lambda: [0, 0])
    active: list[list[int]] = field(default_factory=list)
    """Steps left and parity of each window that takes part in ticks."""

    @classmethod
    def of(cls, job: Job) -> "Talk":
        """What no checkpoint holds."""
        left = job.windows - job.kept
        return cls(job, -(-left // 2), left // 2)

    @property
    def over(self) -> bool:
        """Whether every window is sampled."""
        return self.done[0] == self.evens and self.done[1] == self.odds

    def join(self, room: int, steps: int) -> None:
        """Begin the first windows that may begin: an odd one once both neighbours are done."""
        for _ in range(room - len(self.active)):
            neighbours = min(self.begun[1] + 2, self.evens)
            if self.begun[1] < self.odds and self.done[0] >= neighbours:
                parity = 1
            elif self.begun[0] < self.evens:
                parity = 0
            else:
                return
            self.begun[parity] += 1
            self.active.append([steps, parity])

    def settle(self) -> None:
        """Count the windows that have no steps left."""
        for window in self.active:
            if window[0] == 0:
                self.done[window[1]] += 1
        self.active = [window for window in self.active if window[0]]


@dataclass(frozen=True)
class Progress:
    """What a worker has done of a job in this attempt."""

    prepared: bool
    """Whether the host work ahead of sampling is over."""
    windows: int
    begun: float
    """Windows' worth of steps in windows that are not done."""
    host_seconds: float


@dataclass(eq=False)
class _Stride:
    """Ticks of one batch, all alike."""

    batch: list[list[int]]
    ticks: int
    seconds: float
    began: float
    """On the clock that ticks go by."""


class Worker:
    """Slots, cores and the engine; time is told from outside, by `advance`."""

    def __init__(self, kind: WorkerKind) -> None:
        self.kind = kind
        self.times = kind.ticks.table
        self.up, self.draining = True, False
        self.polling = False
        self.jobs: set[Job] = set()
        self.now = self.served = 0.0
        self._hosts: list[tuple[float, int, Job, bool]] = []
        self._talks: deque[Talk] = deque()
        self._stride: _Stride | None = None
        self._number = 0
        self.version = 0
        self.busy_seconds = self.estimates = self.ticks = 0.0

    @property
    def free(self) -> int:
        """Slots to give."""
        return self.kind.jobs - len(self.jobs) if self.up and not self.draining else 0

    @property
    def window_seconds(self) -> float:
        """Sampling time of one window in a full batch."""
        most = self.kind.most_windows
        return self.kind.steps * self.times[most] / most

    @property
    def _rate(self) -> float:
        takers = len(self._hosts)
        if self.kind.ticks_on_cores and self._stride is not None:
            takers += 1
        return min(1.0, self.kind.cores / takers) if takers else 1.0

    @property
    def _clock(self) -> float:
        return self.served if self.kind.ticks_on_cores else self.now

    def begin(self, job: Job) -> None:
        """Give a job its slot; the worker must have been advanced to this moment."""
        self.jobs.add(job)
        self._work(job, job.before, behind=False)

    def next_change(self) -> float | None:
        """When something ends next; ``None`` where nothing runs."""
        rate = self._rate
        ends = [self.now + (self._hosts[0][0] - self.served) / rate] if self._hosts else []
        if self._stride is not None:
            end = self._stride.began + self._stride.ticks * self._stride.seconds
            speed = rate if self.kind.ticks_on_cores else 1.0
            ends.append(self.now + (end - self._clock) / speed)
        return max(self.now, min(ends)) if ends else None

    def advance(self, now: float) -> list[Job]:
        """Bring everything to ``now``; the jobs that ended meanwhile."""
        passed = now - self.now
        if self._stride is not None:
            self.busy_seconds += passed
        self.served += passed * self._rate
        self.now = now
        ended: list[Job] = []
        self._end_stride()
        while self._hosts and self._hosts[0][0] <= self.served + EPS:
            _, _, job, behind = heapq.heappop(self._hosts)
            if behind or not job.windows:
                ended.append(job)
            else:
                self._sample(Talk.of(job))
        if self._stride is None:
            self._begin_stride()
        self.jobs.difference_update(ended)
        return ended

    def lose(self) -> list[Job]:
        """Die: the jobs that were here; ask for their `progress` before."""
        lost = list(self.jobs)
        self.jobs.clear()
        self._hosts.clear()
        self._talks.clear()
        self._stride = None
        return lost

    def progress(self) -> dict[Job, "Progress"]:
        """How far each job is whose work here has begun."""
        steps, found = self.kind.steps, {}
        for end, _, job, behind in self._hosts:
            left = end - self.served
            whole = job.before + job.after if behind else job.before
            done = job.windows - job.kept if behind else 0
            found[job] = Progress(behind, done, 0.0, max(0.0, whole - left))
        for talk in self._talks:
            begun = sum(steps - window[0] for window in talk.active) / steps
            found[talk.job] = Progress(True, sum(talk.done), begun, talk.job.before)
        return found

    def _work(self, job: Job, seconds: float, *, behind: bool) -> None:
        self._number += 1
        heapq.heappush(self._hosts, (self.served + seconds, self._number, job, behind))

    def _sample(self, talk: Talk) -> None:
        if talk.over:  # checkpoints hold every window
            self._work(talk.job, talk.job.after, behind=True)
            return
        self._cut_stride()
        self._talks.append(talk)

    def _cut_stride(self) -> None:
        """End the stride at its next tick, so that a newcomer can join."""
        stride = self._stride
        if stride is not None:
            passed = int((self._clock - stride.began) / stride.seconds + 1.0 - EPS)
            stride.ticks = min(stride.ticks, max(1, passed))

    def _end_stride(self) -> None:
        stride = self._stride
        if stride is None or stride.began + stride.ticks * stride.seconds > self._clock + EPS:
            return
        for window in stride.batch:
            window[0] -= stride.ticks
        self.ticks += stride.ticks
        self.estimates += stride.ticks * len(stride.batch)
        self._stride = None
        for talk in list(self._talks):
            talk.settle()
            if talk.over:
                self._talks.remove(talk)
                self._work(talk.job, talk.job.after, behind=True)

    def _begin_stride(self) -> None:
        """Fill a batch as `Engine._join` and `Engine._batch_to_drive` do."""
        if not self._talks:
            return
        most = self.kind.most_windows
        room = max(1, most // len(self._talks))
        for talk in self._talks:
            talk.join(room, self.kind.steps)
        in_turn = chain.from_iterable(zip_longest(*(talk.active for talk in self._talks)))
        batch = [window for window in in_turn if window is not None]
        alike = len(batch) <= most
        if not alike:
            self._talks.rotate(-1)
            batch = batch[:most]
        ticks = min(window[0] for window in batch) if alike else 1
        self._stride = _Stride(batch, ticks, self.times[len(batch)], self._clock)
