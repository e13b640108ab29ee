"""The layout of tokens: round trips, separators, masks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.latents import LatentLayout
from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES
from tests import parity

steady = settings(deadline=None)
layouts = st.integers(1, 30).map(LatentLayout)


def latents_of(layout, width=3):
    generator = torch.Generator().manual_seed(layout.chunks)
    return {part: torch.randn(2, layout.chunks, width, generator=generator) for part in PARTS}


@steady
@given(layouts)
def test_parting_joined_latents_returns_the_same_latents(layout):
    latents = latents_of(layout)
    parted = layout.parted(layout.joined(latents))
    for part in PARTS:
        torch.testing.assert_close(parted[part], latents[part], rtol=0, atol=0)


@steady
@given(layouts)
def test_joined_latents_are_zero_at_separators_alone(layout):
    tokens = layout.joined(latents_of(layout))
    assert tokens.shape[1] == layout.tokens
    assert torch.equal(tokens.abs().sum(dim=(0, 2)) > 0, layout.is_latent)


@steady
@given(layouts)
def test_parts_and_separators_cover_every_token_once(layout):
    covered = [token for part in PARTS for token in range(*layout.of(part).indices(layout.tokens))]
    assert sorted(covered + list(layout.separators)) == list(range(layout.tokens))


@steady
@given(layout=layouts, drawn=st.data())
def test_a_token_counts_when_its_chunks_first_frame_does(layout, drawn):
    frames = layout.chunks * CHUNK_FRAMES
    real = drawn.draw(st.integers(0, frames))
    mask = layout.mask_of_frames(torch.arange(frames) < real)
    whole = -(-real // CHUNK_FRAMES)
    for part in PARTS:
        assert mask[layout.of(part)].tolist() == [chunk < whole for chunk in range(layout.chunks)]
    assert not mask[list(layout.separators)].any()


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 11)])
def test_chunks_outside_the_window_are_refused(start, stop):
    with pytest.raises(ValueError, match="outside 0:10"):
        LatentLayout().of(Part.HANDS, start, stop)


def test_latents_of_other_shape_and_sequences_of_other_length_are_refused():
    layout = LatentLayout()
    latents = latents_of(layout)
    with pytest.raises(ValueError, match="latents of hands have shape"):
        layout.joined(latents | {Part.HANDS: torch.zeros(2, 9, 3)})
    with pytest.raises(ValueError, match="face are missing"):
        layout.joined({part: z for part, z in latents.items() if part is not Part.FACE})
    with pytest.raises(ValueError, match="expected 43"):
        layout.parted(torch.zeros(2, 42, 3))
    with pytest.raises(ValueError, match="expected 150"):
        layout.mask_of_frames(torch.ones(2, 149 + 16, dtype=torch.bool))


def test_parity_layout_has_the_published_ranges_and_separators():
    """Token ranges and separators, exact."""
    published = parity.load_json("body_parts")["latent_sequence"]
    first = published["ranges"][PARTS[0].value]
    layout = LatentLayout(first[1] - first[0])
    assert layout.tokens == published["length"]
    assert list(layout.separators) == published["separators"]
    for part in PARTS:
        assert [layout.of(part).start, layout.of(part).stop] == published["ranges"][part.value]
