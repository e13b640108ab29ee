import math
from dataclasses import replace

import pytest
import torch

from evaluation.fgd import (
    clip_features,
    distance_interval,
    frechet_gesture_distance,
    motion_features,
    real_floor,
)
from evaluation.fgd_network import FgdNetwork
from evaluation.fgd_weights import FgdEncoder
from evaluation.positions import ClipPair
from motion.clip import Motion
from tests.evaluation.changes import frozen, mirrored, noisy, shifted, warped
from tests.motion.motions import random_motion

FRAMES = 256


@pytest.fixture(scope="module")
def encoder():
    """Features of random weights tell motions apart too."""
    torch.manual_seed(0)
    return FgdEncoder(FgdNetwork().requires_grad_(False).eval(), "random network", "0" * 64)


@pytest.fixture(scope="module")
def real():
    return [random_motion(FRAMES, seed=seed, reach=0.3) for seed in range(3)]


def distance(encoder, generated, real):
    pairs = [ClipPair(str(n), *both) for n, both in enumerate(zip(generated, real, strict=True))]
    return frechet_gesture_distance([clip_features(encoder, pair) for pair in pairs], encoder)


def test_identical_sets_have_no_distance(encoder, real):
    assert distance(encoder, real, real).value < 1e-6


def test_noise_moves_a_set_away_the_more_of_it_there_is(encoder, real):
    found = [distance(encoder, [noisy(m, s) for m in real], real).value for s in (0.05, 0.1, 0.2)]
    assert 0.01 < found[0] < found[1] < found[2]


@pytest.mark.parametrize("change", [frozen, mirrored, warped])
def test_freezing_mirroring_and_warping_move_a_set_away(encoder, real, change):
    assert distance(encoder, [change(motion) for motion in real], real).value > 0.01


def test_a_shift_in_time_is_nearly_invisible(encoder, real):
    late = distance(encoder, [shifted(motion, 64) for motion in real], real).value
    assert late < 0.2 * distance(encoder, [frozen(motion) for motion in real], real).value


def test_which_clip_belongs_to_which_recording_is_invisible(encoder, real):
    # without their faces, which follow the recording
    bare = [replace(motion, poses=motion.poses * mask_of_face()) for motion in real]
    assert distance(encoder, bare[::-1], bare).value < 1e-6


def mask_of_face():
    mask = torch.ones(55, 1)
    mask[22:25] = 0.0
    return mask


def test_jaw_and_eyes_are_the_real_ones_on_both_sides(encoder, real):
    poses = real[0].poses.clone()
    poses[:, 22:25] = 0.4

    assert distance(encoder, [replace(real[0], poses=poses)], real[:1]).value < 1e-6


def test_place_and_expression_do_not_count(encoder, real):
    elsewhere = replace(
        real[0], translation=real[0].translation + 3, expression=0 * real[0].expression
    )
    assert distance(encoder, [elsewhere], real[:1]).value < 1e-6


def test_a_small_set_is_flagged(encoder, real):
    found = distance(encoder, real, real)

    assert not found.reliable
    assert "3 recordings" in found.why
    assert "48 feature steps, 2400 are needed" in found.why
    assert found.made_with == "random network, sha256 000000000000"


def test_the_interval_over_recordings_is_the_same_each_time_and_narrows_with_their_number(
    encoder, real
):
    clips = [clip_features(encoder, ClipPair("a", noisy(motion, 0.2), motion)) for motion in real]
    value = frechet_gesture_distance(clips, encoder).value

    few, many = (distance_interval(clips * copies, draws=20) for copies in (1, 8))

    assert few == distance_interval(clips, draws=20)
    assert few.low < value < few.high
    assert many.high - many.low < few.high - few.low


def test_halves_of_real_motion_are_apart_but_less_than_noise_takes_them(encoder, real):
    statistics = [motion_features(encoder, motion) for motion in (*real, *real)]

    assert 0 < real_floor(statistics) < distance(encoder, [noisy(m, 0.5) for m in real], real).value
    with pytest.raises(ValueError, match="at least 2 recordings"):
        real_floor(statistics[:1])


def test_clips_too_short_for_a_step_add_nothing(encoder):
    short = random_motion(31)
    assert motion_features(encoder, short).count == 0
    assert math.isnan(distance(encoder, [short], [short]).value)


def test_clips_are_cut_to_whole_blocks_of_32_frames(encoder):
    assert motion_features(encoder, random_motion(95)).count == 4


def test_another_frame_rate_is_refused(encoder):
    with pytest.raises(ValueError, match="30 fps, found 15"):
        motion_features(encoder, Motion.rest(64, 15))
