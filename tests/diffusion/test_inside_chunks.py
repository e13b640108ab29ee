"""Exemplars moved by frames, and weighed frame by frame, in the space of latents."""

import copy
from itertools import pairwise

import pytest
import torch

from diffusion.codec import Codec
from diffusion.inside_chunks import InsideChunks
from diffusion.part_statistics import PartStatistics
from diffusion.vae import PartVAE
from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES, WINDOW_CHUNKS

FRAMES = CHUNK_FRAMES * WINDOW_CHUNKS


@pytest.fixture(scope="module")
def smooth() -> torch.Tensor:
    """Chunks of slow movement, which a few components hold whatever their phase."""
    generator = torch.Generator().manual_seed(0)
    width = Part.UPPER.layout.width
    chunks = []
    for _ in range(400):
        turn = 0.1 * torch.arange(CHUNK_FRAMES) + 6.3 * torch.rand(1, generator=generator)
        shape = torch.stack((torch.ones(CHUNK_FRAMES), turn.sin(), turn.cos()))
        chunks.append((torch.randn(width, 3, generator=generator) * 0.1 @ shape).T.flatten())
    return torch.stack(chunks)


@pytest.fixture(scope="module")
def codec(smooth) -> Codec:
    """A codec whose upper body is three components of each channel, and nothing beside them."""
    torch.manual_seed(0)
    vaes = {part: _vae(part) for part in PARTS}
    upper = vaes[Part.UPPER]
    upper.linear.start_from(smooth)
    statistics = {part: PartStatistics.identity() for part in PARTS}
    return Codec(vaes, statistics).eval()


def _vae(part: Part) -> PartVAE:
    return PartVAE(
        part.layout.width,
        latent_dim=240,
        layers=2,
        heads=1,
        ff_size=8,
        dropout=0.0,
        linear_path=part is Part.UPPER,
    )


def waves() -> torch.Tensor:
    """Ten seconds that turn in every channel, each in its own phase."""
    phases = torch.linspace(0.0, 6.0, Part.UPPER.layout.width)
    return 0.3 * torch.sin(0.1 * torch.arange(FRAMES)[:, None] + phases)


def latents(codec: Codec, features: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return codec.encode_part(Part.UPPER, features[None])[0]


def features(codec: Codec, z: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return codec.decode_part(Part.UPPER, z[None])[0]


@pytest.mark.parametrize("frames", [-7, -1, 1, 6])
def test_a_delay_is_that_of_the_motion_itself(codec, frames):
    wave = waves()
    z = latents(codec, wave)

    moved = features(codec, InsideChunks(codec).delayed(Part.UPPER, z, frames))

    expected = wave[(torch.arange(FRAMES) - frames).clamp(0, FRAMES - 1)]
    inner = slice(CHUNK_FRAMES, FRAMES - CHUNK_FRAMES)
    assert (moved - expected)[inner].abs().max() < 0.01
    assert (features(codec, z) - expected)[inner].abs().max() > 0.02


def test_no_delay_changes_nothing(codec):
    z = latents(codec, waves())

    assert torch.equal(InsideChunks(codec).delayed(Part.UPPER, z, 0), z)


def test_without_a_linear_path_motion_is_moved_through_the_vae(codec):
    z = torch.randn(WINDOW_CHUNKS, codec.latent_dim, generator=torch.Generator().manual_seed(1))
    inside = InsideChunks(codec)

    assert inside.shares(Part.HANDS, torch.ones(2, CHUNK_FRAMES)) is None
    assert torch.equal(inside.delayed(Part.HANDS, z, 0), z)
    moved = inside.delayed(Part.HANDS, z, 3)
    assert moved.shape == z.shape
    assert not torch.allclose(moved, z)


def test_shares_of_frames_add_up_to_the_whole_latent(codec):
    inside = InsideChunks(codec)
    first = torch.zeros(CHUNK_FRAMES)
    first[:6] = 1.0

    parts, others = inside.shares(Part.UPPER, torch.stack((first, 1.0 - first)))

    torch.testing.assert_close(parts + others, torch.eye(codec.latent_dim), atol=1e-5, rtol=0)


def test_the_share_of_some_frames_moves_these_and_leaves_the_others():
    # more components than there are numbers: then frames can be told apart exactly
    vae = PartVAE(2, latent_dim=32, layers=2, heads=1, ff_size=8, linear_path=True)
    vae.linear.start_from(torch.randn(200, 2 * CHUNK_FRAMES))
    whole = Codec.tiny()
    narrow = copy.deepcopy(whole.part(Part.UPPER))
    narrow.vae = vae
    whole.parts[Part.UPPER.value] = narrow
    w = torch.zeros(CHUNK_FRAMES)
    w[4:9] = 1.0

    (share,) = InsideChunks(whole).shares(Part.UPPER, w[None])

    moved = (vae.linear.to_chunk.weight @ share @ torch.randn(32)).detach()
    by_frame = moved.reshape(CHUNK_FRAMES, 2).norm(dim=1)
    assert by_frame[4:9].min() > 1e-3
    assert torch.cat((by_frame[:4], by_frame[9:])).max() < 1e-4


def test_a_fade_is_between_nothing_and_everything(codec):
    kept = torch.arange(0, CHUNK_FRAMES + 1, 5)[:, None]
    weights = (torch.arange(CHUNK_FRAMES) < kept).float()

    shares = InsideChunks(codec).shares(Part.UPPER, weights)

    sizes = shares.diagonal(dim1=1, dim2=2).mean(dim=1).tolist()
    assert sizes[0] == pytest.approx(0.0, abs=1e-6)
    assert sizes[-1] == pytest.approx(1.0, abs=1e-6)
    assert all(less < more for less, more in pairwise(sizes))
