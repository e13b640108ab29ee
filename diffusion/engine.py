"""The sampling engine: one batch at a time, made of windows of any number of requests.

Each window walks its own way (``Sampler.walk``) at its own level, with its own options and seed;
the engine only makes the estimates together. Windows join and leave at any tick. There is no
thread of its own: callers wait in ``Engine.run``, and one of those who wait drives the next tick.

    tick  one batched estimate, a step for every window in it
    lane  where a tick runs; on a CPU several, each with its share of the cores (`diffusion.cores`)
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest

import torch
from jaxtyping import Float
from torch import Tensor

from diffusion.cores import Cores
from diffusion.counters import EngineCounters
from diffusion.gathered import Gathered
from diffusion.room import Room, out_of_memory
from diffusion.sampling import SamplingStoppedError, Step
from diffusion.talk_request import Begun, TalkRequest
from diffusion.timed import Estimating
from diffusion.windows import TalkWindow

Tokens = Float[Tensor, "batch token width"]
MOST_WINDOWS = 16
"""Windows in all lanes' ticks. More gain little on two cores and nothing at the released size."""


@dataclass(eq=False)
class _Window:
    """A window on its way."""

    index: int
    talk: "_Talk"
    begun: Begun
    step: Step
    joined: float
    ticked: bool = False
    ticking: bool = False

    @property
    def place(self) -> int:
        """Where its level stands in the timesteps."""
        return self.step.level - 1

    def advance(self, x_0: Tokens) -> None:
        """Take one step; an error ends the talk that the window belongs to, and no other."""
        try:
            self.step = self.begun.walk.send(x_0)
        except Exception as error:
            self.talk.failure = error


@dataclass(eq=False)
class _Talk:
    """A request on its way. The engine's lock guards it."""

    request: TalkRequest
    waiting: list[TalkWindow]
    active: list[_Window] = field(default_factory=list)
    known: dict[int, Tokens] = field(default_factory=dict)
    steps_done: int = 0
    steps_told: int = 0
    failure: Exception | None = None

    def ready(self, most: int) -> list[TalkWindow]:
        """The first windows that may begin now."""
        ready = (each for each in self.waiting if self.known.keys() >= set(each.after))
        return list(islice(ready, max(0, most)))

    def tell(self) -> None:
        """Report progress and ask whether to stop; in the caller's own thread."""
        watch, done = self.request.watch, self.steps_done
        total = len(self.request.plan) * self.request.steps
        if watch.report is not None and done != self.steps_told:
            self.steps_told = done
            watch.report(done, total)
        if watch.should_stop is not None and watch.should_stop():
            raise SamplingStoppedError(f"stopped after {done} of {total} steps")


@dataclass(frozen=True, eq=False)
class _Lane:
    """What the next tick of a lane is made of."""

    batch: list[_Window]
    beside: int
    """Lanes that share the cores, this one counted."""


class Engine:
    """Samples windows of many requests together; any number of threads may call it."""

    def __init__(
        self,
        network: Callable[[], Estimating],
        refine: Callable[[Tokens], Tokens],
        most_windows: int = MOST_WINDOWS,
        cores: Cores | None = None,
    ) -> None:
        """``network`` is asked for at the first tick, so that building an engine costs nothing."""
        if most_windows < 1:
            raise ValueError(f"most_windows must be at least 1, found {most_windows}")
        self._network, self._refine, self._room = network, refine, Room(most_windows)
        self._changed = threading.Condition()
        self._talks: deque[_Talk] = deque()
        self._cores = cores or Cores(torch.get_num_threads())
        self.turn = self._cores.turn
        """To be held by what callers do beside, where it takes a while."""
        self._driven = 0
        self._counters = EngineCounters(batches=(0,) * most_windows)
        # of each lane those with guidance and those without
        self._gathered = Gathered(2 * self._cores.most_lanes)

    @property
    def counters(self) -> EngineCounters:
        """A snapshot."""
        with self._changed:
            active = sum(len(talk.active) for talk in self._talks)
            return replace(self._counters, talks_running=len(self._talks), windows_active=active)

    def run(self, request: TalkRequest) -> Iterator[Tokens]:
        """Clean tokens of a talk's windows, in their order; leaving early drops the rest."""
        talk = _Talk(request, list(request.plan), known=dict(request.known))
        with self._changed:
            self._talks.append(talk)
        try:
            for window in request.plan:
                while window.index not in talk.known:
                    self._advance(talk)
                talk.tell()
                self._take_share(talk)
                yield talk.known[window.index]
        finally:
            with self._changed:
                self._talks.remove(talk)
                talk.active.clear()
                self._changed.notify_all()

    def _advance(self, talk: _Talk) -> None:
        """Bring a talk nearer its end: begin windows, drive a tick or wait for one."""
        if talk.failure is not None:
            raise talk.failure
        self._join(talk)
        lane = self._lane_to_drive()
        if lane is not None:
            self._tick(lane)
        talk.tell()

    def _join(self, talk: _Talk) -> None:
        """Begin as many of a talk's windows as its share of a batch has room for."""
        with self._changed:
            room = max(1, self._room.now // len(self._talks)) - len(talk.active)
            ready = talk.ready(room)
            known = dict(talk.known)
        if not ready:
            return
        self._take_share(talk)
        with self.turn:
            begun = talk.request.begin(ready, known)
        now = time.monotonic()
        pairs = zip(ready, begun, strict=True)
        joining = [_Window(each.index, talk, own, next(own.walk), now) for each, own in pairs]
        with self._changed:
            talk.waiting = [each for each in talk.waiting if each not in ready]
            talk.active += joining

    def _take_share(self, talk: _Talk) -> None:
        """Torch's threads for what a caller does beside ticks; more only get in the way."""
        torch.set_num_threads(self._cores.beside(len(self._talks), len(talk.request.plan)))

    def _lane_to_drive(self) -> "_Lane | None":
        """Windows for the next tick; none if all lanes are driven, once a tick has ended."""
        with self._changed:
            in_turn = chain.from_iterable(zip_longest(*(talk.active for talk in self._talks)))
            active = [each for each in in_turn if each is not None]
            free = [each for each in active if not each.ticking]
            lanes = self._cores.lanes(len(self._talks), len(active))
            if self._driven >= lanes or (self._driven and not free):
                self._changed.wait()
                return None
            share = min(-(-len(active) // lanes), max(1, self._room.now // lanes))
            if len(free) > share:
                self._talks.rotate(-1)
            batch = free[:share]
            for window in batch:
                window.ticking = True
            self._driven += bool(batch)
            return _Lane(batch, lanes) if batch else None

    def _tick(self, lane: _Lane) -> None:
        """Make one estimate for every window and let each take its step."""
        began, moved = time.monotonic(), lane.batch
        try:
            with self.turn:
                moved = self._moved(lane)
        finally:
            with self._changed:
                self._driven -= 1
                for window in lane.batch:
                    window.ticking = False
                self._settle(moved, began)
                self._changed.notify_all()

    def _moved(self, lane: _Lane) -> list[_Window]:
        """Windows that took a step, or whose talk has failed.

        Where the network fails on windows of several talks, each talk's go alone: what is wrong
        with one of them ends no other.
        """
        batch = lane.batch
        try:
            estimates = self._cores.spread(self._estimates, batch, lane.beside)
        except Exception as error:
            if out_of_memory(error):
                return self._spilled(batch, error)
            talks = dict.fromkeys(window.talk for window in batch)
            if len(talks) == 1:
                batch[0].talk.failure = error
                return batch
            apart = ([each for each in batch if each.talk is talk] for talk in talks)
            lanes = (replace(lane, batch=own) for own in apart)
            return list(chain.from_iterable(map(self._moved, lanes)))
        for window, x_0 in zip(batch, estimates, strict=True):
            window.advance(x_0)
        return batch

    def _spilled(self, batch: list[_Window], error: Exception) -> list[_Window]:
        """Memory ran out, nobody has moved: fewer try again from where they stand, one ends."""
        with self._changed:
            self._gathered.clear()
            if self._room.shrink(len(batch)):
                return []
            batch[0].talk.failure = error
            return batch

    def _estimates(self, batch: Sequence[_Window]) -> list[Tokens]:
        """A clean estimate for each window; those without guidance are made apart."""
        found: dict[_Window, Tokens] = {}
        for guided in (True, False):
            rows = [each for each in batch if (each.begun.weights is not None) == guided]
            if rows:
                found |= zip(rows, self._estimated(rows).split(1), strict=True)
        return [found[window] for window in batch]

    @torch.no_grad()
    def _estimated(self, rows: list[_Window]) -> Tokens:
        """Clean estimates of windows that are all guided, or all not."""
        x = torch.cat([each.step.x_t for each in rows])
        timesteps = [each.begun.timesteps[each.place] for each in rows]
        weights = [each.begun.weights[each.place] for each in rows if each.begun.weights]
        x_0 = self._network().weighed(
            x,
            torch.tensor(timesteps, device=x.device),
            self._gathered.of([each.begun.prepared for each in rows]),
            torch.tensor(weights, device=x.device) if weights else None,
        )
        refined = [row for row, each in enumerate(rows) if each.begun.refined]
        if len(refined) == len(rows):
            return self._refine(x_0)
        if refined:
            x_0[refined] = self._refine(x_0[refined])
        return x_0

    def _settle(self, moved: list[_Window], began: float) -> None:
        """Take over what a tick has brought. Needs the lock."""
        waits = [began - window.joined for window in moved if not window.ticked]
        finished = [window for window in moved if window.step.level == 0]
        for window in moved:
            window.ticked = True
            window.talk.steps_done += 1
        for window in finished:
            if window in window.talk.active:
                window.talk.active.remove(window)
                window.talk.known[window.index] = window.step.x_t
        for talk in self._talks:
            if talk.failure is not None:
                talk.active.clear()
        if not any(talk.active for talk in self._talks):
            self._gathered.clear()
        if moved:
            self._room.fitted()
            seconds = time.monotonic() - began
            self._counters = self._counters.after(len(moved), len(finished), waits, seconds)
