"""The plots of a report: spectra, stroke offsets, and one dot a recording where it tells most."""

from collections.abc import Iterator, Sequence

from evaluation.report.clip import Measured
from evaluation.report.document import Report
from evaluation.report.quantities import BY_NAME
from evaluation.report.svg import (
    REAL_COLOUR,
    SYSTEM_COLOUR,
    Axes,
    Series,
    histogram,
    lines,
    strips,
)
from evaluation.spectra import BANDS_HZ, Spectra

_DOTS = (
    "match accuracy",
    "semantic recall",
    "wrist jerk median",
    "wrist speed 90 %",
    "foot sliding median",
)
_BIN_MS, _REACH_MS = 50, 600
_LEAST_OFFSETS = 10
_LEAST_RECORDINGS = 3


def plots(report: Report) -> list[str]:
    """Those that the report has the numbers for."""
    return [_spectra(report), *_offsets(report), *_dots(report)]


def _spectra(report: Report) -> str:
    series = []
    for title, colour, side in (
        (report.system, SYSTEM_COLOUR, "generated"),
        ("real", REAL_COLOUR, "real"),
    ):
        merged = Spectra.merged([getattr(each, side).spectra for each in report.measured])
        decibels = 10.0 * (merged.acceleration + 1e-7).log10()
        series.append(Series(title, colour, decibels.tolist()))
    axes = Axes("Spectrum of wrist acceleration", "Hz, from", "dB re (m/s^2)^2/Hz")
    return lines(axes, BANDS_HZ[:-1], series)


def _offsets(report: Report) -> Iterator[str]:
    offsets = [offset for each in report.measured for offset in each.offsets_ms]
    real = [offset for each in report.measured for offset in each.real_offsets_ms]
    if len(offsets) < _LEAST_OFFSETS:
        return
    edges = list(range(-_REACH_MS, _REACH_MS + 1, _BIN_MS))
    axes = Axes("Strokes around the stressed syllable", "ms, negative is early", "strokes")
    bars = Series(report.system, SYSTEM_COLOUR, _counts(offsets, edges))
    yield histogram(axes, edges, bars, Series("real", REAL_COLOUR, _counts(real, edges)))


def _counts(values: Sequence[float], edges: Sequence[int]) -> list[float]:
    return [float(sum(low <= v < low + _BIN_MS for v in values)) for low in edges[:-1]]


def _dots(report: Report) -> Iterator[str]:
    for name in _DOTS:
        sides = [
            Series(title, colour, _means(report.measured, side, name))
            for title, colour, side in (
                (report.system, SYSTEM_COLOUR, "generated"),
                ("real", REAL_COLOUR, "real"),
            )
        ]
        shown = [each for each in sides if len(each.values) >= _LEAST_RECORDINGS]
        if shown:
            quantity = BY_NAME[name]
            yield strips(Axes(f"{name}, a dot a recording", "", quantity.unit), shown)


def _means(measured: Sequence[Measured], side: str, name: str) -> list[float]:
    values = [getattr(each, side).values.get(name) for each in measured]
    return [value.mean for value in values if value is not None and value.over > 0]
