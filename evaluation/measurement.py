"""A number with what it was made of, and whether that is enough to believe it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "as real"]
"""Which way is good; ``as real`` where only nearness to real motion is."""

FEWEST_CLIPS = 10
"""Below this many recordings a mean says more about which ones were taken than about a system."""


@dataclass(frozen=True)
class Shortage:
    """Less of something than a measure needs."""

    what: str
    found: int
    needed: int

    def __str__(self) -> str:
        return f"{self.found} {self.what}, {self.needed} are needed"


@dataclass(frozen=True)
class Measurement:
    """One measure of one set of clips."""

    name: str
    value: float
    """Not a number where nothing could be measured; then it is never reliable."""
    unit: str
    better: Better
    made_with: str = ""
    """The body, network or variant that the number depends on."""
    shortages: tuple[Shortage, ...] = ()

    def __post_init__(self) -> None:
        if math.isnan(self.value) and self.reliable:
            raise ValueError(f"{self.name} is not a number, and nothing says why")

    @property
    def reliable(self) -> bool:
        """Whether there was enough to measure."""
        return not self.shortages

    @property
    def why(self) -> str:
        """Why the number means little; empty where it is reliable."""
        return "; ".join(map(str, self.shortages))

    def __str__(self) -> str:
        made_with = f" [{self.made_with}]" if self.made_with else ""
        caution = "" if self.reliable else f" (unreliable: {self.why})"
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name} {self.value:.4g}{unit}{made_with}{caution}"


def shortages(*checks: tuple[str, int, int]) -> tuple[Shortage, ...]:
    """Those of the (what, found, needed) that lack something."""
    return tuple(Shortage(*check) for check in checks if check[1] < check[2])


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Mean by weight; not a number where there is no weight at all."""
    total = math.fsum(weights)
    if total == 0:
        return math.nan
    return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total
