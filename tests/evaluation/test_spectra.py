import pytest
import torch

from evaluation.spectra import BANDS_HZ, Spectra, spectra_of, spectral_distance
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import FrameSpan
from tests.evaluation.changes import frozen, mirrored, noisy, warped
from tests.motion.motions import random_motion

MOTION = random_motion(1900, reach=0.2)
REFERENCE = spectra_of([MOTION])


def distance(motion):
    return spectral_distance(spectra_of([motion]), REFERENCE)


def test_equal_motions_are_at_no_distance():
    found = distance(MOTION)

    assert (found.speed_db, found.acceleration_db, found.high_db) == (0.0, 0.0, 0.0)
    assert found.reliable


def test_left_and_right_do_not_matter_and_the_stretch_of_time_little():
    assert distance(mirrored(MOTION)).speed_db < 0.1
    assert distance(MOTION[FrameSpan(450, 1900)]).speed_db < 2.0


def test_noise_is_a_surplus_above_five_hertz_and_grows():
    small, large = distance(noisy(MOTION, 0.01)), distance(noisy(MOTION, 0.05))

    assert 3 < small.high_db < large.high_db
    assert small.acceleration_db < large.acceleration_db


def test_freezing_is_a_lack_everywhere():
    found = distance(frozen(MOTION))

    assert found.high_db < -10
    assert found.speed_db > 10


def test_doubling_the_speed_moves_power_upwards():
    assert distance(warped(MOTION)).high_db > 3


def test_a_steady_swing_has_its_power_in_its_own_band():
    motion = Motion.rest(900, 30.0)
    swing = 0.3 * torch.sin(2 * torch.pi * 1.75 * torch.arange(900) / 30)
    motion.poses[:, joint("left_shoulder"), 2] = swing
    band = int(spectra_of([motion]).speed.argmax())

    # speed rises twice in each swing
    assert BANDS_HZ[band] <= 3.5 <= BANDS_HZ[band + 1]


def test_other_rates_are_brought_to_thirty():
    half = MOTION.resampled(15)
    assert distance(half).speed_db < distance(noisy(MOTION, 0.02)).speed_db


def test_spectra_of_several_motions_are_those_of_all_their_pieces():
    left, right = MOTION[FrameSpan(0, 632)], random_motion(632, seed=3)

    merged = Spectra.merged([spectra_of([left]), spectra_of([right])])

    together = spectra_of([left, right])
    torch.testing.assert_close(merged.speed, together.speed)
    torch.testing.assert_close(merged.acceleration, together.acceleration)
    assert merged.seconds == together.seconds


def test_little_motion_is_flagged_and_too_little_refused():
    short = spectral_distance(spectra_of([MOTION[FrameSpan(0, 600)]]), REFERENCE)

    assert not short.reliable
    assert short.why_not == "20 s of motion, 60 needed"
    with pytest.raises(ValueError, match="62 frames"):
        spectra_of([MOTION[FrameSpan(0, 50)]])
