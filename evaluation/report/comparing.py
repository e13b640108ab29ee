"""Two reports beside each other: paired differences over the recordings that both have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Literal

from evaluation.bootstrap import Difference, paired_difference
from evaluation.report.document import Told, read_report
from evaluation.report.quantities import QUANTITIES
from evaluation.report.quantity import Quantity
from evaluation.report.sources import ReportError

SIGNIFICANT = 0.05
Verdict = Literal["A", "B", "no difference seen", "too few"]


@dataclass(frozen=True)
class Compared:
    """One quantity of both systems."""

    quantity: Quantity
    left: float
    """Mean over the recordings of both; of the distance from real where ``from_real``."""
    right: float
    difference: Difference
    corrected_p: float
    """The p value after Holm's correction for all quantities compared."""
    from_real: bool
    """Whether distances from the real recording are compared: where only nearness is good."""

    @property
    def verdict(self) -> Verdict:
        """Who is better, where that can be said."""
        if not self.difference.estimate.reliable:
            return "too few"
        if not self.corrected_p < SIGNIFICANT:
            return "no difference seen"
        larger_is_better = self.quantity.better == "higher"
        return "A" if (self.difference.estimate.value > 0) == larger_is_better else "B"


def compare(left: Path, right: Path) -> tuple[Compared, ...]:
    """Compare two reports; refuse those whose numbers do not mean the same.

    Quantities that should be as in reality are compared by each recording's distance from its real
    value. Controls are left out, and what should be real where there is nothing real.
    """
    ours, theirs = read_report(left), read_report(right)
    _check(ours, theirs)
    found = []
    for quantity in QUANTITIES:
        from_real = quantity.better == "as real"
        one, other = (_judged(side, quantity, from_real) for side in (ours, theirs))
        shared = sorted(one.keys() & other.keys())
        if shared and not quantity.control:
            difference = paired_difference(one, other)
            mean, other_mean = (fmean(side[name] for name in shared) for side in (one, other))
            p_value = difference.p_value
            found.append(Compared(quantity, mean, other_mean, difference, p_value, from_real))
    if not found:
        raise ReportError(f"{left} and {right} have no recording in common")
    return _corrected(found)


def _judged(report: Told, quantity: Quantity, from_real: bool) -> Mapping[str, float]:
    """Value of each recording, or its distance from the real one's."""
    values, real = report.values.get(quantity.name, {}), report.real.get(quantity.name, {})
    if not from_real:
        return values
    return {name: abs(value - real[name]) for name, value in values.items() if name in real}


def _check(ours: Told, theirs: Told) -> None:
    if ours.evaluator != theirs.evaluator:
        raise ReportError(
            f"reports of evaluator versions {ours.evaluator} and {theirs.evaluator} cannot be "
            "compared; evaluate the older results again"
        )
    shared = ours.made_with.keys() & theirs.made_with.keys()
    other = [name for name in sorted(shared) if ours.made_with[name] != theirs.made_with[name]]
    if other:
        raise ReportError(
            f"the reports were made with other tools ({', '.join(other)}); evaluate both with the "
            "same"
        )


def _corrected(found: Sequence[Compared]) -> tuple[Compared, ...]:
    """Holm (1979): the k-th smallest of n p values counts n - k + 1 times, and never falls."""
    order = sorted(range(len(found)), key=lambda place: found[place].difference.p_value)
    corrected, largest = dict[int, float](), 0.0
    for rank, place in enumerate(order):
        p_value = found[place].difference.p_value
        largest = max(largest, min(1.0, p_value * (len(found) - rank)))
        corrected[place] = largest
    return tuple(replace(each, corrected_p=corrected[place]) for place, each in enumerate(found))
