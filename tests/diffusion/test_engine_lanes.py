"""Lanes of the engine: ticks at the same time, and torch's threads shared among them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
import torch

from diffusion.cores import WORTH_THREADS, Cores
from diffusion.engine import Engine
from diffusion.sampling import Watch
from diffusion.timed import TimedDenoiser
from tests.diffusion.test_engine import (
    FAST,
    Script,
    assert_same_latents,
    at_once,
    denoiser,
    halved,
    timed,
)

__all__ = ["denoiser", "timed"]


@dataclass
class Meeting:
    """A network whose first estimates wait for each other."""

    timed: TimedDenoiser
    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=30))
    met: bool = False

    def weighed(self, *given):
        if not self.met:
            self.barrier.wait()
            self.met = True
        return self.timed.weighed(*given)


def test_two_lanes_tick_at_once_and_change_nothing(denoiser, timed):
    meeting = Meeting(timed)
    engine = Engine(lambda: meeting, halved, 16, Cores(2, 2))
    scripts = [Script(denoiser, windows=8, options=replace(FAST, seed=seed)) for seed in range(2)]
    joined, found = threading.Barrier(2, timeout=30), {}
    begin = Script.begin

    def together(script, windows, known):
        begun = begin(script, windows, known)
        if not known:
            joined.wait()
        return begun

    def call(place):
        request = scripts[place].request()
        beginning = partial(together, scripts[place])
        found[place] = torch.cat(list(engine.run(replace(request, begin=beginning))))

    at_once(call, 2)
    assert meeting.met
    for place, script in enumerate(scripts):
        assert_same_latents(denoiser, found[place], script.by_reference())


@dataclass
class Counting(Script):
    """A talk that notes torch's threads wherever it is begun."""

    threads: list[int] = field(default_factory=list)

    def begin(self, windows, known):
        self.threads.append(torch.get_num_threads())
        return super().begin(windows, known)


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_a_long_talk_alone_has_a_helper_and_ends_as_without_one(denoiser, timed):
    meeting, script = Meeting(timed), Script(denoiser, windows=16)
    engine = Engine(lambda: meeting, halved, 16, Cores(2, 2))

    found = torch.cat(list(engine.run(script.request())))

    assert meeting.met
    assert_same_latents(denoiser, found, script.by_reference())


@pytest.mark.usefixtures("four_threads")
def test_talks_share_the_threads_beside_their_ticks(denoiser, timed):
    engine = Engine(lambda: timed, halved, 16, Cores(4, 2, WORTH_THREADS))
    alone, visitor = Counting(denoiser), Counting(denoiser)

    def visit(done, total):
        del total
        if done == 1:
            list(engine.run(visitor.request()))

    for _ in engine.run(alone.request(Watch(report=visit))):
        assert torch.get_num_threads() == 4
    assert (alone.threads, visitor.threads) == ([4], [2])
