"""Many recordings together: means with intervals, and what makes a number doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evaluation.bootstrap import Estimate, Tally, ratio
from evaluation.diversity import FEWEST_FRAMES, pairwise_diversity
from evaluation.fgd import distance_interval, frechet_gesture_distance, real_floor
from evaluation.fgd_weights import FgdEncoder
from evaluation.measurement import FEWEST_CLIPS, Measurement
from evaluation.positions import MeasuredOn, Positions
from evaluation.report.clip import Measured, Side
from evaluation.report.natural import spectral_values
from evaluation.report.quantities import QUANTITIES
from evaluation.report.quantity import Quantity
from evaluation.spectra import Spectra
from motion.timeline import CORPUS_FPS

BOOTSTRAP_SEED = 0
MATCH, CHANCE = "match accuracy", 50.0


@dataclass(frozen=True)
class Summary:
    """One row of the report; a side is ``None`` where it was not measured."""

    quantity: Quantity
    generated: Estimate | None
    real: Estimate | None
    cautions: tuple[str, ...]

    @property
    def reliable(self) -> bool:
        """Whether there was enough to measure."""
        return not self.cautions


def with_spectra(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """The same recordings with spectral distances: to all real ones, or to all other real ones."""
    everyone = Spectra.merged([each.real.spectra for each in measured])
    judged = []
    for place, each in enumerate(measured):
        others = [m.real.spectra for other, m in enumerate(measured) if other != place]
        rest = Spectra.merged(others) if others else everyone
        judged.append(
            replace(
                each,
                generated=_with(each.generated, everyone),
                real=_with(each.real, rest) if others else each.real,
            )
        )
    return tuple(judged)


def _with(side: Side, reference: Spectra) -> Side:
    return replace(side, values={**side.values, **spectral_values(side.spectra, reference)})


def summarise(measured: Sequence[Measured], encoder: FgdEncoder | None) -> tuple[Summary, ...]:
    """Every quantity that at least one recording has."""
    rows = []
    for quantity in QUANTITIES:
        match quantity.name:
            case "FGD":
                row = _fgd(quantity, measured, encoder)
            case "pairwise diversity":
                row = _pairwise(quantity, measured)
            case _:
                row = _of_recordings(quantity, measured)
        if row.generated is not None:
            rows.append(row)
    return tuple(rows)


def _of_recordings(quantity: Quantity, measured: Sequence[Measured]) -> Summary:
    generated, evidence = _estimate(quantity, {m.id: m.generated for m in measured})
    real, _ = _estimate(quantity, {m.id: m.real for m in measured})
    if generated is None:
        return Summary(quantity, None, real, ())
    cautions = []
    if generated.recordings < FEWEST_CLIPS:
        cautions.append(f"recordings: {generated.recordings} of {FEWEST_CLIPS} needed")
    if evidence < quantity.least:
        cautions.append(f"{quantity.evidence}: {evidence:.0f} of {quantity.least} needed")
    if quantity.name == MATCH and (real is None or real.low <= CHANCE):
        cautions.append("the judge does not tell these real recordings from shifted ones")
    return Summary(quantity, generated, real, tuple(cautions))


def common_cautions(rows: Sequence[Summary]) -> tuple[str, ...]:
    """What makes every mean doubtful, such as too few recordings: to be told once."""
    means = [row for row in rows if row.quantity.paired]
    first = means[0].cautions if means else ()
    return tuple(each for each in first if all(each in row.cautions for row in means))


def _estimate(quantity: Quantity, sides: Mapping[str, Side]) -> tuple[Estimate | None, float]:
    """The mean over recordings, and the evidence behind it."""
    values = {
        name: side.values[quantity.name]
        for name, side in sides.items()
        if quantity.name in side.values and side.values[quantity.name].over > 0
    }
    if not values:
        return None, 0.0
    tallies = [Tally(name, value.total, value.over) for name, value in values.items()]
    return ratio(tallies, BOOTSTRAP_SEED), sum(value.evidence for value in values.values())


def _fgd(quantity: Quantity, measured: Sequence[Measured], encoder: FgdEncoder | None) -> Summary:
    """The distance, and between halves of the real recordings what not even reality comes below."""
    clips = [each.features for each in measured if each.features is not None]
    if encoder is None or not clips or min(_steps(clips, side) for side in (0, 1)) < 2:
        return Summary(quantity, None, None, ())
    found = frechet_gesture_distance(clips, encoder)
    long = [c for c in clips if min(c.generated.count, c.real.count) > 1]
    interval = distance_interval(long, seed=BOOTSTRAP_SEED) if len(long) > 1 else None
    low, high = (interval.low, interval.high) if interval else (found.value, found.value)
    floor = None
    if len(long) > 1:
        halves = real_floor([clip.real for clip in long], seed=BOOTSTRAP_SEED)
        floor = Estimate(halves, halves, halves, len(long), found.reliable)
    estimate = Estimate(found.value, low, high, len(clips), found.reliable, found.why)
    return Summary(quantity, estimate, floor, _told(found))


def _steps(clips: Sequence[object], side: int) -> int:
    names = ("generated", "real")
    return sum(getattr(clip, names[side]).count for clip in clips)


def _pairwise(quantity: Quantity, measured: Sequence[Measured]) -> Summary:
    sides = []
    for side in ("generated", "real"):
        starts = [getattr(each, side).start for each in measured]
        clips = [
            Positions(start, CORPUS_FPS, MeasuredOn.SKELETON)
            for start in starts
            if len(start) == FEWEST_FRAMES
        ]
        sides.append((pairwise_diversity(clips, ""), len(clips)))
    (found, count), (real, _) = sides
    if count < 2:
        return Summary(quantity, None, None, ())
    return Summary(quantity, _bare(found, count), _bare(real, count), _told(found))


def _bare(found: Measurement, count: int) -> Estimate:
    """A number of the whole set, which has no interval over recordings."""
    return Estimate(found.value, found.value, found.value, count, found.reliable, found.why)


def _told(found: Measurement) -> tuple[str, ...]:
    return tuple(f"{each.what}: {each.found} of {each.needed} needed" for each in found.shortages)
