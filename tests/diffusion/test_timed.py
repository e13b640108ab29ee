"""The denoiser with frozen weights against the plain one."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from diffusion.denoiser import Denoiser
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.schedule import Schedule
from diffusion.timed import TimedDenoiser, dtype_of
from tests.diffusion.golden import Golden
from tests.diffusion.test_denoiser import some_conditions, some_tokens, woken
from tests.parity import assert_close

SCHEDULE = Schedule.scaled_linear()


@pytest.fixture(scope="module", params=[0, 8], ids=["published", "with a local path"])
def denoiser(request):
    return woken(Denoiser.tiny(local_channels=request.param))


@pytest.fixture(scope="module")
def timed(denoiser):
    return TimedDenoiser.of(denoiser, SCHEDULE.timesteps)


def some_timesteps(samples):
    return torch.tensor([SCHEDULE.timesteps[(13 * row) % SCHEDULE.steps] for row in range(samples)])


@pytest.mark.parametrize("guidance", [ClassifierFreeGuidance(), None])
def test_estimates_are_those_of_the_plain_denoiser_at_timesteps_of_their_own(
    denoiser, timed, guidance
):
    x, prepared = some_tokens(denoiser, batch=5), denoiser.prepare(some_conditions(denoiser, 5))
    timestep, latent = some_timesteps(5), denoiser.layout.is_latent
    found = timed.mixed(x, timestep, prepared, guidance)
    expected = denoiser.mixed(x, timestep, prepared, guidance)
    torch.testing.assert_close(found[:, latent], expected[:, latent], rtol=1e-5, atol=1e-5)
    assert not found[:, ~latent].any()


@pytest.mark.parametrize("guidance", [ClassifierFreeGuidance(), None])
def test_matrices_in_bfloat16_change_an_estimate_by_little_and_leave_the_denoiser_alone(
    denoiser, timed, guidance
):
    half = TimedDenoiser.of(denoiser, SCHEDULE.timesteps, torch.bfloat16)
    x, prepared = some_tokens(denoiser, batch=5), denoiser.prepare(some_conditions(denoiser, 5))
    found = half.mixed(x, some_timesteps(5), prepared, guidance)
    expected = timed.mixed(x, some_timesteps(5), prepared, guidance)
    error = (found - expected).square().mean().sqrt() / expected.square().mean().sqrt()
    assert found.dtype == torch.float32
    assert 1e-5 < error < 0.03, "as float32, or further off than eight bits explain"
    assert {each.dtype for each in denoiser.parameters()} == {torch.float32}


def test_every_kept_timestep_has_its_row(denoiser, timed):
    timestep = torch.tensor(SCHEDULE.timesteps)
    x = some_tokens(denoiser, batch=1).expand(len(timestep), -1, -1)
    prepared = denoiser.prepare(some_conditions(denoiser, 1)).repeated(len(timestep))
    found = timed.mixed(x, timestep, prepared, None)
    expected = denoiser.mixed(x, timestep, prepared, None)
    latent = denoiser.layout.is_latent
    torch.testing.assert_close(found[:, latent], expected[:, latent], rtol=1e-5, atol=1e-5)


def test_a_timestep_outside_the_schedule_is_refused(denoiser, timed):
    prepared = denoiser.prepare(some_conditions(denoiser, 1))
    absent = next(t for t in range(1000) if t not in SCHEDULE.timesteps)
    with pytest.raises(IndexError):
        timed.mixed(some_tokens(denoiser, 1), torch.tensor([absent]), prepared, None)


def test_parity_denoiser_timed_estimates_match_the_published_mixture():
    """Compare mixtures of whole windows without a query mask; 2e-5."""
    golden = Golden.load("denoiser")
    prefix, compared = "out/none/mix_t", 0
    cases = {name.removeprefix(prefix): name for name in golden.tensors if name.startswith(prefix)}
    steps = sorted(int(name) for name in cases if name.isdigit())
    timed = TimedDenoiser.of(golden.denoiser, tuple(steps))
    latent = golden.denoiser.layout.is_latent
    whole = (golden.tensors["in/motion_mask"].bool() == latent).all(dim=1)
    assert whole.any(), "no sample is a whole window"
    for step in steps:
        x = golden.tensors["in/x"]
        timestep = torch.full((len(x),), step)
        found = timed.mixed(x, timestep, golden.prepared(), ClassifierFreeGuidance())
        expected = golden.tensors[cases[str(step)]]
        assert_close(found[whole][:, latent], expected[whole][:, latent], 2e-5, cases[str(step)])
        compared += 1
    assert compared, "no case was found"


def test_an_estimate_takes_a_fraction_of_the_operations(denoiser, timed):
    """The tiny network's share; at the released size it is less (benchmarks/generator.py)."""
    x, prepared = some_tokens(denoiser, 1), denoiser.prepare(some_conditions(denoiser, 1))
    counts = []
    for network in (timed, denoiser):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network.mixed(x, some_timesteps(1), prepared, ClassifierFreeGuidance())
        counts.append(counter.get_total_flops())
    assert counts[0] < 0.8 * counts[1]


def test_in_what_a_processor_samples_by_itself_an_estimate_does_not_depend_on_its_company():
    wide = woken(Denoiser.tiny(width=192, heads=6, ff_size=384, latent_dim=128, layers=2))
    dtype = dtype_of("auto", torch.device("cpu"))
    timed = TimedDenoiser.of(wide, SCHEDULE.timesteps, dtype)
    x, prepared = some_tokens(wide, batch=8), wide.prepare(some_conditions(wide, 8))
    timestep = some_timesteps(8)
    together = timed.mixed(x, timestep, prepared, ClassifierFreeGuidance())
    for row in (slice(0, 1), slice(3, 6)):
        own = timed.mixed(x[row], timestep[row], prepared[row], ClassifierFreeGuidance())
        torch.testing.assert_close(own, together[row], rtol=1e-5, atol=1e-5)
