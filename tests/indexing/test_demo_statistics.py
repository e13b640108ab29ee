"""The shipped demo corpus beside real recordings: angles, speeds and jerks."""

from pathlib import Path

import pytest

from indexing.demo.statistics import Quantity, comparison_table, quantities
from motion.clip import Motion
from motion.files import read_npz

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "beat2-mini" / "smplxflame_30"
DEMO = ROOT / "demo" / "corpus" / "smplxflame_30"
FACTOR = 1.5
WITHIN = ("angle from mean", "wrist speed", "wrist jerk", "expression")
"""Quantities held to the factor; head and pelvis travel depends on how much a person walks."""


def motions(folder: Path) -> list[Motion]:
    return [read_npz(path) for path in sorted(folder.glob("*.npz"))]


@pytest.fixture(scope="module")
def real() -> list[Motion]:
    if not REAL.is_dir():
        pytest.skip("no real recordings at ../shared/data/beat2-mini")
    return motions(REAL)


def test_medians_and_high_values_lie_within_a_factor_of_reality(real):
    pairs = zip(quantities(real), quantities(motions(DEMO)), strict=True)
    ratios = {
        found.name: (found.median / truth.median, found.high / truth.high)
        for truth, found in pairs
        if any(part in found.name for part in WITHIN)
    }
    outside = {
        name: pair
        for name, pair in ratios.items()
        if not all(1 / FACTOR <= ratio <= FACTOR for ratio in pair)
    }

    assert len(ratios) >= 12
    assert outside == {}


def test_a_still_person_has_no_angles_and_no_speed():
    for quantity in quantities([Motion.rest(40, 30.0)]):
        assert quantity == Quantity(quantity.name, pytest.approx(0.0, abs=1e-4), quantity.high)
        assert quantity.high == pytest.approx(0.0, abs=1e-4)


def test_the_table_has_a_row_for_each_quantity():
    person = motions(DEMO)[:1]
    rows = comparison_table(person, person).splitlines()

    assert len(rows) == 2 + len(quantities(person))
    assert all(row.endswith("| 1.00 / 1.00 |") for row in rows[2:])
