"""Values of naturalness and variety: what needs the motion alone."""

import math
from dataclasses import dataclass

from evaluation.ground import LEAST_DRIFT_SECONDS
from evaluation.naturalness import naturalness, spectral_numbers
from evaluation.repetition import repetition
from evaluation.report.values import Value
from evaluation.spectra import Spectra, spectral_distance
from motion.clip import Motion

_SEAMS, _DRIFT = "seam jerk ratio", "root drift"


@dataclass(frozen=True, eq=False)
class Natural:
    """Values of one motion, and its spectra for those that need other recordings."""

    values: dict[str, Value]
    spectra: Spectra


def natural_values(motion: Motion) -> Natural:
    """Every number but those that need the spectra of all real recordings."""
    found = naturalness(motion)
    values = {
        plain_name(name): Value.of(number, motion.seconds) for name, number in found.numbers.items()
    }
    values[_SEAMS] = weighed(found.seams.ratio, found.seams.seams)
    if motion.seconds < LEAST_DRIFT_SECONDS:
        values[_DRIFT] = Value(0.0, 0.0, 0.0)
    again = repetition(motion)
    values["recurring strokes"] = weighed(100.0 * again.recurring, again.strokes)
    values["nearest other stroke"] = weighed(again.nearest_cm, again.strokes)
    return Natural(values, found.spectra)


def spectral_values(found: Spectra, reference: Spectra) -> dict[str, Value]:
    """Distances to the spectra of real recordings."""
    numbers = spectral_numbers(spectral_distance(found, reference))
    return {plain_name(name): Value.of(number, found.seconds) for name, number in numbers.items()}


def plain_name(name: str) -> str:
    """Name of a quantity: what `Naturalness` calls it, without the unit."""
    return name.rpartition(" (")[0] or name


def weighed(value: float, count: int) -> Value:
    """A value that weighs as much as it has of what is counted; nothing where it is no number."""
    return Value(value * count, count, count) if math.isfinite(value) else Value(0.0, 0.0, 0.0)
