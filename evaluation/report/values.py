"""One quantity of one recording: a sum, what it is counted over, and the evidence it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A recording's share of a quantity; sums of both numbers make the value of many."""

    total: float
    over: float
    """The weight; 0 where nothing could be measured."""
    evidence: float
    """How much there was to measure, in the unit of the quantity."""

    @property
    def mean(self) -> float:
        """The recording's own value."""
        return self.total / self.over if self.over else math.nan

    @classmethod
    def of(cls, value: float, evidence: float) -> "Value":
        """A value that weighs as much as any other recording's; none where it is no number."""
        return cls(value, 1.0, evidence) if math.isfinite(value) else cls(0.0, 0.0, 0.0)


Values = Mapping[str, Value]
"""By name of the quantity."""
