import math

import pytest
import torch

from evaluation.joint_limits import limit_breaches
from motion.clip import Motion
from motion.files import read_npz
from motion.parts import joint
from tests.evaluation.changes import frozen, mirrored, noisy
from tests.speech.sounds import real_folder


def bent(name: str, axis: int, degrees: float) -> Motion:
    motion = Motion.rest(10, 30.0)
    motion.poses[:, joint(name), axis] = math.radians(degrees)
    return motion


def test_a_person_at_rest_breaks_no_limit():
    found = limit_breaches(Motion.rest(10, 30.0))

    assert (found.share, found.excess_degrees, found.worst_joint) == (0.0, 0.0, "")


@pytest.mark.parametrize(
    ("name", "axis", "natural", "impossible"),
    [
        ("left_elbow", 1, -120, 60),  # the forearm comes forward, not back
        ("right_elbow", 1, 120, -60),
        ("left_knee", 0, 120, -40),  # the shin goes back, not forward
        ("right_knee", 0, 120, -40),
        ("left_index2", 2, -90, 80),  # fingers close towards the palm
        ("right_index2", 2, 90, -80),
        ("neck", 1, 40, 100),
        ("left_wrist", 2, 70, 140),
        ("right_shoulder", 2, 90, 170),
        ("head", 0, 30, 90),
        ("jaw", 0, 20, 70),
    ],
)
def test_joints_bend_as_people_bend_them(name, axis, natural, impossible):
    assert limit_breaches(bent(name, axis, natural)).share == 0.0
    broken = limit_breaches(bent(name, axis, impossible))
    assert broken.worst_joint == name
    assert broken.worst_share == 1.0
    assert broken.excess_degrees > 10


def test_turning_the_forearm_does_not_stretch_the_elbow():
    assert limit_breaches(bent("left_elbow", 0, 80)).share == 0.0


def test_a_whole_turn_is_none():
    assert limit_breaches(bent("neck", 1, 350)).share == 0.0


def test_the_excess_is_what_lies_beyond_the_limit():
    found = limit_breaches(bent("neck", 1, 70))
    assert found.excess_degrees == pytest.approx(10.0, abs=1e-3)


def test_both_sides_are_judged_alike():
    motion = noisy(Motion.rest(60, 30.0), 0.7)

    left, right = limit_breaches(motion), limit_breaches(mirrored(motion))

    assert 0 < left.share == pytest.approx(right.share)
    assert left.excess_degrees == pytest.approx(right.excess_degrees, rel=1e-4)


def test_noise_breaks_limits_and_more_noise_breaks_more():
    still = Motion.rest(200, 30.0)
    shares = [limit_breaches(noisy(still, size)).share for size in (0.0, 0.3, 0.6, 1.2)]

    assert shares == sorted(shares)
    assert shares[0] == 0.0 < shares[-1]
    assert limit_breaches(frozen(still)).share == 0.0


def test_real_recordings_stay_inside():
    for path in (real_folder() / "beat2-mini" / "smplxflame_30").glob("*.npz"):
        assert limit_breaches(read_npz(path)).share < 0.001


def test_every_frame_counts():
    motion = Motion.rest(10, 30.0)
    motion.poses[:3, joint("neck"), 1] = math.radians(90)
    found = limit_breaches(motion)
    assert found.worst_share == pytest.approx(0.3)
    assert torch.isfinite(torch.tensor(found.share))
