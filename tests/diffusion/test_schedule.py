"""The noise schedule."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler

from diffusion.schedule import Schedule
from tests.parity import load_json


@pytest.fixture
def schedule() -> Schedule:
    return Schedule.scaled_linear()


def test_parity_schedule_matches_betas_and_every_respacing():
    """Compare betas, kept timesteps and cumulative products; 1e-12."""
    cases = load_json("schedule")
    worst = 0.0
    for name, case in cases["respacings"].items():
        schedule = Schedule.scaled_linear(name, training_steps=len(cases["betas"]))
        assert list(schedule.timesteps) == case["timestep_map"], name
        assert schedule.steps == case["num_steps"], name
        kept = schedule.alpha_bar[1:-1]
        for found, expected in (
            (schedule.betas, cases["betas"]),
            (schedule.training_alpha_bar, cases["alphas_cumprod"]),
            (kept, case["alphas_cumprod"]),
            (schedule.alpha_bar[:-2], case["alphas_cumprod_prev"]),
            (schedule.alpha_bar[2:], case["alphas_cumprod_next"]),
            (1.0 - kept / schedule.alpha_bar[:-2], case["betas"]),
        ):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12, err_msg=name)
            worst = max(worst, float(np.abs(np.subtract(found, expected)).max()))
    print(f"schedule: worst error {worst:.1e}, allowed 1.0e-12")  # noqa: T201


def test_inverting_then_denoising_returns_the_same_latent(schedule):
    rng = np.random.default_rng(0)
    x_0, start = rng.normal(size=(43, 8)), rng.normal(size=(43, 8))
    levels = range(1, schedule.steps + 1)

    x = start
    for level in levels[:-1]:
        x = schedule.move(x, x_0, level, level + 1)
    for level in reversed(levels[1:]):
        x = schedule.move(x, x_0, level, level - 1)

    np.testing.assert_allclose(x, start, atol=1e-9)


def test_moving_to_level_zero_gives_the_clean_estimate_and_past_the_last_the_noise(schedule):
    x_0, eps = torch.randn(2, 2, 5, 3, generator=torch.Generator().manual_seed(1)).double()
    x = schedule.noised(x_0, schedule.steps, eps)

    torch.testing.assert_close(schedule.move(x, x_0, schedule.steps, 0), x_0)
    torch.testing.assert_close(schedule.move(x, x_0, schedule.steps, schedule.steps + 1), eps)


def test_a_clean_latent_cannot_be_moved(schedule):
    with pytest.raises(ValueError, match="start inversion at level 1"):
        schedule.move(np.ones(3), np.ones(3), 0, 1)


def test_each_sample_of_a_batch_may_stand_at_its_own_level(schedule):
    x, x_0 = torch.randn(2, 2, 5, 3, generator=torch.Generator().manual_seed(2))
    together = schedule.move(x, x_0, torch.tensor([7, 31]), torch.tensor([6, 30]))

    torch.testing.assert_close(together[0], schedule.move(x[0], x_0[0], 7, 6))
    torch.testing.assert_close(together[1], schedule.move(x[1], x_0[1], 31, 30))


def test_nothing_in_a_schedule_can_be_changed(schedule):
    for values in (schedule.betas, schedule.alpha_bar, schedule.training_alpha_bar):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.5
    with pytest.raises(AttributeError):
        schedule.timesteps = ()


@pytest.mark.parametrize("kept", ["15,15,8,6,6", "leading", "trailing", [0, 3, 999]])
def test_a_schedule_survives_json(kept: Any):
    schedule = Schedule.scaled_linear(kept)
    again = Schedule.from_dict(json.loads(json.dumps(schedule.to_dict())))
    assert again == schedule
    np.testing.assert_array_equal(again.alpha_bar, schedule.alpha_bar)


def test_a_thinned_schedule_keeps_both_ends_and_only_known_timesteps(schedule):
    thin = schedule.thinned(10)
    assert thin.steps == 10
    assert (thin.timesteps[0], thin.timesteps[-1]) == (0, 999)
    assert set(thin.timesteps) <= set(schedule.timesteps)


@pytest.mark.parametrize("kept", [[], [3, 2], [0, 1000], "15,x", "0,5", "2000"])
def test_impossible_timesteps_are_refused(kept: Any):
    with pytest.raises(ValueError, match=r"timesteps|spacing"):
        Schedule.scaled_linear(kept)


def denoised(schedule, x, solve):
    """From the noisiest level to the clean one, with a made-up denoiser."""
    before = None
    for level in range(schedule.steps, 0, -1):
        x_0 = torch.tanh(x) * (1.0 - 2e-4 * schedule.timestep(level))
        carried = schedule.ahead(x_0, before, level) if solve and before is not None else x_0
        x, before = schedule.move(x, carried, level, level - 1), x_0
    return x


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers
@pytest.mark.parametrize("steps", [2, 3, 10, 50])
def test_the_second_order_is_the_one_of_diffusers(schedule, steps):
    schedule = schedule if steps == 50 else schedule.thinned(steps)
    oracle = DPMSolverMultistepScheduler(
        schedule.training_steps,
        trained_betas=schedule.betas,
        prediction_type="sample",
        algorithm_type="dpmsolver++",
        euler_at_final=True,
    )
    oracle.set_timesteps(timesteps=list(schedule.timesteps[::-1]))
    start = torch.randn(4, 7, generator=torch.Generator().manual_seed(5))
    x = start
    for timestep in oracle.timesteps:
        x_0 = torch.tanh(x) * (1.0 - 2e-4 * int(timestep))
        x = oracle.step(x_0, timestep, x).prev_sample

    torch.testing.assert_close(denoised(schedule, start, True), x, rtol=0, atol=2e-5)


def test_the_second_order_comes_nearer_to_many_steps_than_the_first(schedule):
    start = torch.randn(4, 7, generator=torch.Generator().manual_seed(6))
    fine = denoised(Schedule.scaled_linear(range(1000)), start, False)
    coarse = schedule.thinned(12)
    gaps = [(denoised(coarse, start, solve) - fine).abs().max() for solve in (True, False)]
    assert gaps[0] < 0.7 * gaps[1], gaps


@pytest.mark.parametrize("level", [0, 50])
def test_the_second_order_needs_an_estimate_before(schedule, level):
    with pytest.raises(ValueError, match=r"1\.\.49"):
        schedule.ahead(torch.ones(3), torch.ones(3), level)
