"""Plots as SVG that lies inside a page: bars of intervals, lines over a log axis, histograms."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evaluation.bootstrap import Estimate

SYSTEM_COLOUR, REAL_COLOUR = "#c2410c", "#475569"
_GRID, _TEXT = "#d6d3d1", "#57534e"


@dataclass(frozen=True)
class Series:
    """One line or set of bars."""

    title: str
    colour: str
    values: Sequence[float]


@dataclass(frozen=True)
class Axes:
    """What a plot is called and what is on its axes."""

    title: str
    across: str
    up: str


_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 30, 44


def intervals(system: Estimate, real: Estimate | None, width: int = 220) -> str:
    """Two dots with their intervals on one axis from zero, the system's above."""
    sides = [(system, SYSTEM_COLOUR, 9)] + ([(real, REAL_COLOUR, 21)] if real else [])
    low = min(side.low for side, _, _ in sides)
    high = max(side.high for side, _, _ in sides)
    low, high = min(low, 0.0), max(high, 0.0)
    reach = (high - low) or 1.0
    low, high = low - 0.02 * reach, high + 0.04 * reach

    def at(value: float) -> float:
        return 6 + (width - 12) * (value - low) / (high - low)

    zero = f'<line x1="{at(0):.1f}" x2="{at(0):.1f}" y1="2" y2="28" stroke="{_GRID}"/>'
    marks = [zero]
    for side, colour, y in sides:
        marks.append(
            f'<line x1="{at(side.low):.1f}" x2="{at(side.high):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{colour}" stroke-width="4" stroke-linecap="round" opacity=".35"/>'
            f'<circle cx="{at(side.value):.1f}" cy="{y}" r="4" fill="{colour}"/>'
        )
    return f'<svg width="{width}" height="30" role="img">{"".join(marks)}</svg>'


def lines(axes: Axes, across: Sequence[float], series: Sequence[Series]) -> str:
    """Lines over places that are evenly spread, such as bands; ``across`` names each."""
    values = [value for each in series for value in each.values]
    ticks = _ticks(min(values), max(values))
    x = [_LEFT + (i + 0.5) * _inner() / len(across) for i in range(len(across))]
    parts = [_frame(axes, ticks), _names(x, [f"{value:g}" for value in across])]
    for each in series:
        points = " ".join(
            f"{a:.1f},{_y(value, ticks):.1f}" for a, value in zip(x, each.values, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{each.colour}" stroke-width="2.5"/>'
        )
    return _plot(parts, series)


def histogram(axes: Axes, edges: Sequence[float], bars: Series, steps: Series) -> str:
    """Counts between edges: one set as bars, another one as steps over them."""
    ticks = _ticks(0.0, max((*bars.values, *steps.values, 1.0)))
    span = edges[-1] - edges[0]
    x = [_LEFT + _inner() * (edge - edges[0]) / span for edge in edges]
    parts = [_frame(axes, ticks)]
    for left, right, value in zip(x, x[1:], bars.values, strict=False):
        top = _y(value, ticks)
        parts.append(
            f'<rect x="{left + 1:.1f}" y="{top:.1f}" width="{right - left - 2:.1f}" '
            f'height="{_y(0, ticks) - top:.1f}" fill="{bars.colour}" opacity=".7"/>'
        )
    corners = " ".join(
        f"{left:.1f},{_y(value, ticks):.1f} {right:.1f},{_y(value, ticks):.1f}"
        for left, right, value in zip(x, x[1:], steps.values, strict=False)
    )
    parts.append(
        f'<polyline points="{corners}" fill="none" stroke="{steps.colour}" stroke-width="2"/>'
    )
    shown = [place for place, edge in enumerate(edges) if edge % 200 == 0]
    parts.append(_names([x[p] for p in shown], [f"{edges[p]:g}" for p in shown]))
    return _plot(parts, (bars, steps))


def strips(axes: Axes, series: Sequence[Series]) -> str:
    """A dot a recording, systems beside each other, the median as a bar."""
    values = [value for each in series for value in each.values]
    ticks = _ticks(min(values), max(values))
    x = [_LEFT + (i + 0.5) * _inner() / len(series) for i in range(len(series))]
    parts = [_frame(axes, ticks), _names(x, [each.title for each in series])]
    for middle, each in zip(x, series, strict=True):
        ordered = sorted(each.values)
        for place, value in enumerate(each.values):
            aside = 22 * ((place * 0.618) % 1 - 0.5)
            parts.append(
                f'<circle cx="{middle + aside:.1f}" cy="{_y(value, ticks):.1f}" r="3.2" '
                f'fill="{each.colour}" opacity=".55"/>'
            )
        y = _y(ordered[len(ordered) // 2], ticks)
        parts.append(
            f'<line x1="{middle - 26:.1f}" x2="{middle + 26:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{each.colour}" stroke-width="3"/>'
        )
    return _plot(parts, ())


def _plot(parts: Sequence[str], legend: Sequence[Series]) -> str:
    shown = []
    for place, each in enumerate(legend):
        x = _LEFT + 8 + 120 * place
        shown.append(
            f'<circle cx="{x}" cy="{_TOP + 8}" r="4" fill="{each.colour}"/>'
            f'<text x="{x + 9}" y="{_TOP + 12}" font-size="11" fill="{_TEXT}">'
            f"{escape(each.title[:16])}</text>"
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'font-family="inherit">{"".join(parts)}{"".join(shown)}</svg>'
    )


def _inner() -> float:
    return float(_WIDTH - _LEFT - _RIGHT)


def _y(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _frame(axes: Axes, ticks: Sequence[float]) -> str:
    parts = [
        f'<text x="{_LEFT}" y="16" font-size="13" font-weight="600">{escape(axes.title)}</text>',
        f'<text x="{_LEFT + _inner() / 2:.0f}" y="{_HEIGHT - 6}" font-size="11" fill="{_TEXT}" '
        f'text-anchor="middle">{escape(axes.across)}</text>',
        f'<text transform="translate(13 {(_HEIGHT - _BOTTOM + _TOP) / 2:.0f}) rotate(-90)" '
        f'font-size="11" fill="{_TEXT}" text-anchor="middle">{escape(axes.up)}</text>',
    ]
    for tick in ticks:
        y = _y(tick, ticks)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{_GRID}"/><text x="{_LEFT - 6}" y="{y + 4:.1f}" font-size="11" '
            f'fill="{_TEXT}" text-anchor="end">{tick:g}</text>'
        )
    return "".join(parts)


def _names(places: Sequence[float], names: Sequence[str]) -> str:
    y = _HEIGHT - _BOTTOM + 16
    return "".join(
        f'<text x="{x:.1f}" y="{y}" font-size="11" fill="{_TEXT}" text-anchor="middle">'
        f"{escape(name[:24])}</text>"
        for x, name in zip(places, names, strict=True)
    )


def _ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers that hold the range."""
    reach = (high - low) or abs(high) or 1.0
    power = 10.0 ** len(str(int(reach))) if reach >= 1 else 1.0
    while power > reach:
        power /= 10.0
    step = next(power * times for times in (0.5, 1.0, 2.0, 5.0) if reach / (power * times) <= 5)
    first = int(low // step)
    last = int(-(-high // step))
    return [round(step * place, 10) for place in range(first, max(last, first + 1) + 1)]
