import math

import numpy as np
import pytest

from evaluation.bootstrap import (
    LEAST_RECORDINGS,
    Tally,
    mean_over_recordings,
    paired_difference,
    ratio,
)


def values(count, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return {f"r{i}": shift + float(v) for i, v in enumerate(rng.normal(size=count))}


def test_a_ratio_counts_what_lies_under_it_and_not_recordings():
    found = ratio([Tally("a", 1, 1), Tally("b", 0, 3), Tally("nothing", 5, 0)])

    assert found.value == pytest.approx(0.25)
    assert found.recordings == 2


def test_tallies_of_one_recording_are_drawn_together():
    parts = [Tally("a", 1, 1), Tally("a", 0, 1), Tally("b", 1, 1), Tally("b", 0, 1)]

    found = ratio(parts)

    assert (found.value, found.low, found.high, found.recordings) == (0.5, 0.5, 0.5, 2)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    covered = sum(
        (e := mean_over_recordings(values(30, seed=seed))).low <= 0 <= e.high for seed in range(100)
    )

    assert 88 <= covered <= 99


def test_two_runs_give_the_same_interval_and_the_order_does_not_matter():
    forwards = values(20)
    backwards = dict(reversed(forwards.items()))

    assert mean_over_recordings(forwards) == mean_over_recordings(backwards)
    assert mean_over_recordings(forwards, seed=1) != mean_over_recordings(forwards)


def test_few_recordings_are_flagged_and_none_are_nothing():
    assert mean_over_recordings(values(LEAST_RECORDINGS)).reliable
    few = mean_over_recordings(values(LEAST_RECORDINGS - 1))
    assert not few.reliable
    assert "7 recordings" in few.why_not
    assert "unreliable" in str(few)
    none = mean_over_recordings({"a": math.nan})
    assert math.isnan(none.value)
    assert not none.reliable


def test_numbers_that_are_not_finite_are_left_out():
    assert mean_over_recordings({"a": 1.0, "b": math.nan, "c": math.inf}).value == 1.0


def test_equal_systems_do_not_differ():
    same = paired_difference(values(20), values(20))

    assert (same.estimate.value, same.p_value) == (0.0, 1.0)


def test_pairing_finds_a_shift_that_is_smaller_than_the_spread_of_recordings():
    left = values(20, seed=1)
    noise = values(20, seed=2)
    right = {name: value - 0.3 + 0.1 * noise[name] for name, value in left.items()}

    found = paired_difference(left, right)

    assert 0.2 < found.estimate.low < 0.3 < found.estimate.high < 0.4
    assert found.p_value < 0.001
    assert paired_difference(right, left).estimate.value == -found.estimate.value


def test_only_recordings_of_both_systems_count():
    found = paired_difference({"a": 1.0, "b": 2.0, "c": math.nan}, {"b": 1.0, "c": 0.0, "d": 9.0})

    assert found.estimate.recordings == 1
    assert found.estimate.value == 1.0


def test_few_recordings_cannot_be_significant():
    # four signs: 2 of 16 patterns are as large
    found = paired_difference(dict.fromkeys("abcd", 1.0), dict.fromkeys("abcd", 0.0))

    assert found.p_value == pytest.approx(2 / 16)


def test_chance_is_called_significant_as_rarely_as_it_should():
    small = sum(
        paired_difference(values(15, seed=2 * s), values(15, seed=2 * s + 1)).p_value < 0.05
        for s in range(60)
    )

    assert small <= 8


def test_no_shared_recording_is_no_difference():
    found = paired_difference({"a": 1.0}, {"b": 1.0})

    assert math.isnan(found.p_value)
    assert not found.estimate.reliable
