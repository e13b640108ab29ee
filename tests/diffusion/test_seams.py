import pytest
import torch

from diffusion.codec import Codec
from diffusion.folded_seams import FoldedSeams
from diffusion.part_statistics import PartStatistics
from diffusion.seams import REACH_FRAMES, seam_correction
from diffusion.vae import PartVAE
from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES


def jumps(features: torch.Tensor) -> torch.Tensor:
    """How far each border's step is off the mean of the steps beside it."""
    step = features.diff(dim=1)
    border = torch.arange(CHUNK_FRAMES - 1, step.shape[1] - 1, CHUNK_FRAMES)
    return step[:, border] - (step[:, border - 1] + step[:, border + 1]) / 2


def test_what_runs_straight_over_the_borders_is_left_alone():
    line = torch.linspace(0, 4, 60)[None, :, None].expand(2, 60, 3)

    assert seam_correction(line).abs().max() < 1e-5


def test_a_jump_is_gone_and_the_middle_of_a_chunk_does_not_move():
    features = torch.zeros(1, 45, 2)
    features[:, 15:30] = 1.0

    moved = features + seam_correction(features)

    assert jumps(features).abs().max() == 1.0
    assert jumps(moved).abs().max() < 0.06
    middle = slice(15 + REACH_FRAMES, 30 - REACH_FRAMES)
    assert torch.equal(moved[:, middle], features[:, middle])
    assert moved[0, 14:16, 0].tolist() == pytest.approx([0.5, 0.5])


def test_the_correction_is_linear():
    a, b = torch.randn(2, 1, 60, 4)

    torch.testing.assert_close(
        seam_correction(2 * a - b), 2 * seam_correction(a) - seam_correction(b)
    )


def test_a_batch_is_corrected_sample_by_sample():
    features = torch.randn(2, 150, 5)

    torch.testing.assert_close(
        seam_correction(features),
        torch.cat([seam_correction(sample[None]) for sample in features]),
    )


@pytest.fixture(scope="module")
def codec():
    """VAEs with linear paths, statistics of their own, but for the face."""
    torch.manual_seed(0)
    vaes, statistics = {}, {}
    slow = torch.cumsum(torch.randn(300, CHUNK_FRAMES, 1), dim=1) / 4
    for part in PARTS:
        width = part.layout.width
        linear_path = part is not Part.FACE
        vaes[part] = PartVAE(
            width, latent_dim=64, layers=2, heads=2, ff_size=16, linear_path=linear_path
        )
        statistics[part] = PartStatistics(
            torch.zeros(1), torch.ones(1), torch.randn(64).half(), torch.rand(64).half() + 0.5
        )
        if linear_path:
            vaes[part].linear.start_from((slow * torch.randn(300, 1, width)).flatten(1))
    return Codec(vaes, statistics).eval()


def test_joined_tokens_decode_to_smaller_jumps_where_there_is_a_linear_path(codec):
    tokens = torch.randn(1, codec.layout.tokens, 64)
    before = codec.decode_features(tokens)
    after = codec.decode_features(codec.joined(tokens))

    for part in set(PARTS) - {Part.FACE}:
        assert jumps(after[part]).abs().mean() < 0.8 * jumps(before[part]).abs().mean()


def test_folded_seams_join_the_same_tokens(codec):
    tokens = torch.randn(3, codec.layout.tokens, 64)

    joined = codec.joined(tokens)

    assert (joined - tokens)[:, codec.layout.is_latent].abs().max() > 0.1
    torch.testing.assert_close(FoldedSeams.of(codec)(tokens), joined, rtol=1e-4, atol=1e-5)


def test_published_vaes_are_left_alone():
    codec = Codec.tiny()
    tokens = torch.randn(2, codec.layout.tokens, codec.latent_dim)
    tokens[:, list(codec.layout.separators)] = 0

    assert torch.equal(codec.joined(tokens), tokens)
    assert torch.equal(FoldedSeams.of(codec)(tokens), tokens)
