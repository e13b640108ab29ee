import math

import pytest

from evaluation.measurement import Measurement, shortages, weighted_mean


def test_enough_of_everything_is_reliable():
    found = Measurement("FGD", 1.5, "", "lower", "a network", shortages(("recordings", 10, 10)))

    assert found.reliable
    assert str(found) == "FGD 1.5 [a network]"


def test_a_small_set_is_flagged_with_what_it_lacks():
    lacking = shortages(("recordings", 2, 10), ("onsets", 500, 100), ("frames", 30, 300))

    found = Measurement("beats", 0.7, "", "as real", shortages=lacking)

    assert not found.reliable
    assert found.why == "2 recordings, 10 are needed; 30 frames, 300 are needed"
    assert str(found) == f"beats 0.7 (unreliable: {found.why})"


def test_a_number_that_could_not_be_had_says_why():
    lacking = shortages(("recordings", 0, 10))
    assert not Measurement("beats", math.nan, "", "as real", shortages=lacking).reliable
    with pytest.raises(ValueError, match="nothing says why"):
        Measurement("beats", math.nan, "", "as real")


def test_a_mean_by_weight_is_no_number_without_weight():
    assert weighted_mean([1.0, 4.0], [2.0, 1.0]) == 2.0
    assert math.isnan(weighted_mean([1.0], [0.0]))
