import pytest
import torch

from evaluation.penetration import penetration, trunk_depth
from motion.clip import Motion
from motion.parts import joint
from motion.rotation import axis_angle_from_matrix, matrix_from_axis_angle
from tests.evaluation.changes import mirrored


def folded(bend: float, side: str = "left") -> Motion:
    """An upper arm hanging a little aside and turned inwards; the forearm bent, radians."""
    motion = Motion.rest(330, 30.0)
    sign = 1.0 if side == "left" else -1.0
    hanging = matrix_from_axis_angle(torch.tensor([0.0, 0.0, -sign]))
    turned = matrix_from_axis_angle(torch.tensor([1.2, 0.0, 0.0]))
    motion.poses[:, joint(f"{side}_shoulder")] = axis_angle_from_matrix(hanging @ turned)
    motion.poses[:, joint(f"{side}_elbow"), 1] = -sign * bend
    return motion


def test_stretched_arms_are_far_from_the_trunk():
    far = Motion.rest(330, 30.0)

    assert trunk_depth(far).max() < -0.3
    found = penetration(far)
    assert (found.share, found.mean_cm, found.deepest_cm) == (0.0, 0.0, 0.0)


def test_a_forearm_folded_through_the_belly_is_inside():
    found = penetration(folded(1.8))

    assert found.share == 1.0
    assert found.deepest_cm > 3
    assert found.mean_cm == pytest.approx(found.deepest_cm, abs=0.01)


def test_turning_inwards_goes_deeper_until_the_hand_is_in():
    depths = [trunk_depth(folded(angle)).max().item() for angle in (0.4, 0.6, 1.0, 1.4)]

    assert depths == sorted(depths)
    assert depths[0] < 0 < depths[-1]


def test_both_hands_count_alike():
    left = folded(1.8)

    assert penetration(mirrored(left)).deepest_cm == pytest.approx(
        penetration(left).deepest_cm, abs=1e-3
    )
    assert penetration(folded(1.8, "right")).share == 1.0


def test_the_trunk_goes_where_the_person_goes():
    here, there = folded(1.8), folded(1.8)
    there.poses[:, joint("pelvis"), 1] = 1.0
    there.translation[:, 0] = 2.0

    assert penetration(there).deepest_cm == pytest.approx(penetration(here).deepest_cm, abs=1e-3)


def test_half_the_frames_inside_are_half():
    motion = folded(1.8)
    motion.poses[165:] = Motion.rest(165, 30.0).poses

    assert penetration(motion).share == pytest.approx(0.5)


def test_a_few_seconds_are_flagged():
    assert penetration(Motion.rest(300, 30.0)).reliable
    short = penetration(Motion.rest(100, 30.0))
    assert not short.reliable
    assert "10 needed" in short.why_not
