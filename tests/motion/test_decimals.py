"""Numbers as text, many at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from motion.export import decimals
from motion.export.decimals import blocks, decimal_lines

TABLES = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(-4000.0, 4000.0, allow_nan=False),
)


@given(TABLES, st.integers(1, 6))
def test_every_number_is_as_near_as_its_decimals_allow(table, places):
    for row, line in zip(table, decimal_lines(table, places, ", "), strict=True):
        texts = line.decode().split(", ")
        assert len(texts) == len(row)
        for value, text in zip(row, texts, strict=True):
            assert abs(float(text) - value) <= 0.5 * 10.0**-places * (1 + 1e-6) + 1e-9
            whole, _, fraction = text.partition(".")
            assert len(fraction) == places
            assert whole.lstrip("-") == "0" or not whole.lstrip("-").startswith("0")


def test_signs_and_widths():
    table = np.array([[0.0, -0.0, -0.000001, 1234.5], [-9.99999, 9.999996, -10.0, 0.5]])
    assert decimal_lines(table, 5, " ") == [
        b"0.00000 0.00000 0.00000 1234.50000",
        b"-9.99999 10.00000 -10.00000 0.50000",
    ]


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="only finite numbers"):
        decimal_lines(np.array([[1.0, np.nan]]), 5, " ")


def test_blocks_cover_every_row_once(monkeypatch):
    monkeypatch.setattr(decimals, "BLOCK_ROWS", 4)
    covered = [row for part in blocks(10) for row in range(part.start, part.stop)]
    assert covered == list(range(10))
    assert list(blocks(0)) == []
