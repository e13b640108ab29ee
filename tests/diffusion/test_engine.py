"""The engine: many requests in common batches, each as if it were alone."""

import threading
from dataclasses import dataclass, field, replace

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.denoiser import Denoiser
from diffusion.engine import Engine
from diffusion.guidance import classifier_free
from diffusion.sampling import Noise, Sampler, SamplingStoppedError, Watch
from diffusion.schedule import Schedule
from diffusion.talk_request import Begun, TalkRequest
from diffusion.timed import TimedDenoiser
from diffusion.windows import SeedTokens, plan_windows
from motion.timeline import OVERLAP_FRAMES, WINDOW_FRAMES
from tests.diffusion.test_denoiser import some_conditions, woken
from tests.diffusion.test_sampling import guided

SCHEDULE = Schedule.scaled_linear().thinned(12)
FAST = SamplingOptions(steps=6)


@pytest.fixture(scope="module")
def denoiser():
    return woken(Denoiser.tiny(local_channels=8))


@pytest.fixture(scope="module")
def timed(denoiser):
    return TimedDenoiser.of(denoiser, SCHEDULE.timesteps)


def halved(x):
    """A refinement that is easily told from none."""
    return x / 2


def engine_of(timed, most_windows=4):
    return Engine(lambda: timed, halved, most_windows)


@dataclass
class Script:
    """A talk of several windows, begun as the pipeline begins them."""

    denoiser: Denoiser
    windows: int = 1
    options: SamplingOptions = FAST
    exemplar: bool = False
    refined: bool = True
    begun: list[int] = field(default_factory=list)

    @property
    def sampler(self):
        refine = halved if self.refined else None
        schedule = SCHEDULE.thinned(self.options.steps)
        return Sampler(self.denoiser, schedule, self.options, refine)

    @property
    def plan(self):
        hop = WINDOW_FRAMES - OVERLAP_FRAMES
        return plan_windows(WINDOW_FRAMES + (self.windows - 1) * hop)

    def setup(self, window, known):
        """Noise, conditions, insertions and seed of one window."""
        layout, width = self.denoiser.layout, self.denoiser.config.latent_dim
        noise = Noise.drawn(self.options.seed, window.index, layout.tokens, width)
        prepared = self.denoiser.prepare(some_conditions(self.denoiser, 1, seed=window.index))
        inserted = guided(self.denoiser, SCHEDULE, 0.5) if self.exemplar else None
        if inserted is not None:
            kept = [0, *(1 + SCHEDULE.timesteps.index(t) for t in self.sampler.schedule.timesteps)]
            inserted = replace(inserted, targets=inserted.targets[kept])
        neighbours = [known[index] for index in window.after]
        seed = None
        if len(neighbours) == 1:
            seed = SeedTokens.following(neighbours[0], layout)
        elif neighbours:
            seed = SeedTokens.between(neighbours[0], neighbours[1], layout)
        return noise, prepared, inserted, seed

    def begin(self, windows, known):
        """What the engine asks for."""
        found = []
        for window in windows:
            self.begun.append(window.index)
            noise, prepared, inserted, seed = self.setup(window, known)
            timesteps = self.sampler.schedule.timesteps
            guidance = classifier_free(self.options)
            weights = guidance and tuple(guidance.weight(torch.tensor(timesteps)).tolist())
            walk = self.sampler.walk(noise, inserted, seed)
            found.append(Begun(walk, prepared, timesteps, weights, self.refined))
        return found

    def request(self, watch=None):
        return TalkRequest(self.plan, self.options.steps, self.begin, watch or Watch())

    def by_reference(self):
        """The same by the plain sampler, window by window: even ones, then odd ones."""
        known = {}
        for window in sorted(self.plan, key=lambda each: each.index % 2):
            noise, prepared, inserted, seed = self.setup(window, known)
            known[window.index] = self.sampler.sample(noise, prepared, inserted, seed)
        return torch.cat([known[window.index] for window in self.plan])


def company(denoiser):
    """Requests that differ in everything that a request may choose."""
    return [
        Script(denoiser, windows=5),
        Script(denoiser, options=replace(FAST, seed=3), exemplar=True),
        Script(denoiser, options=SamplingOptions(steps=12, classifier_free_scale=2.0)),
        Script(denoiser, windows=2, options=SamplingOptions(steps=8, classifier_free=False)),
        Script(denoiser, windows=3, refined=False, exemplar=True),
        Script(denoiser, options=replace(FAST, mode="none", seed=9)),
    ]


def at_once(call, count):
    """Call with every place, each in a thread of its own."""
    threads = [threading.Thread(target=call, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def assert_same_latents(denoiser, found, expected):
    latent = denoiser.layout.is_latent
    torch.testing.assert_close(found[:, latent], expected[:, latent], rtol=1e-5, atol=1e-5)


def test_a_talk_alone_is_what_the_plain_sampler_makes(denoiser, timed):
    for script in company(denoiser):
        found = torch.cat(list(engine_of(timed).run(script.request())))
        assert_same_latents(denoiser, found, script.by_reference())


def test_a_window_does_not_depend_on_its_company(denoiser, timed):
    engine, scripts, found = engine_of(timed), company(denoiser), {}

    def call(place):
        found[place] = torch.cat(list(engine.run(scripts[place].request())))

    at_once(call, len(scripts))
    for place, script in enumerate(scripts):
        assert_same_latents(denoiser, found[place], script.by_reference())
    assert engine.counters.windows == sum(script.windows for script in scripts)


@dataclass
class Visit:
    """A request that comes while another one is on its way, behind its third tick."""

    engine: Engine
    script: Script
    found: torch.Tensor | None = None
    ticks: int = 0

    def report(self, done, total):
        del done, total
        if self.found is None and self.engine.counters.ticks == 3:
            assert self.engine.counters.windows_active > 0
            self.found = torch.cat(list(self.engine.run(self.script.request())))
            self.ticks = self.engine.counters.ticks - 3


def test_windows_join_and_leave_at_any_tick(denoiser, timed):
    engine, long = engine_of(timed), Script(denoiser, windows=9)
    visit = Visit(engine, Script(denoiser, windows=2, options=replace(FAST, seed=5)))
    rest = torch.cat(list(engine.run(long.request(Watch(report=visit.report)))))
    assert_same_latents(denoiser, visit.found, visit.script.by_reference())
    assert_same_latents(denoiser, rest, long.by_reference())


def test_a_long_talk_does_not_hold_up_a_short_request(denoiser, timed):
    engine, long = engine_of(timed), Script(denoiser, windows=40)
    visit = Visit(engine, Script(denoiser))
    list(engine.run(long.request(Watch(report=visit.report))))
    assert visit.ticks == FAST.steps


def test_more_talks_than_a_batch_holds_take_turns(denoiser, timed):
    engine = engine_of(timed, most_windows=2)
    scripts = [Script(denoiser, options=replace(FAST, seed=seed)) for seed in range(5)]
    found = {}

    def call(place):
        found[place] = torch.cat(list(engine.run(scripts[place].request())))

    threads = [threading.Thread(target=call, args=(place,)) for place in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for place, script in enumerate(scripts):
        assert_same_latents(denoiser, found[place], script.by_reference())
    assert engine.counters.estimates == 5 * FAST.steps


def test_windows_are_begun_only_when_there_is_room(denoiser, timed):
    script = Script(denoiser, windows=30)
    most = 0
    for place, _ in enumerate(engine_of(timed).run(script.request())):
        most = max(most, len(script.begun) - place)
    assert sorted(script.begun) == list(range(30))
    assert most <= 9, "a batch of four, its neighbours and the next four at most"


def test_a_long_talk_takes_two_rounds_of_steps_where_there_is_room(denoiser, timed):
    engine = engine_of(timed, most_windows=16)
    list(engine.run(Script(denoiser, windows=21).request()))
    assert engine.counters.ticks == 2 * FAST.steps


@dataclass
class Stumbling(Script):
    """A talk whose second window cannot go on after its first step."""

    def begin(self, windows, known):
        return [
            replace(each, walk=self._stopped_short(each.walk)) if window.index else each
            for window, each in zip(windows, super().begin(windows, known), strict=True)
        ]

    def _stopped_short(self, walk):
        step = next(walk)
        yield step
        raise ArithmeticError("this walk leads nowhere")


def test_an_error_in_one_talk_ends_that_talk_alone(denoiser, timed):
    engine, sound = engine_of(timed), Script(denoiser, windows=4)
    healthy = engine.run(sound.request())
    found = [next(healthy)]
    with pytest.raises(ArithmeticError, match="leads nowhere"):
        list(engine.run(Stumbling(denoiser, windows=3).request()))
    assert engine.counters.talks_running == 1
    found += healthy
    assert_same_latents(denoiser, torch.cat(found), sound.by_reference())


def test_a_cancelled_talk_leaves_at_once_and_others_stay(denoiser, timed):
    engine, sound = engine_of(timed), Script(denoiser, windows=3)
    asked = []

    def should_stop():
        asked.append(engine.counters.ticks)
        return len(asked) > 2

    healthy = engine.run(sound.request())
    found = [next(healthy)]
    with pytest.raises(SamplingStoppedError, match="stopped after"):
        list(engine.run(Script(denoiser).request(Watch(should_stop=should_stop))))
    assert len(asked) == 3
    assert engine.counters.talks_running == 1
    found += healthy
    assert_same_latents(denoiser, torch.cat(found), sound.by_reference())
    assert engine.counters.windows_active == 0


def test_leaving_early_drops_what_is_left(denoiser, timed):
    engine = engine_of(timed)
    talk = engine.run(Script(denoiser, windows=20).request())
    next(talk)
    assert engine.counters.talks_running == 1
    talk.close()
    assert (engine.counters.talks_running, engine.counters.windows_active) == (0, 0)


def test_counters_tell_ticks_batches_and_waiting(denoiser, timed):
    engine, told = engine_of(timed), []
    watch = Watch(report=lambda done, total: told.append((done, total)))
    list(engine.run(Script(denoiser, windows=3).request(watch)))
    counters = engine.counters
    assert (counters.ticks, counters.estimates, counters.windows) == (12, 18, 3)
    assert counters.batches == (6, 6, 0, 0)
    assert 0.0 <= counters.longest_wait_seconds <= counters.waiting_seconds < 60.0
    assert counters.tick_seconds > 0.0
    assert told == [(2 * tick, 18) for tick in range(1, 7)] + [(n, 18) for n in range(13, 19)]


def test_an_engine_without_room_is_refused(timed):
    with pytest.raises(ValueError, match="most_windows must be at least 1"):
        engine_of(timed, most_windows=0)
