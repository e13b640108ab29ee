from dataclasses import replace

import torch

from evaluation.motion_features import FEATURE_WIDTH, motion_features
from motion.parts import Part, joint
from tests.evaluation.changes import frozen, mirrored, noisy, warped
from tests.motion.motions import random_motion

MOTION = random_motion(90)


def test_features_lie_at_fifteen_frames_a_second():
    assert motion_features(MOTION).shape == (45, FEATURE_WIDTH)
    assert motion_features(MOTION.resampled(15)).shape == (45, FEATURE_WIDTH)


def test_legs_face_turning_and_place_are_not_seen():
    moved = replace(MOTION, translation=MOTION.translation + 1, expression=-MOTION.expression)
    poses = moved.poses.clone()
    unseen = [j for j in Part.LOWER.layout.joints if j != joint("spine3")]
    poses[:, [*unseen, joint("jaw")]] += 0.3
    moved = replace(moved, poses=poses, betas=None)

    torch.testing.assert_close(motion_features(moved), motion_features(MOTION), atol=1e-4, rtol=0)


def test_every_arm_and_finger_is_seen():
    found = motion_features(MOTION)
    for name in ("left_shoulder", "right_elbow", "left_wrist", "right_index2", "left_thumb1"):
        poses = MOTION.poses.clone()
        poses[:, joint(name)] += 0.3
        assert (motion_features(replace(MOTION, poses=poses)) - found).abs().max() > 0.1, name


def test_a_mirrored_motion_has_other_features_of_the_same_size():
    found, other = motion_features(MOTION), motion_features(mirrored(MOTION))

    assert (found - other).abs().max() > 0.1
    torch.testing.assert_close(found.norm(), other.norm(), rtol=1e-3, atol=0)


def test_freezing_stops_and_warping_doubles_the_rates():
    found, still = motion_features(MOTION), motion_features(frozen(MOTION))
    assert still.std(dim=0).max() < 1e-5
    rates = (found - still).abs().amax(dim=0) > 1e-5
    assert rates.sum() > 50
    smooth = random_motion(600, reach=0.05)
    velocity = slice(3, 6)
    ratio = (
        motion_features(warped(smooth))[:140, velocity].std()
        / motion_features(smooth)[:280, velocity].std()
    )
    assert 1.8 < ratio < 2.2


def test_noise_shows_and_one_frame_has_features():
    assert (motion_features(noisy(MOTION, 0.1)) - motion_features(MOTION)).abs().mean() > 0.1
    assert motion_features(random_motion(1)).shape == (1, FEATURE_WIDTH)
