"""The simulated fleet: arrivals, admission, the queue in Postgres, claims, deaths and deploys.

A plain heap of events, not simpy: nearly all events are the ends of strides of ticks that a
newcomer may shorten, which is one comparison of version numbers here and an interrupted process
there, and a thousand workers need some hundred thousand events a second of processor.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from fleet_records import BATCH, INTERACTIVE, Outcome, Setting, arrivals
from fleet_worker import Job, Worker

BEAT_SECONDS, SILENCE_SECONDS = 2.0, 15.0
ATTEMPTS = 3
"""As `service.worker` and `service.health` have them."""


class Fleet:
    """Runs one setting."""

    def __init__(self, setting: Setting, jobs: Iterable[Job] | None = None) -> None:
        """``jobs`` replaces the traffic."""
        self.setting = setting
        self.rng = np.random.default_rng(setting.seed)
        self.workers = [Worker(setting.kind) for _ in range(setting.workers)]
        planned = arrivals(setting.traffic, setting.kind, setting.horizon, self.rng)
        self.jobs = planned if jobs is None else list(jobs)
        self.lanes: dict[str, deque[Job]] = {INTERACTIVE: deque(), BATCH: deque()}
        self.now = self.database_free = self.open_seconds = self.lost_windows = 0.0
        self.lost_seconds = 0.0
        self.open_jobs = self.refused = self.lost_jobs = self.deaths = self.resumed = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._number = 0
        self._idle = list(self.workers)
        self._place = {worker: place for place, worker in enumerate(self.workers)}
        self._draws = iter(())

    def run(self) -> Outcome:
        """Until the horizon; what is still open then does not count."""
        for job in self.jobs:
            self._at(job.arrived, self._arrive, job)
        for worker in self.workers:
            self._plan_death(worker)
        for moment in self.setting.failures.deploys:
            self._deploy(moment)
        while self._events and self._events[0][0] <= self.setting.horizon:
            self.now, _, action, given = heapq.heappop(self._events)
            action(*given)
        return self._outcome()

    def _at(self, time: float, action: Callable[..., None], *given: object) -> None:
        self._number += 1
        heapq.heappush(self._events, (time, self._number, action, given))

    def _draw(self) -> float:
        """A number between 0 and 1."""
        found = next(self._draws, None)
        if found is None:
            self._draws = iter(self.rng.random(4096).tolist())
            found = next(self._draws)
        return float(found)

    def _arrive(self, job: Job) -> None:
        setting, count = self.setting, self.setting.workers
        full = self.open_jobs + 1 > setting.queue_jobs * count
        full |= self.open_seconds + job.seconds > setting.queue_seconds * count
        # a batch client keeps its list and sends as room is: it is never refused for good
        if job.lane == INTERACTIVE:
            if full and self.open_jobs:
                self.refused += 1
                return
            self.open_jobs += 1
            self.open_seconds += job.seconds
        self._line(job).append(job)
        self._wake_one()

    def _line(self, job: Job) -> deque[Job]:
        return self.lanes[job.lane if self.setting.lanes else INTERACTIVE]

    def _wake_one(self) -> None:
        """Whoever of the idle workers polls next."""
        if not self._idle:
            return
        count = len(self._idle)
        worker = self._idle[int(self._draw() * count)]
        wait = self.setting.poll_seconds * (1.0 - self._draw() ** (1.0 / count))
        self._at(self.now + wait, self._poll, worker, False)

    def _poll(self, worker: Worker, planned: bool) -> None:
        """Claim what there is room for."""
        if planned:
            worker.polling = False
        free = worker.free
        jobs: list[Job] = []
        batch_room = free
        if self.setting.lanes:
            running = sum(job.lane == BATCH for job in worker.jobs)
            batch_room = max(0, max(1, worker.kind.jobs // 4) - running)
        for lane, room in ((INTERACTIVE, free), (BATCH, batch_room)):
            line = self.lanes[lane]
            while line and len(jobs) < free and room > 0:
                jobs.append(line.popleft())
                room -= 1
        for job in jobs:
            self.database_free = max(self.database_free, self.now) + self.setting.database_seconds
            worker.jobs.add(job)  # its slot is taken while the claim is on its way
            self._at(self.database_free, self._claimed, worker, job)
        if jobs:
            self._note_room(worker)

    def _claimed(self, worker: Worker, job: Job) -> None:
        if job not in worker.jobs:
            return
        job.attempt += 1
        job.claimed = self.now
        self._advance(worker)
        if job.attempt > ATTEMPTS:
            worker.jobs.discard(job)
            self.lost_jobs += 1
            self._leave(job)
            self._freed(worker)
        else:
            worker.begin(job)
        self._replan(worker)

    def _advance(self, worker: Worker) -> None:
        ended = worker.advance(self.now)
        for job in ended:
            job.ended = self.now
            self._leave(job)
        if ended:
            self._freed(worker)

    def _leave(self, job: Job) -> None:
        if job.lane == INTERACTIVE:
            self.open_jobs -= 1
            self.open_seconds -= job.seconds

    def _freed(self, worker: Worker) -> None:
        self._note_room(worker)
        if not worker.polling and worker.free and any(self.lanes.values()):
            worker.polling = True
            wait = self.setting.poll_seconds * self._draw()
            self._at(self.now + wait, self._poll, worker, True)

    def _note_room(self, worker: Worker) -> None:
        """Keep the list of workers with free slots."""
        listed, place = self._idle, self._place.get(worker)
        if worker.free and place is None:
            self._place[worker] = len(listed)
            listed.append(worker)
        elif not worker.free and place is not None:
            last = listed.pop()
            del self._place[worker]
            if last is not worker:
                listed[place] = last
                self._place[last] = place

    def _replan(self, worker: Worker) -> None:
        worker.version += 1
        change = worker.next_change()
        if change is not None:
            self._at(change, self._change, worker, worker.version)

    def _change(self, worker: Worker, version: int) -> None:
        if version == worker.version:
            self._advance(worker)
            self._replan(worker)

    def _plan_death(self, worker: Worker) -> None:
        if math.isfinite(mean := self.setting.failures.between_seconds):
            self._at(self.now + float(self.rng.exponential(mean)), self._die, worker)

    def _die(self, worker: Worker) -> None:
        """Nobody knows until its signs of life are missed."""
        self._plan_death(worker)
        if worker.up:
            self.deaths += 1
            silence = SILENCE_SECONDS + BEAT_SECONDS * (self._draw() - self._draw())
            self._fall(worker, silence, self.setting.failures.away_seconds)

    def _fall(self, worker: Worker, unnoticed: float, away: float) -> None:
        self._advance(worker)
        self._lose_work(worker)
        lost = worker.lose()
        worker.up = False
        self._replan(worker)
        self._note_room(worker)
        self._at(self.now + unnoticed, self._resume, lost)
        self._at(self.now + away, self._return, worker)

    def _lose_work(self, worker: Worker) -> None:
        """Keep what checkpoints hold, and count the rest: it is done again."""
        every, window_seconds = self.setting.failures.checkpoint, worker.window_seconds
        for job, progress in worker.progress().items():
            held, host = 0, progress.host_seconds
            if every is not None and progress.prepared:
                held = progress.windows // every * every
                host = max(0.0, host - job.before)
                job.kept, job.before = job.kept + held, 0.0
            windows = progress.windows - held + progress.begun
            self.lost_windows += windows
            self.lost_seconds += host + windows * window_seconds

    def _resume(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self.resumed += 1
            self._line(job).appendleft(job)
            self._wake_one()

    def _return(self, worker: Worker) -> None:
        worker.up, worker.draining = True, False
        self._advance(worker)
        self._freed(worker)

    def _deploy(self, moment: float) -> None:
        """Replace all workers, a share of them at a time."""
        failures = self.setting.failures
        group = max(1, round(len(self.workers) * failures.deploy_share))
        for first in range(0, len(self.workers), group):
            for worker in self.workers[first : first + group]:
                self._at(moment, self._drain, worker)
            moment += failures.drain_seconds + failures.start_seconds

    def _drain(self, worker: Worker) -> None:
        if worker.up:
            worker.draining = True
            self._note_room(worker)
            self._at(self.now + self.setting.failures.drain_seconds, self._replaced, worker)

    def _replaced(self, worker: Worker) -> None:
        if worker.draining:
            unnoticed = BEAT_SECONDS * self._draw()
            self._fall(worker, unnoticed, self.setting.failures.start_seconds)

    def _outcome(self) -> Outcome:
        begin = self.setting.horizon / 10
        done = [job for job in self.jobs if job.ended >= 0.0 and job.arrived >= begin]
        latencies, ends = {}, {}
        for lane in self.lanes:
            own = [job for job in done if job.lane == lane]
            latencies[lane] = np.array([job.ended - job.arrived for job in own])
            ends[lane] = np.array([job.ended for job in own])
        ticks = sum(worker.ticks for worker in self.workers)
        estimates = sum(worker.estimates for worker in self.workers)
        busy = sum(worker.busy_seconds for worker in self.workers)
        return Outcome(
            latencies=latencies,
            ends=ends,
            arrived=sum(job.arrived <= self.now for job in self.jobs),
            refused=self.refused,
            finished=sum(job.ended >= 0.0 for job in self.jobs),
            lost_jobs=self.lost_jobs,
            deaths=self.deaths,
            resumed=self.resumed,
            sampled_windows=estimates / self.setting.kind.steps,
            lost_windows=self.lost_windows,
            lost_seconds=self.lost_seconds,
            utilisation=busy / (len(self.workers) * self.setting.horizon),
            mean_batch=estimates / max(1.0, ticks),
        )
