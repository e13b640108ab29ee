import math

import pytest
import torch

from evaluation.kinematics import wrist_kinematics
from motion.clip import Motion


def test_a_body_in_harmonic_motion_has_the_jerk_of_calculus():
    seconds, hertz, metres = 60.0, 0.4871, 0.3
    time = torch.arange(round(seconds * 60), dtype=torch.float64) / 60
    motion = Motion.rest(len(time), 60)
    omega = 2 * math.pi * hertz
    motion.translation[:, 0] = (metres * torch.sin(omega * time)).float()

    found = wrist_kinematics(motion)

    # the median of |cos| over whole periods is cos(pi / 4)
    assert found.speed_median == pytest.approx(metres * omega * math.sqrt(0.5), rel=0.01)
    assert found.jerk_median == pytest.approx(metres * omega**3 * math.sqrt(0.5), rel=0.03)


def test_too_short_a_motion_is_refused():
    with pytest.raises(ValueError, match="at least 4 frames"):
        wrist_kinematics(Motion.rest(3, 30))
