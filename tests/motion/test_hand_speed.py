"""Hand speed from arrays agrees with forward kinematics; windows end on the last frame."""

import numpy as np
import pytest
import torch

from motion.body import default_skeleton
from motion.files import arrays_of
from motion.hand_speed import hand_speeds
from motion.parts import joint
from tests.motion.motions import random_motion


def test_speed_is_that_of_the_wrists_as_seen_from_the_pelvis():
    motion = random_motion(60)
    poses = motion.poses.clone().double()
    poses[:, 0] = 0.0
    places = default_skeleton().positions(poses, torch.zeros(60, 3).double()).numpy()
    speeds = hand_speeds(arrays_of(motion))
    for name, found in zip(("left_wrist", "right_wrist"), speeds, strict=True):
        velocity = np.gradient(places[:, joint(name)], 1.0 / motion.fps, axis=0)
        exact = np.linalg.norm(velocity, axis=-1)
        reach = round(0.1 * motion.fps / 2)
        smooth = [exact[max(i - reach, 0) : i + reach + 1].mean() for i in range(60)]
        np.testing.assert_allclose(found, smooth, rtol=1e-5)


def test_a_single_frame_stands_still():
    assert [each.tolist() for each in hand_speeds(arrays_of(random_motion(1)))] == [[0.0], [0.0]]


def test_a_window_ends_on_the_last_frame_that_counts():
    arrays = arrays_of(random_motion(60))
    window = arrays.window(1.0, 2.0, until_seconds=45 / arrays.fps)
    first, count = round(arrays.fps), round(2.0 * arrays.fps)
    assert len(window.poses) == len(window.translation) == len(window.expression) == count
    np.testing.assert_array_equal(window.poses[0], arrays.poses[first])
    np.testing.assert_array_equal(window.poses[-1], arrays.poses[44])
    with pytest.raises(ValueError, match="outside"):
        arrays.window(1.6, 2.0, until_seconds=45 / arrays.fps)
