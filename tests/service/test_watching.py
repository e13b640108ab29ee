"""How often the API looks for the ends of jobs."""

import pytest

from service.watching import LEAST_SECONDS, MOST_SECONDS, pause_after


@pytest.mark.parametrize(
    ("took", "expected"),
    [(0.0, LEAST_SECONDS), (0.002, 0.04), (0.005, 0.1), (9.0, MOST_SECONDS)],
)
def test_a_slow_database_is_asked_less_often(took, expected):
    assert pause_after(took) == pytest.approx(expected)
