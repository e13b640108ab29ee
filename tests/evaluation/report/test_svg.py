import math
from xml.etree import ElementTree

import pytest

from evaluation.bootstrap import Estimate
from evaluation.report.svg import Axes, Series, _ticks, histogram, intervals, lines, strips

AXES = Axes("Title & more", "Hz", "dB")
SERIES = Series("<system>", "#123456", [1.0, -2.0, 3.5])


def drawn(svg):
    assert "nan" not in svg
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 0), (0, 1), (-3, 17), (0.001, 0.0023), (1e5, 3e5), (5, 5), (-70, -2), (99, 101)],
)
def test_ticks_are_few_round_and_hold_the_range(low, high):
    ticks = _ticks(low, high)

    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert all(
        math.isclose(b - a, ticks[1] - ticks[0]) for a, b in zip(ticks, ticks[1:], strict=False)
    )


def test_plots_are_well_formed_whatever_the_titles():
    for svg in (
        lines(AXES, [0.5, 1.0, 2.0], [SERIES, SERIES]),
        histogram(AXES, [-200, 0, 200, 400], SERIES, SERIES),
        strips(AXES, [SERIES, SERIES]),
    ):
        assert drawn(svg).tag == "svg"
        assert "<system>" not in svg


def test_larger_values_are_drawn_higher_and_further_right():
    line = drawn(lines(AXES, [1, 2, 3], [SERIES])).find("polyline").get("points").split()
    heights = [float(point.split(",")[1]) for point in line]
    assert heights[2] < heights[0] < heights[1]

    svg = drawn(intervals(Estimate(5, 4, 6, 9, True), Estimate(1, 0.5, 1.5, 9, True)))
    system, real = (float(dot.get("cx")) for dot in svg.findall("circle"))
    assert real < system


def test_a_value_without_an_interval_is_a_dot():
    svg = drawn(intervals(Estimate(5, 5, 5, 1, False), None))
    assert len(svg.findall("circle")) == 1
