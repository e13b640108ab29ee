"""The fleet simulator against closed forms, the real engine, and what was measured."""

import heapq
import math
from dataclasses import replace

import fleet
import numpy as np
import pytest
from fleet_model import Fleet
from fleet_records import BATCH, INTERACTIVE, Failures, Setting, Traffic, job_of
from fleet_worker import Job, TickTimes, WorkerKind, windows_of

from diffusion.config import SamplingOptions
from diffusion.denoiser import Denoiser
from diffusion.engine import Engine
from diffusion.talk_request import TalkRequest
from diffusion.timed import TimedDenoiser
from diffusion.windows import plan_windows
from motion.timeline import MODEL_FPS
from tests.diffusion.test_denoiser import woken
from tests.diffusion.test_engine import SCHEDULE, Script, halved

NO_TICKS = TickTimes((1,), (1.0,))
MEASURED = replace(fleet.CPU, before=0.049)
"""`benchmarks/throughput.py` leaves annotation and retrieval out."""
REQUESTS_A_SECOND = {1: 1.77, 4: 2.82, 16: 3.47, 64: 3.67}
MEDIAN_SECONDS = {1: 0.49, 4: 1.28, 16: 4.6, 64: 14.6}
WINDOWS_A_TICK = {1: 1.0, 4: 3.1, 16: 15.2, 64: 15.8}
"""`docs/performance.md`, "Many requests at once"."""


def unlimited(kind, workers):
    """A fleet that refuses nothing and claims at once; its jobs are given."""
    limits = {"queue_jobs": 10**9, "queue_seconds": 1e12}
    return Setting(kind, workers, Traffic(0.0), 1e9, poll_seconds=0.0, **limits)


def erlang_c(servers, load):
    """Share of arrivals that wait."""
    busy = load**servers / math.factorial(servers) * servers / (servers - load)
    return busy / (sum(load**k / math.factorial(k) for k in range(servers)) + busy)


def waits_by_recursion(times, work, servers):
    """First come, first served, whoever is free first (Kiefer and Wolfowitz)."""
    free, waits = [0.0] * servers, []
    for time, took in zip(times, work, strict=True):
        begin = max(time, heapq.heappop(free))
        heapq.heappush(free, begin + took)
        waits.append(begin - time)
    return waits


def poisson(rate, count, seed):
    return np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate, count))


@pytest.mark.parametrize(("servers", "share"), [(1, 0.5), (4, 0.8), (16, 0.85)])
def test_without_batches_the_mean_wait_is_that_of_erlang_c(servers, share):
    count = 12_000
    kind = WorkerKind(NO_TICKS, 0.0, 0.0, 1.0, ticks_on_cores=True, jobs=1, most_windows=1)
    times = poisson(servers * share, count, 1)
    work = np.random.default_rng(2).exponential(1.0, count)
    jobs = [Job(INTERACTIVE, 1.0, 0, *pair, 0.0) for pair in zip(times, work, strict=True)]

    Fleet(unlimited(kind, servers), jobs).run()

    waits = [job.ended - job.arrived - took for job, took in zip(jobs, work, strict=True)]
    np.testing.assert_allclose(waits, waits_by_recursion(times, work, servers), atol=1e-6)
    expected = erlang_c(servers, servers * share) / (servers * (1.0 - share))
    assert np.mean(waits) == pytest.approx(expected, rel=0.1)


def test_one_window_at_a_time_waits_as_pollaczek_and_khinchine_say():
    ticks = TickTimes((1,), (0.05,))
    kind = WorkerKind(ticks, 0.0, 0.0, 1.0, ticks_on_cores=False, jobs=1, most_windows=1)
    jobs = [Job(INTERACTIVE, 1.0, 1, time, 0.0, 0.0) for time in poisson(0.7, 10_000, 3)]

    Fleet(unlimited(kind, 1), jobs).run()

    waits = [job.ended - job.arrived - 1.0 for job in jobs]
    assert np.mean(waits) == pytest.approx(0.7 / (2 * 0.3), rel=0.06)


def test_host_work_shares_the_cores_evenly():
    kind = WorkerKind(NO_TICKS, 0.0, 0.0, 1.0, ticks_on_cores=True, jobs=10_000)
    work = np.random.default_rng(4).exponential(1.0, 10_000)
    times = poisson(0.6, 10_000, 5)
    jobs = [Job(INTERACTIVE, 1.0, 0, *pair, 0.0) for pair in zip(times, work, strict=True)]

    Fleet(unlimited(kind, 1), jobs).run()

    taken = np.mean([job.ended - job.arrived for job in jobs])
    assert taken == pytest.approx(1.0 / (1.0 - 0.6), rel=0.08)


@pytest.mark.parametrize("seconds", [0.5, 10.0, 10.1, 19.0, 59.9, 600.0, 3600.0])
def test_talks_have_as_many_windows_as_the_pipeline_plans(seconds):
    assert windows_of(seconds) == len(plan_windows(round(seconds * MODEL_FPS)))


@pytest.mark.parametrize(("windows", "most"), [(1, 16), (7, 16), (20, 4), (67, 16)])
def test_a_talk_takes_as_many_ticks_as_in_the_real_engine(windows, most):
    denoiser = woken(Denoiser.tiny(local_channels=8))
    script = Script(denoiser, windows, SamplingOptions(steps=2))
    engine = Engine(lambda: TimedDenoiser.of(denoiser, SCHEDULE.timesteps), halved, most)
    steps = script.sampler.schedule.steps
    list(engine.run(TalkRequest(script.plan, steps, script.begin)))
    real = engine.counters

    kind = replace(MEASURED, steps=steps, most_windows=most)
    alone = Fleet(unlimited(kind, 1), [job_of(kind, BATCH, 1.0 + 9.0 * windows, 0.0)])
    alone.run()

    assert (alone.workers[0].ticks, alone.workers[0].estimates) == (real.ticks, real.estimates)
    assert real.estimates == windows * steps


@pytest.mark.parametrize(("seconds", "ticks"), [(600.0, 120), (3600.0, 520)])
def test_long_talks_take_the_ticks_that_were_measured(seconds, ticks):
    alone = Fleet(unlimited(MEASURED, 1), [job_of(MEASURED, BATCH, seconds, 0.0)])
    alone.run()
    assert alone.workers[0].ticks == ticks


def test_an_hour_takes_the_time_that_was_measured():
    job = job_of(MEASURED, BATCH, 3600.0, 0.0)
    Fleet(unlimited(MEASURED, 1), [job]).run()
    assert job.ended == pytest.approx(84.9, rel=0.1)


def together(callers):
    """Requests a second, median seconds and windows a tick, as `benchmarks/throughput.py` asks."""
    count = max(16, callers)
    jobs = [job_of(MEASURED, INTERACTIVE, 10.0, 0.0) for _ in range(count)]
    found = Fleet(unlimited(replace(MEASURED, jobs=callers), 1), jobs).run()
    rate = count / max(job.ended for job in jobs)
    return rate, float(np.median([job.ended - job.claimed for job in jobs])), found.mean_batch


@pytest.mark.parametrize(("callers", "measured"), [(8, 4.5), (16, 4.2)])
def test_the_rows_measured_on_one_thread_are_met_without_fitting_anything(callers, measured):
    assert together(callers)[0] == pytest.approx(measured, rel=0.1)


def test_the_rows_of_the_busy_machine_are_met_with_one_factor_for_all():
    found = {callers: together(callers) for callers in REQUESTS_A_SECOND}
    slower = math.exp(np.mean([math.log(found[n][0] / r) for n, r in REQUESTS_A_SECOND.items()]))

    assert 1.0 < slower < 1.6
    for callers, (rate, median, batch) in found.items():
        assert rate / slower == pytest.approx(REQUESTS_A_SECOND[callers], rel=0.2)
        assert median * slower == pytest.approx(MEDIAN_SECONDS[callers], rel=0.2)
        assert batch == pytest.approx(WINDOWS_A_TICK[callers], rel=0.3)


def test_a_short_request_beside_a_long_talk_ends_first():
    long, short = job_of(MEASURED, BATCH, 600.0, 0.0), job_of(MEASURED, INTERACTIVE, 10.0, 5.0)
    Fleet(unlimited(MEASURED, 1), [long, short]).run()
    assert short.ended < long.ended / 2


def test_every_accepted_job_ends_whatever_dies_and_is_deployed():
    traffic = Traffic(
        2.0, talk_share=0.01, bursts=2, burst_rate=150.0, burst_seconds=4.0, backlogs=((50.0, 5),)
    )
    failures = Failures(120.0, deploys=(100.0,), checkpoint=16)
    setting = Setting(fleet.Gpu().kind, 3, traffic, 300.0, failures, queue_jobs=8, lanes=True)
    jobs = Fleet(setting).jobs

    found = Fleet(replace(setting, horizon=2_500.0), jobs).run()

    assert found.deaths > 0
    assert found.refused > 0
    assert found.arrived == len(jobs) == found.finished + found.refused + found.lost_jobs


def test_checkpoints_save_work():
    kind, traffic = fleet.CPU, Traffic(0.004, talk_share=1.0)
    lost = [
        Fleet(Setting(kind, 4, traffic, 30_000.0, Failures(900.0, checkpoint=every))).run()
        for every in (None, 32)
    ]
    assert lost[1].lost_seconds < lost[0].lost_seconds / 2
    assert lost[1].finished >= lost[0].finished


def test_a_lane_of_its_own_keeps_a_backlog_from_short_requests():
    traffic = Traffic(15.0, backlogs=((40.0, 20),))
    setting = Setting(fleet.Gpu().kind, 1, traffic, 200.0)
    one, two = (Fleet(replace(setting, lanes=lanes)).run() for lanes in (False, True))
    assert two.quantile(INTERACTIVE, 0.99) < one.quantile(INTERACTIVE, 0.99) / 5
    assert two.refused < one.refused


def test_a_database_bounds_what_any_number_of_workers_does():
    setting = Setting(fleet.Gpu().kind, 20, Traffic(200.0), 20.0, database_seconds=0.02)
    assert Fleet(setting).run().finished == pytest.approx(50 * 20, rel=0.05)


def test_the_same_seed_gives_the_same_rows():
    setting = Setting(fleet.Gpu().kind, 3, Traffic(60.0), 5.0, Failures(20.0))
    first, again, other = (Fleet(replace(setting, seed=seed)).run() for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.latencies[INTERACTIVE], again.latencies[INTERACTIVE])
    assert len(first.latencies[INTERACTIVE]) != len(other.latencies[INTERACTIVE])
