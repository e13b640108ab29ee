"""The engine before a crowd: as many work at once as there are cores for, and one more."""

import threading
from dataclasses import dataclass, field

import torch

from diffusion.cores import Cores
from diffusion.engine import Engine
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
THREADS = 1
TOO_MANY = THREADS + 2


@dataclass
class Meeting(Script):
    """A talk that looks, while its windows begin, for too many others that work as well."""

    met: threading.Barrier = field(default_factory=lambda: threading.Barrier(TOO_MANY))

    def begin(self, windows, known):
        try:
            self.met.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            return super().begin(windows, known)
        raise AssertionError(f"{TOO_MANY} worked at once")


def test_of_a_crowd_no_more_work_than_there_are_cores_for(denoiser, timed):
    engine = Engine(lambda: timed, halved, cores=Cores(THREADS))
    met, ended = threading.Barrier(TOO_MANY), []

    def call(place):
        list(engine.run(Meeting(denoiser, met=met).request()))
        ended.append(place)

    at_once(call, 6)
    assert sorted(ended) == list(range(6))


def test_turns_change_no_result_and_are_all_given_back(denoiser, timed):
    engine, scripts, found = Engine(lambda: timed, halved, cores=Cores(1)), company(denoiser), {}

    def call(place):
        found[place] = torch.cat(list(engine.run(scripts[place].request())))

    at_once(call, len(scripts))
    for place, script in enumerate(scripts):
        assert_same_latents(denoiser, found[place], script.by_reference())
    assert all(engine.turn.acquire(timeout=1.0) for _ in range(THREADS + 1))
    assert not engine.turn.acquire(blocking=False)
