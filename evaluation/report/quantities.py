"""Every quantity of a report: its unit, which way is good, what it needs, what it says."""

from collections.abc import Iterator
from dataclasses import replace

from evaluation import match_test, repetition, seams, semantic_recall, strokes
from evaluation.measurement import Better
from evaluation.mpjpe import FEWEST_EXEMPLARS
from evaluation.report.published_quantities import published
from evaluation.report.quantity import Quantity

_BESIDE = (
    (
        "same span without",
        "The same span of a generation without insertion, to the same exemplar.",
    ),
    (
        "unrelated spans",
        "The same for spans into which nothing of the exemplar went: what no insertion gives.",
    ),
)
_INSERTED = "Degrees between joints of the inserted span and of the exemplar it was taken from"


_SPEECH = (
    Quantity(
        "match accuracy",
        "speech",
        "%",
        "higher",
        "How often a scorer trained on real pairs prefers the motion of a moment to motion "
        "from elsewhere in the recording. Chance is 50; the real column is the ceiling.",
        "comparisons",
        match_test.LEAST_COMPARISONS,
    ),
    Quantity(
        "strokes on time",
        "speech",
        "%",
        "higher",
        f"Share of gesture words whose fastest movement lies {strokes.EARLY_MS:g} ms before to "
        f"{strokes.LATE_MS:g} ms after the stressed syllable. Compare with shifted moments, below.",
        "moments",
        strokes.LEAST_STROKES,
    ),
    Quantity(
        "strokes on time, shifted",
        "speech",
        "%",
        "as real",
        "The same share at moments shifted around the recording: what chance gives.",
        "moments",
        strokes.LEAST_STROKES,
        control=True,
    ),
    Quantity(
        "stroke offset",
        "speech",
        "ms",
        "lower",
        "Mean distance of the fastest hand movement from the stressed syllable; still hands count "
        f"as {1000 * strokes.REACH_SECONDS:g} ms.",
        "moments",
        strokes.LEAST_STROKES,
    ),
    Quantity(
        "semantic recall",
        "speech",
        "%",
        "higher",
        "How often a recogniser sees the gesture that the corpus's choreography "
        "has for the word. The real column is its ceiling.",
        "gestures",
        semantic_recall.LEAST_GESTURES,
    ),
)


def _insertion() -> Iterator[Quantity]:
    for part in ("upper body", "hands"):
        yield _to_the_exemplar(f"{part} to the exemplar", "deg", f"{_INSERTED}: {part}.")
        for name, says in _BESIDE:
            found = _to_the_exemplar(f"{part}, {name}", "deg", says)
            yield replace(found, better="as real", control=True)
    yield _to_the_exemplar(
        "MPJPE to the exemplar",
        "cm",
        "Mean distance of the joints of upper body and hands, published measure.",
    )


def _to_the_exemplar(name: str, unit: str, says: str) -> Quantity:
    return Quantity(
        name, "insertion", unit, "lower", says, "exemplars", FEWEST_EXEMPLARS, of_real=False
    )


_NATURAL = (
    ("wrist speed median (m/s)", "as real", "Energy of ordinary movement."),
    ("wrist speed 90 % (m/s)", "as real", "Energy of strokes."),
    ("wrist jerk median (m/s^3)", "as real", "Jitter, in ordinary movement."),
    ("wrist jerk 90 % (m/s^3)", "as real", "Jitter, in strokes."),
    ("speed spectrum (dB)", "lower", "Distance of the spectrum of wrist speed from real ones."),
    ("acceleration spectrum (dB)", "lower", "The same of wrist acceleration."),
    ("acceleration above 5 Hz (dB)", "as real", "Surplus (jitter) or lack (smoothing) of power."),
    ("beyond joint limits (%)", "lower", "Joints bent as no person bends them."),
    ("foot sliding median (cm/s)", "lower", "Speed of feet while they carry."),
    ("foot sliding mean (cm/s)", "lower", "The same; sees single slips."),
    ("root drift (cm/min)", "as real", "How the body wanders off."),
    ("hands in trunk (% of frames)", "lower", "Hands deeper in the trunk than touch."),
    ("hands in trunk, deepest (cm)", "lower", "The deepest moment."),
)


def _naturalness() -> Iterator[Quantity]:
    for name, better, says in _NATURAL:
        plain, _, unit = name.rpartition(" (")
        yield Quantity(plain, "naturalness", unit.rstrip(")"), _better(better), says)
    yield Quantity(
        "seam jerk ratio",
        "naturalness",
        "",
        "lower",
        "Jerk where windows of nine seconds join, over jerk elsewhere; 1 is no seam.",
        "seams",
        seams.LEAST_SEAMS,
    )


def _better(text: str) -> Better:
    return "lower" if text == "lower" else "as real"


def _variety() -> Iterator[Quantity]:
    yield Quantity(
        "recurring strokes",
        "variety",
        "%",
        "as real",
        "Strokes whose way the hands go again elsewhere in the recording.",
        "strokes",
        repetition.LEAST_STROKES,
    )
    yield Quantity(
        "nearest other stroke",
        "variety",
        "cm",
        "as real",
        "Distance to the most similar other stroke: small is repetitive.",
        "strokes",
        repetition.LEAST_STROKES,
    )
    yield Quantity(
        "distance between seeds",
        "variety",
        "cm",
        "higher",
        "Distance of the wrists between motions of one recording, where several were given.",
        "motions",
        repetition.LEAST_SEEDS,
        of_real=False,
    )


QUANTITIES: tuple[Quantity, ...] = (
    *_SPEECH,
    *_insertion(),
    *_naturalness(),
    *_variety(),
    *published(),
)
"""Every quantity, in the order of the page."""
BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}
