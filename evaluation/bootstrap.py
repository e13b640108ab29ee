"""Intervals by drawing recordings anew, and paired differences between two systems.

Recordings are the unit: gestures of one recording share a speaker and a day, so that drawing them
one by one would promise more than there is (Efron and Tibshirani, 1993, chapter 8). Intervals are
95 % percentile intervals; draws are seeded, so that two runs give the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

LEAST_RECORDINGS = 8
"""Percentile intervals over fewer recordings are too narrow to be believed."""

_DRAWS = 2000
_INTERVAL = (2.5, 97.5)
_EXACT_FLIPS = 12
_DRAWN_FLIPS = 10_000


@dataclass(frozen=True)
class Estimate:
    """A number over recordings, with its 95 % interval."""

    value: float
    low: float
    high: float
    recordings: int
    reliable: bool
    why_not: str = ""

    def __str__(self) -> str:
        doubt = "" if self.reliable else " (unreliable)"
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}]{doubt}"


@dataclass(frozen=True)
class Tally:
    """What one recording contributes to a ratio: a sum and what it is counted over."""

    recording: str
    total: float
    over: float


@dataclass(frozen=True)
class Difference:
    """Left minus right, over the recordings that both have."""

    estimate: Estimate
    p_value: float
    """Share of sign flips with a mean difference at least as large; two-sided."""


def ratio(tallies: Sequence[Tally], seed: int = 0) -> Estimate:
    """Sum of totals over sum of counts, with recordings drawn anew for the interval."""
    counted = [each for each in tallies if each.over > 0]
    if not counted:
        return Estimate(float("nan"), float("nan"), float("nan"), 0, False, "nothing to measure")
    totals: dict[str, Float[np.ndarray, 2]] = {}
    for each in counted:
        totals[each.recording] = totals.get(each.recording, np.zeros(2)) + (each.total, each.over)
    rows = np.stack([totals[name] for name in sorted(totals)])
    rng = np.random.default_rng(seed)
    shares = np.full(len(rows), 1 / len(rows))
    drawn = rng.multinomial(len(rows), shares, size=_DRAWS) @ rows
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], _INTERVAL)
    value = rows[:, 0].sum() / rows[:, 1].sum()
    why_not = _doubt(len(rows))
    return Estimate(float(value), float(low), float(high), len(rows), not why_not, why_not)


def mean_over_recordings(values: Mapping[str, float], seed: int = 0) -> Estimate:
    """Mean of one number a recording; those that are not finite are left out."""
    finite = {name: value for name, value in values.items() if np.isfinite(value)}
    return ratio([Tally(name, value, 1.0) for name, value in finite.items()], seed)


def paired_difference(
    left: Mapping[str, float], right: Mapping[str, float], seed: int = 0
) -> Difference:
    """Compare two systems on the same recordings; recordings of only one of them do not count."""
    shared = sorted(left.keys() & right.keys())
    differences = {name: left[name] - right[name] for name in shared}
    estimate = mean_over_recordings(differences, seed)
    found = np.array([value for value in differences.values() if np.isfinite(value)])
    return Difference(estimate, _sign_flip(found, seed))


def _sign_flip(differences: Float[np.ndarray, "recording"], seed: int) -> float:
    """Two-sided permutation test: under no difference every sign is as likely as its opposite."""
    count = len(differences)
    if count == 0:
        return float("nan")
    if count <= _EXACT_FLIPS:
        signs = np.array(list(product((1.0, -1.0), repeat=count)))
    else:
        rng = np.random.default_rng(seed)
        signs = rng.choice((1.0, -1.0), size=(_DRAWN_FLIPS, count))
        signs[0] = 1.0
    means = np.abs(signs @ differences) / count
    return float(np.mean(means >= means[0] - 1e-12))


def _doubt(recordings: int) -> str:
    if recordings >= LEAST_RECORDINGS:
        return ""
    return f"{recordings} recordings; an interval over recordings needs {LEAST_RECORDINGS}"
