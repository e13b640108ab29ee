"""Windows over talks of any length."""

from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from annotations.types import (
    Exemplar,
    GestureLabel,
    GestureType,
    Held,
    PlacedExemplar,
    Window,
)
from diffusion.latents import LatentLayout
from diffusion.windows import SeedTokens, TalkWindow, exemplars_in, plan_windows
from motion.clip import Motion
from motion.parts import PARTS
from motion.timeline import CHUNK_FRAMES, WINDOW_CHUNKS, ChunkSpan, FrameSpan
from speech.transcript import Interval, Speech
from tests.diffusion.golden import Golden
from tests.parity import assert_close, load_json


@dataclass(frozen=True)
class NoClip:
    """A clip that must not be opened: planning windows needs names and spans alone."""

    key: str = "a@0.000"
    speaker: int = 0

    def motion(self) -> Motion:
        raise AssertionError("planning opened a clip")

    def speech(self) -> Speech:
        raise AssertionError("planning opened a clip")


def placed(target: ChunkSpan, source: ChunkSpan) -> PlacedExemplar:
    label = GestureLabel(GestureType.ICONIC, "wide", Interval(1.0, 2.0))
    return PlacedExemplar(Exemplar(1, Window("a", 0, 0.0), label), NoClip(), target, source)


def test_parity_windows_of_talks_of_several_lengths():
    """Compare starts, ends and padding of the published plan; exact."""
    for case in load_json("longform")["chunk_starts"]:
        windows = plan_windows(case["frames"], "published")
        assert [window.frames.start for window in windows] == case["starts"], case
        assert [window.frames.stop for window in windows] == case["ends"], case
        assert windows[-1].frames.stop - case["frames"] == case["padding"], case


def test_parity_seed_tokens_are_the_previous_window_s_last_chunk():
    """Compare the seed sequence; exact."""
    golden = Golden.load("ddim")
    seed = SeedTokens.following(golden.tensors["in/prev_latent"], golden.denoiser.layout)
    assert_close(seed.latents, golden.tensors["in/seed_seq"], 0.0, "seed")
    assert int(seed.mask.sum()) == len(PARTS)


@given(st.integers(min_value=1, max_value=60_000))
def test_windows_cover_a_talk_of_any_length_and_none_is_needless(frames):
    windows = plan_windows(frames)
    assert windows[0].frames.start == 0
    assert windows[-1].frames.stop >= frames
    for before, after in zip(windows, windows[1:], strict=False):
        assert before.chunks.stop - after.chunks.start == 1
        assert before.frames.stop < frames


@given(
    st.integers(min_value=0, max_value=40),
    st.integers(min_value=1, max_value=WINDOW_CHUNKS),
    st.integers(min_value=0, max_value=WINDOW_CHUNKS - 1),
    st.integers(min_value=51 * 15, max_value=90 * 15),
    st.sampled_from(["two_rounds", "sequential"]),
)
def test_every_chunk_of_an_exemplar_is_inserted_once_from_its_own_source(
    start, length, first, frames, order
):
    length = min(length, WINDOW_CHUNKS - first)
    target, source = ChunkSpan(start, start + length), ChunkSpan(first, first + length)
    windows = plan_windows(frames, order=order)
    found = {}
    for window in windows:
        for piece in exemplars_in([placed(target, source)], window):
            assert len(piece.target) == len(piece.source)
            for offset in range(len(piece.target)):
                chunk = window.chunks.start + piece.target.start + offset
                assert chunk not in found, "a chunk is inserted twice"
                found[chunk] = piece.source.start + offset
    assert found == {start + place: first + place for place in range(length)}


@given(st.integers(min_value=1, max_value=60_000))
def test_in_two_rounds_each_window_waits_for_even_neighbours_alone(frames):
    windows = plan_windows(frames)
    for window in windows:
        neighbours = {window.index - 1, window.index + 1} & set(range(len(windows)))
        assert set(window.after) == (neighbours if window.index % 2 else set())
        assert all(windows[index].after == () for index in window.after)
    owned = [chunk for window in windows for chunk in range(*_bounds(window.own_chunks))]
    assert sorted(owned) == list(range(windows[-1].chunks.stop)), "each chunk has one owner"


def _bounds(span: ChunkSpan) -> tuple[int, int]:
    return span.start, span.stop


def test_a_window_between_two_known_ones_takes_its_ends_from_them():
    layout = LatentLayout(4)
    generator = torch.Generator().manual_seed(0)
    before, behind = torch.randn(2, 1, layout.tokens, 3, generator=generator)
    seed = SeedTokens.between(before, behind, layout)
    assert int(seed.mask.sum()) == 2 * len(PARTS)
    for part in PARTS:
        first, last = layout.of(part, 0, 1), layout.of(part, 3, 4)
        torch.testing.assert_close(seed.latents[:, first], before[:, last])
        torch.testing.assert_close(seed.latents[:, last], behind[:, first])
    assert not seed.latents[~seed.mask].any()


def test_the_first_chunk_of_a_later_window_belongs_to_the_window_before():
    on_the_border = placed(ChunkSpan(9, 10), ChunkSpan(3, 4))
    assert exemplars_in([on_the_border], TalkWindow(0))[0].target == ChunkSpan(9, 10)
    assert exemplars_in([on_the_border], TalkWindow(1, after=(0,))) == ()


def test_seeds_stack_with_windows_that_follow_nothing():
    layout = LatentLayout(4)
    tokens = torch.randn(1, layout.tokens, 3, generator=torch.Generator().manual_seed(0))
    stacked = SeedTokens.stacked([SeedTokens.nothing(tokens), SeedTokens.following(tokens, layout)])
    assert stacked.mask.sum(dim=1).tolist() == [0, len(PARTS)]
    for part in PARTS:
        first, last = layout.of(part, 0, 1), layout.of(part, 3, 4)
        torch.testing.assert_close(stacked.latents[1, first], tokens[0, last])


def test_a_talk_without_frames_is_refused():
    with pytest.raises(ValueError, match="at least one frame"):
        plan_windows(0)


def test_what_is_held_counts_in_full_and_fades_on_either_side_in_every_window():
    held = Held(FrameSpan(9 * CHUNK_FRAMES - 5, 9 * CHUNK_FRAMES + 4), fade_frames=6)
    one = replace(placed(ChunkSpan(7, 11), ChunkSpan(2, 6)), held=held)
    first, second = plan_windows(19 * CHUNK_FRAMES, order="sequential")

    weights = [each.weights() for w in (first, second) for each in exemplars_in([one], w)]

    assert [len(each) for each in weights] == [3, 1]
    frames = torch.cat(weights).flatten()
    start = 2 * CHUNK_FRAMES - 5
    assert torch.equal(frames[start : start + 9], torch.ones(9))
    assert frames[: start - 6].max() < 1e-6
    assert frames[start + 9 + 6 :].max() < 1e-6
    assert (frames[start - 6 : start].diff() > 0).all()
    torch.testing.assert_close(frames[start - 6 : start], frames[start + 9 : start + 15].flip(0))


def test_an_exemplar_that_is_held_as_a_whole_has_no_weights():
    window = plan_windows(10 * CHUNK_FRAMES)[0]

    (inside,) = exemplars_in([placed(ChunkSpan(2, 5), ChunkSpan(4, 7))], window)

    assert inside.weights() is None
