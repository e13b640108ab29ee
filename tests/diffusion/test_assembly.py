"""Windows as one motion, in pieces."""

import pytest
import torch

from diffusion.assembly import assembled
from motion.clip import Motion, joined
from motion.rotation import matrix_from_axis_angle
from motion.timeline import CORPUS_FPS, MODEL_FPS, OVERLAP_FRAMES, WINDOW_FRAMES


def window(seed):
    """A window that stands somewhere else than the others."""
    generator = torch.Generator().manual_seed(seed)
    phase = torch.rand(55, 3, generator=generator) * 6
    time = torch.arange(WINDOW_FRAMES)[:, None, None] / MODEL_FPS
    drift = torch.randn(WINDOW_FRAMES, 3, generator=generator).cumsum(0) * 0.01
    expression = torch.randn(WINDOW_FRAMES, 100, generator=generator)
    return Motion(0.6 * torch.sin(time + phase), drift, expression, MODEL_FPS)


def at_once(windows, alignment):
    """The same in one piece: windows on the same spot, cross-faded, resampled."""
    chained = [windows[0]]
    for each in windows[1:]:
        seam = chained[-1].translation[-OVERLAP_FRAMES:] - each.translation[:OVERLAP_FRAMES]
        step = seam.mean(dim=0) * torch.tensor([1.0, 0.0, 1.0])
        moved = Motion(each.poses, each.translation + step, each.expression, each.fps)
        chained.append(moved)
    return joined(chained, OVERLAP_FRAMES).resampled(CORPUS_FPS, alignment)


@pytest.mark.parametrize("alignment", ["start", "centre"])
@pytest.mark.parametrize("sizes", [[1], [3], [1, 1, 1], [2, 3, 1]])
def test_pieces_make_the_motion_that_is_made_at_once(sizes, alignment):
    windows = [window(seed) for seed in range(sum(sizes))]
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    groups = [windows[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    expected = at_once(windows, alignment)
    found = assembled(groups, alignment, len(expected))
    assert (len(found), found.fps) == (len(expected), CORPUS_FPS)
    torch.testing.assert_close(found.translation, expected.translation, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.expression, expected.expression, rtol=0, atol=1e-5)
    torch.testing.assert_close(
        matrix_from_axis_angle(found.poses),
        matrix_from_axis_angle(expected.poses),
        rtol=0,
        atol=1e-4,
    )


@pytest.mark.parametrize("frames", [0, 1, 290, 540, 839, 840])
def test_a_motion_ends_with_its_talk_wherever_pieces_end(frames):
    windows = [window(seed) for seed in range(3)]
    whole = assembled([windows[:2], windows[2:]], "start", 840)
    found = assembled([windows[:2], windows[2:]], "start", frames)
    assert len(found) == frames
    assert torch.equal(found.poses, whole.poses[:frames])
    assert torch.equal(found.translation, whole.translation[:frames])
    assert torch.equal(found.expression, whole.expression[:frames])


def test_more_frames_than_the_windows_hold_are_refused():
    with pytest.raises(ValueError, match="hold 300 frames, 301 are wanted"):
        assembled([[window(0)]], "start", 301)
