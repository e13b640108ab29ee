from dataclasses import replace

import pytest
import torch

from evaluation.ground import foot_sliding, root_drift
from motion.clip import Motion
from tests.evaluation.changes import frozen, mirrored, noisy, warped


def standing(seconds: float = 40.0) -> Motion:
    return Motion.rest(round(30 * seconds), 30.0)


def moved(motion: Motion, across) -> Motion:
    """Carried over the floor, metres along x at each frame."""
    place = torch.zeros(len(motion), 3)
    place[:, 0] = across
    return replace(motion, translation=motion.translation + place)


def test_a_person_who_stands_neither_slides_nor_drifts():
    sliding, drift = foot_sliding(standing()), root_drift(standing())

    assert (sliding.median, sliding.mean, sliding.contact) == (0.0, 0.0, 1.0)
    assert (drift.cm_per_minute, drift.range_cm) == pytest.approx((0.0, 0.0), abs=1e-4)


def test_a_standing_person_carried_along_slides_at_that_speed():
    time = torch.arange(1200) / 30
    carried = moved(standing(), 0.05 * time)

    assert foot_sliding(carried).median == pytest.approx(5.0, rel=1e-3)
    assert root_drift(carried).cm_per_minute == pytest.approx(300.0, rel=1e-3)
    assert root_drift(carried).range_cm == pytest.approx(100.0, rel=0.01)


def test_steps_to_and_fro_are_no_drift():
    time = torch.arange(1200) / 30
    swayed = moved(standing(), 0.1 * torch.sin(6.283 * time / 4))

    assert root_drift(swayed).cm_per_minute < 5
    assert root_drift(swayed).range_cm == pytest.approx(10.0, rel=0.01)


def test_a_lifted_foot_may_move():
    frames = torch.arange(1200)
    motion = standing()
    motion.poses[:, 1, 0] = -0.6 * (frames % 60 > 30)  # the left leg raised every other second
    sliding = foot_sliding(motion)

    assert sliding.median == 0.0
    assert sliding.contact < 0.9


def test_noise_and_speed_make_feet_slide_and_freezing_stops_them():
    time = torch.arange(1200) / 30
    swayed = moved(standing(), 0.02 * torch.sin(time))

    assert foot_sliding(noisy(swayed, 0.02)).mean > 10 * foot_sliding(swayed).mean
    fast = foot_sliding(warped(swayed)).mean / foot_sliding(swayed).mean
    assert fast == pytest.approx(2.0, rel=0.05)
    assert foot_sliding(frozen(swayed)).mean == 0.0


def test_left_and_right_are_alike():
    time = torch.arange(1200) / 30
    swayed = noisy(moved(standing(), 0.03 * time), 0.01)

    assert foot_sliding(mirrored(swayed)).mean == pytest.approx(foot_sliding(swayed).mean, rel=1e-3)
    assert root_drift(mirrored(swayed)).cm_per_minute == pytest.approx(
        root_drift(swayed).cm_per_minute, rel=1e-3
    )


def test_a_short_motion_has_no_reliable_drift():
    assert root_drift(standing(31)).reliable
    short = root_drift(standing(20))
    assert not short.reliable
    assert "20 s" in short.why_not
    with pytest.raises(ValueError, match="2 frames"):
        foot_sliding(Motion.rest(1, 30.0))
