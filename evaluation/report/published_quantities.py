"""The published measures as quantities of a report."""

from collections.abc import Iterator

from evaluation import diversity, face, srgr
from evaluation.beat_consistency import FEWEST_ONSETS, VARIANTS, BeatVariant
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
    yield Quantity(
        "FGD",
        "published",
        "",
        "lower",
        "Distance of motion features as two Gaussians. People's judgement does not follow it.",
        "feature steps",
        2400,
        of_real=False,
        paired=False,
    )
    for variant in VARIANTS:
        yield Quantity(
            beat_name(variant.name),
            "published",
            "",
            "as real",
            _beat_says(variant),
            "onsets",
            FEWEST_ONSETS,
        )
    yield Quantity(
        "L1 diversity",
        "published",
        "m",
        "as real",
        "Distance of joints from their mean place; noise raises it.",
        "frames",
        diversity.FEWEST_FRAMES,
    )
    yield Quantity(
        "pairwise diversity",
        "published",
        "m",
        "as real",
        "Mean distance of every two recordings over their first ten seconds.",
        "pairs",
        diversity.FEWEST_PAIRS,
        paired=False,
    )
    for threshold in SRGR_THRESHOLDS:
        yield Quantity(
            srgr_name(threshold),
            "published",
            "",
            "higher",
            "Joints near the real ones, counted by how much each frame means.",
            "meaningful frames",
            srgr.FEWEST_MEANINGFUL,
            of_real=False,
        )
    for name, unit in (
        ("face vertex MSE", "mm^2"),
        ("face LVD", "mm"),
        ("face LVD, older code", "mm"),
    ):
        yield Quantity(
            name,
            "published",
            unit,
            "lower",
            "Face vertices against the real ones; a mean face does well.",
            "frames",
            face.FEWEST_FRAMES,
            of_real=False,
        )
