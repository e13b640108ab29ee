import math

import pytest

from evaluation.repetition import repetition, seed_diversity
from motion.clip import joined
from motion.timeline import FrameSpan
from tests.evaluation.changes import frozen, mirrored, noisy, shifted
from tests.motion.motions import random_motion

VARIED = random_motion(1800, reach=0.25)


def looped(seconds: int = 60):
    """The same five seconds again and again."""
    piece = VARIED[FrameSpan(0, 150)]
    return joined([piece] * (seconds // 5), 0)


def test_the_same_gestures_again_and_again_are_seen():
    found = repetition(looped())

    assert found.reliable
    assert found.recurring > 0.9
    assert found.most >= 10
    assert found.nearest_cm < 1


def test_varied_gestures_recur_less():
    varied, again = repetition(VARIED), repetition(looped())

    assert varied.recurring < again.recurring
    assert varied.nearest_cm > 5 * again.nearest_cm


def test_a_little_noise_does_not_hide_a_repetition():
    assert repetition(noisy(looped(), 0.005)).recurring > 0.9


def test_left_and_right_do_not_matter():
    assert repetition(mirrored(VARIED)).nearest_cm == pytest.approx(
        repetition(VARIED).nearest_cm, rel=0.01
    )


def test_still_hands_repeat_nothing_and_are_flagged():
    still = repetition(frozen(VARIED))

    assert still.strokes == 0
    assert math.isnan(still.nearest_cm)
    assert still.why_not == "0 strokes, 30 needed"


def test_a_short_motion_is_flagged():
    short = repetition(VARIED[FrameSpan(0, 200)])
    assert not short.reliable
    near = repetition(VARIED[FrameSpan(0, 75)])
    assert not math.isinf(near.nearest_cm)


def test_seeds_that_give_one_motion_have_no_diversity():
    found = seed_diversity([VARIED, VARIED, VARIED])

    assert (found.seeds, found.distance_cm, found.share) == (3, 0.0, 0.0)
    assert found.reliable


def test_unrelated_motions_are_as_far_apart_as_unrelated_ones():
    motions = [random_motion(900, seed=seed, reach=0.25) for seed in range(4)]

    assert seed_diversity(motions).share == pytest.approx(1.0, abs=0.15)


def test_larger_differences_between_seeds_are_more_diversity():
    small = seed_diversity([VARIED, noisy(VARIED, 0.02, 1), noisy(VARIED, 0.02, 2)])
    large = seed_diversity([VARIED, noisy(VARIED, 0.1, 1), noisy(VARIED, 0.1, 2)])

    assert 0 < small.distance_cm < large.distance_cm
    assert seed_diversity([VARIED, shifted(VARIED, 30)]).distance_cm > 0


def test_few_seeds_are_flagged_and_one_is_refused():
    assert not seed_diversity([VARIED, VARIED]).reliable
    with pytest.raises(ValueError, match="at least 2"):
        seed_diversity([VARIED])


def test_seeds_of_still_hands_differ_by_nothing():
    assert seed_diversity([frozen(VARIED)] * 3).share == 0.0
