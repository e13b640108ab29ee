"""Inversion and its stored trajectories."""

import pytest
import torch

from diffusion.denoiser import Denoiser
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import (
    InversionOptions,
    Trajectory,
    TrajectoryError,
    invert,
    inverted_levels,
)
from diffusion.sampling import Noise, Sampler, SamplingOptions
from diffusion.schedule import Schedule
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import ChunkSpan
from tests.diffusion.golden import Golden
from tests.diffusion.test_denoiser import some_conditions, some_tokens, woken
from tests.parity import assert_close


@pytest.fixture(scope="module")
def denoiser():
    return woken(Denoiser.tiny())


@pytest.fixture(scope="module")
def schedule():
    return Schedule.scaled_linear().thinned(6)


def one_trajectory(denoiser, schedule, seed=1):
    prepared = denoiser.prepare(some_conditions(denoiser, batch=1, seed=seed))
    tokens = some_tokens(denoiser, batch=1, seed=seed)
    return invert(denoiser, schedule, tokens, prepared, InversionOptions(iterations=1), "w")[0]


def test_parity_inversion_matches_at_every_level():
    """Compare all latents of the published inversion; 1e-5. Entry i is level i + 2."""
    golden = Golden.load("ddim")
    levels = golden.inverted(golden.tensors["in/clean_latent"], "in/retr_")
    expected = golden.tensors["out/inversion/all"]
    assert_close(levels[2:], expected, 1e-5, "inversion")
    assert len(levels) == golden.schedule.steps + 2


def test_parity_sampling_back_from_the_inversion_matches():
    """Compare the reconstruction from pure noise; 1e-4."""
    golden = Golden.load("ddim")
    levels = golden.inverted(golden.tensors["in/clean_latent"], "in/retr_")
    options = SamplingOptions(behaviour="published", mode="none")
    sampler = Sampler(golden.denoiser, golden.schedule, options)
    found = sampler.sample(Noise(levels[-1]), golden.prepared("in/retr_"))
    assert_close(found, golden.tensors["out/inversion/reconstruction"], 1e-4, "reconstruction")


def test_an_inverted_latent_has_the_noise_of_its_level(schedule):
    """With a network that always answers the same, every level is known in closed form."""
    steady = woken(Denoiser.tiny())
    steady.out.weight.zero_()
    tokens = some_tokens(steady)
    levels = inverted_levels(
        steady, schedule, tokens, steady.prepare(some_conditions(steady)), InversionOptions()
    )
    answer = steady.out.bias.expand_as(tokens)
    eps = schedule.eps(tokens, answer, 1)
    torch.testing.assert_close(levels[0], tokens)
    for level in range(1, schedule.steps + 2):
        expected = schedule.noised(answer, level, eps)
        torch.testing.assert_close(levels[level], expected, rtol=1e-4, atol=1e-4)


def test_a_sample_is_held_against_the_trajectory_at_its_own_level(denoiser, schedule):
    trajectory = one_trajectory(denoiser, schedule)
    span = InsertedSpan(trajectory, ChunkSpan(2, 5), ChunkSpan(4, 7), 1.0)
    layout, width = denoiser.layout, denoiser.config.latent_dim
    ours = Insertions.of([span], layout, schedule, width)
    published = Insertions.of([span], layout, schedule, width, published=True)
    for place, part in enumerate(INSERTED_PARTS):
        tokens = layout.of(part, 2, 5)
        for level in range(schedule.steps + 1):
            there = trajectory.at(level)[place, 4:7].float()
            torch.testing.assert_close(ours.targets[level, 0, tokens], there)
        for level in range(1, schedule.steps + 1):
            ahead = trajectory.at(level + 1)[place, 4:7].float()
            torch.testing.assert_close(published.targets[level, 0, tokens], ahead)
    inserted = int(ours.mask.sum())
    assert inserted == 3 * len(INSERTED_PARTS)
    assert not ours.mask[:, layout.of(Part.FACE)].any()


def test_iterations_bring_the_round_trip_near_zero(denoiser):
    schedule = Schedule.scaled_linear(range(250, 1000, 50))
    tokens, prepared = some_tokens(denoiser), denoiser.prepare(some_conditions(denoiser))
    lost = []
    for iterations in (0, 1, 3):
        options = InversionOptions(iterations=iterations)
        levels = inverted_levels(denoiser, schedule, tokens, prepared, options)
        x = levels[schedule.steps]
        for level in range(schedule.steps, 1, -1):
            timestep = torch.full((len(x),), schedule.timestep(level))
            x_0 = denoiser.mixed(x, timestep, prepared, options.guidance)
            x = schedule.move(x, x_0, level, level - 1)
        lost.append(((x - tokens).norm() / tokens.norm()).item())
    assert lost[1] < lost[0] / 3
    assert lost[2] < 1e-3


def test_a_clip_inverts_the_same_alone_and_in_a_batch(denoiser, schedule):
    tokens, prepared = some_tokens(denoiser), denoiser.prepare(some_conditions(denoiser))
    together = inverted_levels(denoiser, schedule, tokens, prepared, InversionOptions())
    for row in range(2):
        own = slice(row, row + 1)
        alone = inverted_levels(denoiser, schedule, tokens[own], prepared[own], InversionOptions())
        torch.testing.assert_close(alone[:, 0], together[:, row], rtol=1e-4, atol=1e-4)


def test_a_trajectory_survives_bytes_and_files(denoiser, schedule, tmp_path):
    trajectory = one_trajectory(denoiser, schedule)
    trajectory.save(tmp_path / "clip.safetensors")
    for again in (
        Trajectory.from_bytes(trajectory.to_bytes()),
        Trajectory.load(tmp_path / "clip.safetensors"),
    ):
        assert (again.timesteps, again.weights_id) == (schedule.timesteps, "w")
        assert again.latents.dtype == torch.float16
        torch.testing.assert_close(again.latents, trajectory.latents, rtol=0, atol=0)


def test_a_file_that_holds_no_trajectory_is_refused(tmp_path):
    (tmp_path / "broken").write_bytes(b"not a trajectory")
    with pytest.raises(TrajectoryError, match="no trajectory"):
        Trajectory.load(tmp_path / "broken")
    with pytest.raises(TrajectoryError, match="no trajectory"):
        Trajectory.from_bytes(b"not a trajectory")


def test_a_trajectory_serves_a_thinned_schedule_and_refuses_a_foreign_one(denoiser, schedule):
    trajectory = one_trajectory(denoiser, schedule)
    thin = schedule.thinned(3)
    under = trajectory.under(thin)
    for level in range(1, thin.steps + 1):
        same = 1 + schedule.timesteps.index(thin.timestep(level))
        torch.testing.assert_close(under.at(level), trajectory.at(same))
    torch.testing.assert_close(under.at(thin.steps + 1), trajectory.at(schedule.steps + 1))
    with pytest.raises(TrajectoryError, match="invert the clip again"):
        trajectory.under(Schedule.scaled_linear("leading"))


def test_two_exemplars_on_one_chunk_are_refused(denoiser, schedule):
    trajectory = one_trajectory(denoiser, schedule)
    spans = [
        InsertedSpan(trajectory, ChunkSpan(1, 3), ChunkSpan(0, 2), 1.0),
        InsertedSpan(trajectory, ChunkSpan(2, 4), ChunkSpan(0, 2), 1.0),
    ]
    with pytest.raises(ValueError, match="two exemplars"):
        Insertions.of(spans, denoiser.layout, schedule, denoiser.config.latent_dim)
