import math

from evaluation.naturalness import naturalness, spectral_numbers
from evaluation.spectra import spectra_of, spectral_distance
from motion.timeline import FrameSpan
from tests.evaluation.changes import frozen, mirrored, noisy, warped
from tests.motion.motions import random_motion

MOTION = random_motion(1900, reach=0.15)
REFERENCE = spectra_of([MOTION])


def numbers(motion):
    found = naturalness(motion)
    return {**found.numbers, **spectral_numbers(spectral_distance(found.spectra, REFERENCE))}


def test_a_motion_beside_itself_has_no_spectral_distance():
    found = numbers(MOTION)

    assert found["speed spectrum (dB)"] == 0
    assert naturalness(MOTION).reliable
    assert all(math.isfinite(number) for number in found.values())


def test_noise_raises_all_that_it_should_raise():
    clean, shaken = numbers(MOTION), numbers(noisy(MOTION, 0.05))

    for name in (
        "wrist speed median (m/s)",
        "wrist jerk median (m/s^3)",
        "wrist jerk 90 % (m/s^3)",
        "acceleration above 5 Hz (dB)",
        "foot sliding median (cm/s)",
    ):
        assert shaken[name] > clean[name], name


def test_a_frozen_body_is_still():
    still = numbers(frozen(MOTION))

    for name in ("wrist speed 90 % (m/s)", "wrist jerk 90 % (m/s^3)", "foot sliding mean (cm/s)"):
        assert still[name] == 0, name
    assert still["root drift (cm/min)"] < 1e-3
    assert still["speed spectrum (dB)"] > 10


def test_twice_as_fast_is_twice_the_speed_and_about_eight_times_the_jerk():
    normal, fast = numbers(MOTION), numbers(warped(MOTION))

    assert 1.8 < fast["wrist speed median (m/s)"] / normal["wrist speed median (m/s)"] < 2.2
    assert 5 < fast["wrist jerk median (m/s^3)"] / normal["wrist jerk median (m/s^3)"] < 10


def test_a_mirrored_person_is_as_natural():
    left, right = numbers(MOTION), numbers(mirrored(MOTION))

    for name, value in left.items():
        assert math.isclose(value, right[name], rel_tol=0.01, abs_tol=0.02), name


def test_seconds_of_motion_are_flagged():
    short = naturalness(MOTION[FrameSpan(0, 120)])

    assert not short.reliable
    assert short.why_not == "4.0 s of motion, 10 needed"
