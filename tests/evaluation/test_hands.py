import pytest
import torch

from evaluation.hands import hand_speed, peaks, stroke_near, wrists_from_pelvis
from indexing.segment import hand_speed as speed_that_exemplars_are_cut_by
from tests.evaluation.changes import frozen, mirrored
from tests.indexing.tiny_corpus import gesturing
from tests.motion.motions import random_motion


def test_speed_is_that_by_which_exemplars_are_cut():
    motion = random_motion(90)

    torch.testing.assert_close(hand_speed(motion), speed_that_exemplars_are_cut_by(motion))


def test_turning_and_walking_do_not_move_the_hands():
    motion = random_motion(60)
    walked = type(motion).rest(60, 30.0)
    walked.poses[:, 0] = motion.poses[:, 0]
    walked.translation[:] = motion.translation

    assert hand_speed(walked).max() == pytest.approx(0.0, abs=1e-5)


def test_a_mirrored_motion_is_as_fast_with_the_other_hand():
    motion = random_motion(60)
    left, right = wrists_from_pelvis(motion).unbind(1)
    other_left, other_right = wrists_from_pelvis(mirrored(motion)).unbind(1)

    flip = torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(other_left, right * flip, atol=1e-5, rtol=0)
    torch.testing.assert_close(other_right, left * flip, atol=1e-5, rtol=0)
    torch.testing.assert_close(hand_speed(mirrored(motion)), hand_speed(motion), atol=1e-4, rtol=0)


def test_a_peak_is_no_edge_and_a_plateau_counts_once():
    speed = torch.tensor([9.0, 1.0, 3.0, 3.0, 1.0, 2.0, 1.0, 9.0])

    assert peaks(speed).nonzero()[:, 0].tolist() == [3, 5]
    assert len(peaks(speed[:1])) == 1


def test_a_stroke_is_found_where_the_arm_was_swung():
    motion = gesturing(10.0, [3.0, 6.0])
    speed = hand_speed(motion)

    assert stroke_near(speed, 30, 2.4, 3.6) == pytest.approx(3.0, abs=0.05)
    assert stroke_near(speed, 30, 5.0, 6.5) == pytest.approx(6.0, abs=0.05)
    assert stroke_near(speed, 30, 4.0, 5.0) is None


def test_the_fastest_stroke_of_several_is_taken():
    motion = gesturing(10.0, [3.0])
    slow = random_motion(300, reach=0.05)
    motion.poses[:, 17] = slow.poses[:, 17]
    speed = hand_speed(motion)

    assert stroke_near(speed, 30, 0.5, 8.0) == pytest.approx(3.0, abs=0.05)


def test_frozen_hands_and_times_outside_the_motion_have_no_stroke():
    motion = gesturing(10.0, [3.0])

    assert stroke_near(hand_speed(frozen(motion)), 30, 0.0, 10.0) is None
    assert stroke_near(hand_speed(motion), 30, 11.0, 12.0) is None
    assert stroke_near(hand_speed(motion), 30, -3.0, -2.0) is None
