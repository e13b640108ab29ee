"""The sampling engine: one batch at a time, made of windows of any number of requests.

Each window walks its own way (``Sampler.walk``) at its own level, with its own options and seed;
the engine only makes the estimates together. Windows join and leave at any tick. There is no
thread of its own: callers wait in ``Engine.run``, and one of those who wait drives the next tick.

    tick  one batched estimate, a step for every window in it
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest

import torch
from jaxtyping import Float
from torch import Tensor

from diffusion.denoiser import PreparedConditions
from diffusion.sampling import SamplingStoppedError, Step, Walk, Watch
from diffusion.timed import TimedDenoiser
from diffusion.windows import TalkWindow

Tokens = Float[Tensor, "batch token width"]
MOST_WINDOWS = 16
"""Windows in one tick. More gain little on two cores and nothing at the released size."""


@dataclass(frozen=True, eq=False)
class Begun:
    """A window at its start: its walk, and what its estimates need."""

    walk: Walk
    prepared: PreparedConditions
    timesteps: tuple[int, ...]
    """Training timesteps of levels 1, 2, ..."""
    weights: tuple[float, ...] | None
    """Weight of the conditional estimate at levels 1, 2, ...; ``None`` takes it alone."""
    refined: bool
    """Whether the engine's refinement is applied to every estimate."""


Beginning = Callable[[Sequence[TalkWindow], Mapping[int, Tokens]], Sequence[Begun]]
"""Begins windows, given the tokens of those that are finished. Called in the caller's thread."""


@dataclass(frozen=True, eq=False)
class TalkRequest:
    """The windows of one talk; they are begun only when there is room for them."""

    plan: tuple[TalkWindow, ...]
    steps: int
    begin: Beginning
    watch: Watch = field(default_factory=Watch)


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


@dataclass(eq=False)
class _Window:
    """A window on its way."""

    index: int
    talk: "_Talk"
    begun: Begun
    step: Step
    joined: float
    ticked: bool = False

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


class Engine:
    """Samples windows of many requests together; any number of threads may call it."""

    def __init__(
        self,
        network: Callable[[], TimedDenoiser],
        refine: Callable[[Tokens], Tokens],
        most_windows: int = MOST_WINDOWS,
    ) -> None:
        """``network`` is asked for at the first tick, so that building an engine costs nothing."""
        if most_windows < 1:
            raise ValueError(f"most_windows must be at least 1, found {most_windows}")
        self._network, self._refine, self._most = network, refine, most_windows
        self._changed = threading.Condition()
        self._talks: deque[_Talk] = deque()
        self._driving = False
        self._counters = EngineCounters(batches=(0,) * most_windows)
        self._gathered: tuple[list[_Window], PreparedConditions] | None = None

    @property
    def counters(self) -> EngineCounters:
        """A snapshot."""
        with self._changed:
            active = sum(len(talk.active) for talk in self._talks)
            return replace(self._counters, talks_running=len(self._talks), windows_active=active)

    def run(self, request: TalkRequest) -> Iterator[Tokens]:
        """Clean tokens of a talk's windows, in their order; leaving early drops the rest."""
        talk = _Talk(request, list(request.plan))
        with self._changed:
            self._talks.append(talk)
        try:
            for window in request.plan:
                while window.index not in talk.known:
                    self._advance(talk)
                talk.tell()
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
        batch = self._batch_to_drive()
        if batch:
            self._tick(batch)
        talk.tell()

    def _join(self, talk: _Talk) -> None:
        """Begin as many of a talk's windows as its share of a batch has room for."""
        with self._changed:
            room = max(1, self._most // len(self._talks)) - len(talk.active)
            ready = talk.ready(room)
            known = dict(talk.known)
        if not ready:
            return
        begun = talk.request.begin(ready, known)
        now = time.monotonic()
        pairs = zip(ready, begun, strict=True)
        joining = [_Window(each.index, talk, own, next(own.walk), now) for each, own in pairs]
        with self._changed:
            talk.waiting = [each for each in talk.waiting if each not in ready]
            talk.active += joining

    def _batch_to_drive(self) -> list[_Window]:
        """Windows for the next tick; none if someone else drives, once that tick has ended."""
        with self._changed:
            if self._driving:
                self._changed.wait()
                return []
            in_turn = zip_longest(*(talk.active for talk in self._talks))
            batch = [each for each in chain.from_iterable(in_turn) if each is not None]
            if len(batch) > self._most:
                self._talks.rotate(-1)
            self._driving = bool(batch)
            return batch[: self._most]

    def _tick(self, batch: list[_Window]) -> None:
        """Make one estimate for every window and let each take its step."""
        began = time.monotonic()
        try:
            for window, x_0 in zip(batch, self._estimates(batch), strict=True):
                window.advance(x_0)
        except Exception as error:
            for window in batch:
                window.talk.failure = error
        finally:
            with self._changed:
                self._driving = False
                self._settle(batch, began)
                self._changed.notify_all()

    def _estimates(self, batch: list[_Window]) -> list[Tokens]:
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
            self._gather(rows),
            torch.tensor(weights, device=x.device) if weights else None,
        )
        if refined := [row for row, each in enumerate(rows) if each.begun.refined]:
            x_0[refined] = self._refine(x_0[refined])
        return x_0

    def _gather(self, rows: list[_Window]) -> PreparedConditions:
        """Conditions of the batch, kept for the next tick, which mostly has the same windows."""
        if self._gathered is None or self._gathered[0] != rows:
            # each block's products lie together, as the estimate reads them
            products = torch.stack([each.begun.prepared.products[0] for each in rows], dim=1)
            self._gathered = rows, PreparedConditions(products.transpose(0, 1))
        return self._gathered[1]

    def _settle(self, batch: list[_Window], began: float) -> None:
        """Take over what a tick has brought. Needs the lock."""
        waits = [began - window.joined for window in batch if not window.ticked]
        finished = [window for window in batch if window.step.level == 0]
        for window in batch:
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
            self._gathered = None
        before, size = self._counters, len(batch)
        self._counters = replace(
            before,
            ticks=before.ticks + 1,
            estimates=before.estimates + size,
            windows=before.windows + len(finished),
            batches=tuple(n + (i == size) for i, n in enumerate(before.batches, start=1)),
            tick_seconds=before.tick_seconds + time.monotonic() - began,
            waiting_seconds=before.waiting_seconds + sum(waits),
            longest_wait_seconds=max([before.longest_wait_seconds, *waits]),
        )
