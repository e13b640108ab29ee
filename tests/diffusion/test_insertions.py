"""Exemplars laid out for sampling."""

import pytest
import torch

from diffusion.codec import Codec
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inside_chunks import InsideChunks
from diffusion.inversion import Trajectory
from diffusion.schedule import Schedule
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import CHUNK_FRAMES, WINDOW_CHUNKS, ChunkSpan

SCHEDULE = Schedule.scaled_linear()
WEIGHTS = torch.cat((torch.zeros(1, CHUNK_FRAMES), torch.ones(1, CHUNK_FRAMES)))


@pytest.fixture(scope="module")
def codec() -> Codec:
    torch.manual_seed(0)
    return Codec.tiny()


@pytest.fixture(scope="module")
def trajectory(codec) -> Trajectory:
    levels, parts = SCHEDULE.steps + 2, len(INSERTED_PARTS)
    latents = torch.randn(levels, parts, WINDOW_CHUNKS, codec.latent_dim)
    return Trajectory(latents, SCHEDULE.timesteps, "any")


def laid(codec: Codec, trajectory: Trajectory, inside: InsideChunks | None, delay: int = 0):
    span = InsertedSpan(trajectory, ChunkSpan(2, 4), ChunkSpan(5, 7), 0.9, delay, WEIGHTS)
    return Insertions.of([span], codec.layout, SCHEDULE, codec.latent_dim, inside=inside)


def test_what_is_held_for_some_frames_begins_at_fresh_noise_and_a_whole_one_at_its_own(
    codec, trajectory
):
    assert not laid(codec, trajectory, InsideChunks(codec)).starts.any()
    whole = laid(codec, trajectory, None)
    assert torch.equal(whole.starts, whole.mask)


def test_without_a_linear_path_a_token_is_pulled_by_the_mean_weight_of_its_frames(
    codec, trajectory
):
    found = laid(codec, trajectory, InsideChunks(codec))

    tokens = codec.layout.of(Part.UPPER, 2, 4)
    assert found.share is None
    assert found.strength[0, tokens].tolist() == pytest.approx([0.0, 0.9])


def test_a_delay_moves_the_signal_and_leaves_the_noise(codec, trajectory):
    tokens = codec.layout.of(Part.UPPER, 2, 4)
    plain, delayed = (laid(codec, trajectory, InsideChunks(codec), d).targets for d in (0, 4))

    moved = (delayed - plain)[:, 0, tokens]
    signal = torch.tensor(SCHEDULE.alpha_bar[: SCHEDULE.steps + 1] ** 0.5, dtype=torch.float32)
    assert moved[0].abs().max() > 1e-4
    torch.testing.assert_close(moved, signal[:, None, None] * moved[0], atol=1e-5, rtol=1e-4)


def test_weights_must_fit_the_target(trajectory):
    with pytest.raises(ValueError, match="rows of weights do not fit"):
        InsertedSpan(trajectory, ChunkSpan(2, 5), ChunkSpan(5, 8), 0.9, 0, WEIGHTS)
