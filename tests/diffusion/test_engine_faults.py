"""The engine where estimates fail: for want of memory, or because of one talk among several."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.engine import Engine
from diffusion.room import TICKS_A_WINDOW, Room
from diffusion.timed import TimedDenoiser
from tests.diffusion.test_engine import (
    Script,
    assert_same_latents,
    at_once,
    company,
    denoiser,
    halved,
    timed,
)

__all__ = ["denoiser", "timed"]
UNLUCKY = 20.0


@dataclass
class Cramped:
    """A network whose estimates fit into memory up to a size."""

    timed: TimedDenoiser
    fits: int
    sizes: list[int] = field(default_factory=list)
    error: type[RuntimeError] = torch.OutOfMemoryError

    def weighed(self, x, *given):
        self.sizes.append(len(x))
        if len(x) > self.fits:
            raise self.error("CUDA error: out of memory")
        return self.timed.weighed(x, *given)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, torch.AcceleratorError])
def test_where_memory_runs_out_fewer_windows_go_on_from_where_they_stood(denoiser, timed, error):
    cramped, scripts, found = Cramped(timed, fits=2, error=error), company(denoiser), {}
    engine = Engine(lambda: cramped, halved, most_windows=8)

    def call(place):
        found[place] = torch.cat(list(engine.run(scripts[place].request())))

    at_once(call, len(scripts))
    assert max(cramped.sizes) > 2, "memory never ran out"
    for place, script in enumerate(scripts):
        assert_same_latents(denoiser, found[place], script.by_reference())
    assert engine.counters.windows == sum(script.windows for script in scripts)


def test_a_window_that_fits_nowhere_ends_its_talk_and_the_next_one_is_made(denoiser, timed):
    cramped = Cramped(timed, fits=0)
    engine = Engine(lambda: cramped, halved, most_windows=4)
    with pytest.raises(torch.OutOfMemoryError):
        list(engine.run(Script(denoiser, windows=3).request()))
    assert cramped.sizes[-1] == 1, "it gave up before it had tried the least"
    cramped.fits, script = 4, Script(denoiser)
    assert_same_latents(
        denoiser, torch.cat(list(engine.run(script.request()))), script.by_reference()
    )


def test_after_memory_ran_out_room_comes_back_window_by_window():
    room = Room(most=8)
    assert room.shrink(8)
    assert room.now == 4
    for _ in range(TICKS_A_WINDOW):
        room.fitted()
    assert room.now == 5
    for _ in range(10 * TICKS_A_WINDOW):
        room.fitted()
    assert room.now == 8
    assert not Room(most=1).shrink(1)


@dataclass
class Allergic:
    """A network that fails on a window with the unlucky weight, once it has been in company."""

    timed: TimedDenoiser
    sizes: list[int] = field(default_factory=list)
    """Of the batches it failed on."""
    all_there: Callable[[], bool] = lambda: True
    """Before it answers the first time, it waits for this."""

    def weighed(self, x, timesteps, prepared, weights):
        deadline = time.monotonic() + 60.0
        while not self.all_there() and time.monotonic() < deadline:
            time.sleep(0.001)
        self.all_there = lambda: True
        unlucky = weights is not None and bool((weights > UNLUCKY / 2).any())
        if unlucky and (len(x) > 1 or self.sizes):
            self.sizes.append(len(x))
            raise RuntimeError("an unlucky weight")
        return self.timed.weighed(x, timesteps, prepared, weights)


def test_a_talk_that_the_network_fails_on_ends_no_other_of_its_batch(denoiser, timed):
    allergic, found = Allergic(timed), {}
    unlucky = SamplingOptions(steps=6, classifier_free_scale=UNLUCKY)
    scripts = [Script(denoiser, windows=2), Script(denoiser, options=unlucky), Script(denoiser)]
    engine = Engine(lambda: allergic, halved, most_windows=8)
    allergic.all_there = lambda: engine.counters.windows_active >= len(scripts)

    def call(place):
        try:
            found[place] = torch.cat(list(engine.run(scripts[place].request())))
        except RuntimeError as error:
            found[place] = error

    at_once(call, len(scripts))
    assert max(allergic.sizes) > 1, "they never met"
    assert "an unlucky weight" in str(found[1])
    for place in (0, 2):
        assert_same_latents(denoiser, found[place], scripts[place].by_reference())
