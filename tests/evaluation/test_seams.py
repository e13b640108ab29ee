import math
from dataclasses import replace

import pytest
import torch

from evaluation.seams import HOP_SECONDS, SHARED_SECONDS, seam_jerk
from motion.clip import Motion, joined
from motion.timeline import FrameSpan
from tests.evaluation.changes import frozen, mirrored, noisy
from tests.motion.motions import random_motion

SMOOTH = random_motion(round(65 * 30), reach=0.2)


def rough(motion: Motion, every: float, offset: float = 0.0) -> Motion:
    """Jitter in the second that windows share."""
    noise = noisy(motion, 0.01).poses - motion.poses
    seconds = torch.arange(len(motion)) / motion.fps - offset
    since = seconds % every
    shared = (since < SHARED_SECONDS) & (seconds > every / 2)
    return replace(motion, poses=motion.poses + shared[:, None, None] * noise)


def test_windows_begin_every_nine_seconds_and_share_one():
    assert (HOP_SECONDS, SHARED_SECONDS) == (9.0, 1.0)


def test_smooth_motion_has_no_seams():
    found = seam_jerk([SMOOTH])

    assert found.seams == 7
    assert found.ratio == pytest.approx(1.0, abs=0.1)
    assert found.reliable


def test_jitter_where_windows_are_joined_is_seen():
    found = seam_jerk([rough(SMOOTH, HOP_SECONDS)])

    assert found.ratio > 3
    assert found.ratio > 1.5 * found.chance_high
    assert found.at_seams > found.inside


def test_jitter_elsewhere_is_no_seam_and_its_own_offset_finds_it():
    aside = rough(SMOOTH, HOP_SECONDS, offset=4.0)

    assert seam_jerk([aside]).ratio < 0.5
    assert seam_jerk([aside], offset_seconds=4.0).ratio > 3


def test_jitter_everywhere_is_jerk_but_no_seam():
    shaken = seam_jerk([noisy(SMOOTH, 0.01)])

    assert shaken.inside > 5 * seam_jerk([SMOOTH]).inside
    assert shaken.ratio == pytest.approx(1.0, abs=0.1)


def test_windows_laid_end_to_end_without_fading_show_and_faded_ones_less():
    windows = [random_motion(300, seed=seed, reach=0.2) for seed in range(8)]
    cut = joined([window[FrameSpan(0, 270)] for window in windows], 0)
    faded = joined(windows, 30)

    hard, soft = seam_jerk([cut]).ratio, seam_jerk([faded]).ratio
    assert hard > 2
    assert soft < hard / 2


def test_left_and_right_do_not_matter():
    motion = rough(SMOOTH, HOP_SECONDS)
    assert seam_jerk([mirrored(motion)]).ratio == pytest.approx(seam_jerk([motion]).ratio, rel=1e-3)


def test_motions_are_counted_together():
    parts = [SMOOTH[FrameSpan(0, 600)], SMOOTH[FrameSpan(600, 1200)], SMOOTH[FrameSpan(1200, 1800)]]
    assert seam_jerk(parts).seams == 6


def test_too_few_seams_or_no_motion_are_flagged():
    short = seam_jerk([SMOOTH[FrameSpan(0, 300)]])
    assert not short.reliable
    assert "6 needed" in short.why_not
    still = seam_jerk([frozen(SMOOTH)])
    assert not still.reliable
    assert math.isnan(still.ratio)
    with pytest.raises(ValueError, match="4 frames"):
        seam_jerk([SMOOTH[FrameSpan(0, 3)]])
