"""Pictures of what `fleet` found."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import matplotlib
import numpy as np
from fleet_records import BATCH, INTERACTIVE, Outcome
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREY, DARK = "#2b6cb0", "#dd6b20", "#a0aec0", "#2d3748"
BIN_SECONDS = 10.0
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "lines.linewidth": 2.0,
    "legend.frameon": False,
}


class Row(Protocol):
    """What a picture reads of a row of the table."""

    part: str
    name: str
    workers: int
    load: float
    finished_per_second: float
    p50: float
    p99: float
    utilisation: float
    mean_batch: float
    lost_share: float


def draw(rows: Sequence[Row], days: Sequence[Outcome], folder: Path) -> None:
    """All pictures."""
    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    with pyplot.rc_context(STYLE):
        _save(_latency(_part(rows, "latency")), folder / "scale-latency.png")
        _save(_sensitivity(_part(rows, "sensitivity")), folder / "scale-sensitivity.png")
        _save(_database(_part(rows, "database")), folder / "scale-database.png")
        _save(_day(days), folder / "scale-day.png")
        _save(_failures(_part(rows, "failures")), folder / "scale-failures.png")


def _part(rows: Sequence[Row], part: str) -> list[Row]:
    return [row for row in rows if row.part == part]


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    # no date and no version inside, so that the same run gives the same bytes
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def _axes(columns: int, height: float = 3.8) -> tuple[Figure, list[Axes]]:
    figure, found = pyplot.subplots(1, columns, figsize=(9.0, height), squeeze=False)
    return figure, list(found[0])


def _latency(rows: Sequence[Row]) -> Figure:
    figure, (left, right) = _axes(2)
    gpu = [row for row in rows if row.name == "short requests"]
    styles = {1: (ORANGE, "-"), 10: (BLUE, "-"), 100: (DARK, "-"), 1000: (DARK, ":")}
    for workers, (colour, line) in styles.items():
        own = [row for row in gpu if row.workers == workers]
        loads = [row.load for row in own]
        name = f"{workers} worker{'s' if workers > 1 else ''}"
        left.plot(loads, [row.p99 for row in own], line, color=colour, marker="o", label=name)
        left.plot(loads, [row.p50 for row in own], line, color=colour, lw=1.0, alpha=0.6)
        right.plot(loads, [row.mean_batch for row in own], line, color=colour, marker="o")
    left.set(xlabel="load, share of capacity", ylabel="seconds", ylim=(0.0, 2.5))
    left.set_title("latency of short requests\np99 bold, p50 thin", fontsize=11)
    left.legend()
    right.set(xlabel="load, share of capacity", ylabel="windows in a tick", ylim=(1.0, 3.0))
    right.set_title("mean batch, 16 would fit", fontsize=11)
    return figure


def _sensitivity(rows: Sequence[Row]) -> Figure:
    figure, (axes,) = _axes(1, 5.4)
    names = [row.name.replace(" us", " µs") for row in rows][::-1]
    speeds = [row.finished_per_second for row in rows][::-1]
    busy = [row.utilisation for row in rows][::-1]
    colours = [ORANGE if name == "as assumed" else BLUE for name in names]
    bars = axes.barh(names, speeds, color=colours, height=0.7)
    labels = [
        f"{speed:.0f}   ({100 * share:.0f} %)" for speed, share in zip(speeds, busy, strict=True)
    ]
    axes.bar_label(bars, labels, padding=4, fontsize=9)
    axes.set_xlim(0, 1.18 * max(speeds))
    axes.set_xlabel("short requests a second of one GPU worker   (share of time in ticks)")
    axes.grid(axis="y", visible=False)
    return figure


def _database(rows: Sequence[Row]) -> Figure:
    figure, (axes,) = _axes(1)
    for name, colour in zip(dict.fromkeys(row.name for row in rows), (ORANGE, BLUE), strict=True):
        own = [row for row in rows if row.name == name]
        workers = [row.workers for row in own]
        made = [row.finished_per_second for row in own]
        axes.loglog(workers, made, color=colour, marker="o", label=f"one database, {name}")
        axes.annotate(f"{made[-1]:,.0f} a second", (workers[-1], made[-1]), (-6, 6), **_LABEL)
    first = max(row.finished_per_second / row.workers for row in rows)
    axes.loglog(workers, [first * each for each in workers], "--", color=GREY, label="no limit")
    axes.set(xlabel="GPU workers", ylabel="short requests a second")
    axes.legend()
    return figure


_LABEL = {"textcoords": "offset points", "ha": "right", "fontsize": 10}


def _day(days: Sequence[Outcome]) -> Figure:
    figure, (left, right) = _axes(2)
    for found, colour, name in zip(days, (ORANGE, BLUE), ("one lane", "two lanes"), strict=True):
        left.semilogy(*_binned(found, INTERACTIVE), ".-", color=colour, label=name)
        right.plot(*_binned(found, BATCH), ".", color=colour, ms=7)
    left.set(ylabel="p99, seconds")
    left.yaxis.set_major_formatter("{x:g}")
    left.set_title("short requests (gap: none ended)", fontsize=11)
    left.legend()
    right.set_title("hour-long talks, 160 of them at 240 s", fontsize=11)
    right.set_ylim(0)
    for axes in (left, right):
        axes.set(xlabel="when they ended, seconds of a day of 600", xlim=(0, 600))
    return figure


def _binned(found: Outcome, lane: str) -> tuple[list[float], list[float]]:
    """99th percentiles of what ended in each bin; a gap where nothing did."""
    ends, latencies = found.ends[lane], found.latencies[lane]
    bins = (ends // BIN_SECONDS).astype(int)
    times, values = [], []
    for number in range(int(bins.min()), int(bins.max()) + 1):
        own = latencies[bins == number]
        times.append((number + 0.5) * BIN_SECONDS)
        values.append(float(np.quantile(own, 0.99)) if len(own) else math.nan)
    return times, values


def _failures(rows: Sequence[Row]) -> Figure:
    figure, axes = _axes(2)
    every, shown = ["None", "128", "32", "8"], ["none", "128", "32", "8"]
    titles = {"GPU": "GPU worker: a talk in a minute", "CPU": "CPU worker: in a quarter of an hour"}
    for one, (kind, title) in zip(axes, titles.items(), strict=True):
        found = {row.name: row.lost_share for row in rows if row.workers == 10}
        for hours, colour in (("0.25", ORANGE), ("1", BLUE), ("8", DARK)):
            names = [f"{kind}, {hours} h, checkpoint {each}" for each in every]
            if names[0] not in found:
                continue
            values = [100 * found[name] for name in names]
            one.plot(shown, values, color=colour, marker="o", label=f"{hours} h between deaths")
        one.set(xlabel="windows between checkpoints (a talk has 400)", yscale="log")
        one.set_ylim(0.08, 60)
        one.yaxis.set_major_formatter("{x:g}")
        one.yaxis.set_minor_formatter("")
        one.set_title(title, fontsize=11)
    axes[0].set_ylabel("work done twice, %")
    axes[1].legend(fontsize=9)
    return figure
