import math

import numpy as np
import pytest
import torch

from evaluation.report.clip import Measured, Side
from evaluation.report.quantities import QUANTITIES
from evaluation.report.summary import common_cautions, summarise, with_spectra
from evaluation.report.values import Value
from evaluation.spectra import BANDS_HZ, Spectra


def side(level=1.0, **values):
    bands = torch.full((len(BANDS_HZ) - 1,), level, dtype=torch.float64)
    named = {name.replace("_", " "): value for name, value in values.items()}
    return Side(named, Spectra(bands, bands, 60.0), np.zeros((300, 55, 3), np.float32))


def measured(place, generated, real=None):
    return Measured(f"r{place:02}", 60.0, generated, real or side(), None, (), (), ())


def rows(recordings):
    return {row.quantity.name: row for row in summarise(recordings, None)}


def test_recordings_weigh_as_much_as_they_have_of_what_is_counted():
    one = measured(0, side(stroke_offset=Value(100.0 * 30, 30, 30)))
    other = measured(1, side(stroke_offset=Value(400.0 * 10, 10, 10)))

    assert rows([one, other])["stroke offset"].generated.value == pytest.approx(175.0)


def test_what_nothing_was_measured_of_has_no_row_and_weightless_values_do_not_count():
    one = measured(0, side(root_drift=Value(20.0, 1, 60), semantic_recall=Value(0.0, 0, 0)))
    other = measured(1, side(root_drift=Value(0.0, 0, 0)))

    found = rows([one, other])

    assert "semantic recall" not in found
    assert found["root drift"].generated.recordings == 1


def test_enough_recordings_with_enough_evidence_are_reliable():
    many = [measured(i, side(stroke_offset=Value(200.0 + i, 1, 2))) for i in range(10)]
    few = [measured(i, side(stroke_offset=Value(200.0 + i, 1, 1))) for i in range(10)]

    assert rows(many)["stroke offset"].reliable
    assert rows(few)["stroke offset"].cautions == ("moments: 10 of 20 needed",)
    assert rows(many[:9])["stroke offset"].cautions == (
        "recordings: 9 of 10 needed",
        "moments: 18 of 20 needed",
    )


def test_a_match_judge_that_does_not_see_the_real_ones_is_not_believed():
    def with_real(accuracy):
        value = Value(70.0 * 20, 20, 20)
        return [
            measured(
                i,
                side(match_accuracy=value),
                side(match_accuracy=Value((accuracy + i - 5) * 20, 20, 20)),
            )
            for i in range(11)
        ]

    assert rows(with_real(80.0))["match accuracy"].reliable
    (caution,) = rows(with_real(50.0))["match accuracy"].cautions
    assert "does not tell these real recordings" in caution


def test_what_all_rows_share_is_told_once():
    recordings = [
        measured(i, side(stroke_offset=Value(200.0, 1, 1), root_drift=Value(20.0, 1, 60)))
        for i in range(3)
    ]

    assert common_cautions(summarise(recordings, None)) == ("recordings: 3 of 10 needed",)
    assert common_cautions(()) == ()


def test_spectra_are_compared_with_all_real_ones_and_a_real_one_with_the_others():
    recordings = [measured(i, side(level=10.0), side(level=1.0 + i)) for i in range(2)]

    first, second = with_spectra(recordings)

    decibels = first.generated.values["speed spectrum"].mean
    assert decibels == pytest.approx(10 * math.log10(10 / 1.5), rel=1e-3)
    assert first.real.values["speed spectrum"].mean == pytest.approx(
        second.real.values["speed spectrum"].mean, rel=1e-3
    )
    (alone,) = with_spectra(recordings[:1])
    assert "speed spectrum" not in alone.real.values


def test_names_of_quantities_are_unique_and_every_one_says_something():
    names = [quantity.name for quantity in QUANTITIES]
    assert len(set(names)) == len(names)
    assert all(quantity.says.endswith(".") for quantity in QUANTITIES)
