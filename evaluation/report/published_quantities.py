"""The published measures as quantities of a report."""

from collections.abc import Iterator
from dataclasses import replace

from evaluation import diversity, face, srgr
from evaluation.beat_consistency import FEWEST_ONSETS, VARIANTS, BeatVariant
from evaluation.fgd import STEPS_PER_FEATURE
from evaluation.report.quantity import Quantity


def beat_name(variant: str) -> str:
    """Name of a variant's quantity."""
    return f"beat consistency, {variant}"


def _beat_says(variant: BeatVariant) -> str:
    first = (
        "Onsets of the sound with a slow point of the body near. Jitter raises it, and it does not "
        "tell the right sound from a wrong one."
    )
    other = (
        f"The same with speed threshold {variant.threshold:g}, sigma {variant.sigma_seconds:g} s, "
        f"{variant.margin_frames} frames left out at both ends, pelvis {variant.orientation}."
    )
    return first if variant is VARIANTS[0] else other


def srgr_name(threshold_metres: float) -> str:
    """Name of a threshold's quantity."""
    return f"SRGR within {threshold_metres:g} m"


SRGR_THRESHOLDS = (srgr.BEAT_METRES, srgr.RAG_GESTURE_METRES)


def published() -> Iterator[Quantity]:
    """FGD, beat consistency, diversity, SRGR, face errors."""
    yield _FGD
    for variant in VARIANTS:
        name, says = beat_name(variant.name), _beat_says(variant)
        yield Quantity(name, "published", "", "as real", says, "onsets", FEWEST_ONSETS)
    yield from _DIVERSITY
    for threshold in SRGR_THRESHOLDS:
        yield replace(_SRGR, name=srgr_name(threshold))
    for name, unit in _FACES:
        yield replace(_FACE, name=name, unit=unit)


_FGD = Quantity(
    "FGD",
    "published",
    "",
    "lower",
    "Distance of motion features as two Gaussians. People's judgement does not follow it.",
    "feature steps",
    STEPS_PER_FEATURE * 240,
    of_real=False,
    paired=False,
)
_DIVERSITY = (
    Quantity(
        "L1 diversity",
        "published",
        "m",
        "as real",
        "Distance of joints from their mean place; noise raises it.",
        "frames",
        diversity.FEWEST_FRAMES,
    ),
    Quantity(
        "pairwise diversity",
        "published",
        "m",
        "as real",
        "Mean distance of every two recordings over their first ten seconds.",
        "pairs",
        diversity.FEWEST_PAIRS,
        paired=False,
    ),
)
_SRGR = Quantity(
    "SRGR",
    "published",
    "",
    "higher",
    "Joints near the real ones, counted by how much each frame means.",
    "meaningful frames",
    srgr.FEWEST_MEANINGFUL,
    of_real=False,
)
_FACE = Quantity(
    "face",
    "published",
    "",
    "lower",
    "Face vertices against the real ones; a mean face does well.",
    "frames",
    face.FEWEST_FRAMES,
    of_real=False,
)
_FACES = (("face vertex MSE", "mm^2"), ("face LVD", "mm"), ("face LVD, older code", "mm"))
