"""Guidance towards exemplars: as published, and ours."""

from typing import get_args

import pytest
import torch

from diffusion.guidance import (
    GuidancePreset,
    StrengthSchedule,
    gradient_steps,
    published_pull,
    pull,
    step_strength,
)
from tests.diffusion.golden import Golden
from tests.parity import assert_close, load_json


def test_parity_guidance_presets_match():
    """Compare the gradient steps of every preset; exact."""
    cases = load_json("schedule")["guidance_iteration_presets"]
    presets = {name: steps for name, steps in cases.items() if isinstance(steps, list)}
    assert set(presets) == set(get_args(GuidancePreset))
    for name, steps in presets.items():
        assert list(gradient_steps(name, len(steps))) == steps, name


def test_parity_guidance_pulls_match():
    """Compare single pulls in closed form with the published gradient loop; 5e-6."""
    golden = Golden.load("ddim")
    mask = golden.tensors["in/guide_mask"].bool()
    names = {name.rpartition("/")[0] for name in golden.tensors if name.startswith("unit/")}
    assert names, "no case was found"
    for name in sorted(names):
        preset, step, rate = name.removeprefix("unit/").rsplit("_", 2)
        k = gradient_steps(preset, golden.config["steps"])[int(step.removeprefix("i"))]
        before, target = golden.tensors[f"{name}/before"], golden.tensors[f"{name}/target"]
        found = published_pull(before, target, mask, k, float(rate.removeprefix("lr")))
        assert_close(found, golden.tensors[f"{name}/after"], 5e-6, name)


def test_the_closed_form_equals_gradient_descent():
    generator = torch.Generator().manual_seed(0)
    x, r = torch.randn(2, 2, 7, 3, generator=generator)
    mask = torch.rand(2, 7, generator=generator) < 0.5
    moved = x.clone().requires_grad_(True)
    for _ in range(9):
        loss = ((moved - r) * mask[..., None]).square().mean()
        (gradient,) = torch.autograd.grad(loss, moved)
        moved = (moved - 3.0 * gradient).detach().requires_grad_(True)
    torch.testing.assert_close(published_pull(x, r, mask, 9, 3.0), moved.detach())


def test_our_pull_means_the_same_in_any_batch_and_the_published_one_does_not():
    generator = torch.Generator().manual_seed(0)
    x, r = torch.randn(2, 3, 7, 3, generator=generator)
    mask, s = torch.ones(3, 7, dtype=torch.bool), torch.full((3, 7), 0.3)
    together = pull(x, r, mask, s)
    alone = pull(x[:1], r[:1], mask[:1], s[:1])
    torch.testing.assert_close(together[:1], alone, rtol=0, atol=0)
    published = published_pull(x, r, mask, 10, 1.0)
    assert not torch.allclose(published[:1], published_pull(x[:1], r[:1], mask[:1], 10, 1.0))


@pytest.mark.parametrize("schedule", get_args(StrengthSchedule))
def test_a_full_dial_is_verbatim_and_an_empty_one_nothing_at_every_level(schedule):
    dials = torch.tensor([0.0, 0.2, 0.5, 0.9, 1.0])
    for level in range(50):
        s = step_strength(dials, schedule, level, 50)
        assert s[0] == 0.0
        assert s[-1] == 1.0
        assert (s.diff() > 0).all()


@pytest.mark.parametrize("schedule", get_args(StrengthSchedule))
@pytest.mark.parametrize("steps", [10, 50])
def test_a_dial_closes_the_same_share_of_a_gap_whatever_the_steps(schedule, steps):
    left = torch.ones(1)
    for level in range(steps):
        left = left * (1.0 - step_strength(torch.tensor([0.7]), schedule, level, steps))
    torch.testing.assert_close(left, torch.tensor([0.3**2]), rtol=1e-3, atol=0)


def test_strength_schedules_spend_their_pull_where_they_say():
    dial = torch.tensor(0.5)
    noisy = {name: step_strength(dial, name, 49, 50) for name in get_args(StrengthSchedule)}
    clean = {name: step_strength(dial, name, 1, 50) for name in get_args(StrengthSchedule)}
    assert noisy["early"] > noisy["constant"] > noisy["late"]
    assert clean["late"] > clean["constant"] > clean["early"]


def test_a_share_of_everything_pulls_as_none_does_and_a_share_of_nothing_leaves_the_sample():
    generator = torch.Generator().manual_seed(0)
    x, r = torch.randn(2, 2, 7, 3, generator=generator)
    mask, s = torch.rand(2, 7, generator=generator) < 0.5, torch.full((2, 7), 0.3)
    everything = torch.eye(3).repeat(2, 7, 1, 1)

    torch.testing.assert_close(pull(x, r, mask, s, everything), pull(x, r, mask, s))
    assert torch.equal(pull(x, r, mask, s, torch.zeros_like(everything)), x)
    assert torch.equal(pull(x, r, mask, s, everything)[~mask], x[~mask])
