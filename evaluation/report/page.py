"""The report as one HTML page that needs nothing beside itself."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from evaluation.bootstrap import Estimate
from evaluation.report.document import EVALUATOR_VERSION, Report, versions
from evaluation.report.plots import plots
from evaluation.report.quantity import GROUP_TITLES, Group
from evaluation.report.style import STYLE
from evaluation.report.summary import Summary, common_cautions
from evaluation.report.svg import REAL_COLOUR, SYSTEM_COLOUR, intervals
from evaluation.report.videos import Video

PAGE_FILE = "report.html"
_WIDTHS = (22, 11, 11, 22, 34)
"""Of the columns, so that all tables are alike."""
_ARROWS = {"lower": "lower is better", "higher": "higher is better", "as real": "like real is best"}


def write_page(report: Report, videos: Sequence[Video], folder: Path) -> Path:
    """Write ``report.html``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAGE_FILE
    path.write_text("\n".join(_page(report, videos)), encoding="utf-8")
    return path


def _page(report: Report, videos: Sequence[Video]) -> Iterator[str]:
    title = f"{report.system} beside {report.reference}"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{escape(title)}</title>"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style></head><body><main>"
    yield from _head(report)
    yield from _remarks(report)
    yield from _films(videos)
    for group in GROUP_TITLES:
        yield from _table(report, group)
    drawn = plots(report)
    if drawn:
        yield f'<h2>Plots</h2><div class="plots">{"".join(drawn)}</div>'
    yield from _recordings(report)
    yield from _origin(report)
    yield "</main></body></html>"


def _head(report: Report) -> Iterator[str]:
    minutes = sum(each.seconds for each in report.measured) / 60
    count = len(report.measured)
    yield f"<h1>{escape(report.system)}</h1>"
    yield (
        f'<p class="lead">{count} recording{"s" if count != 1 else ""}, {minutes:.1f} minutes, '
        f"beside the real motion of <b>{escape(report.reference)}</b>. Evaluator version "
        f"{EVALUATOR_VERSION}: compare only with reports of the same version, on the same "
        "recordings.</p>"
    )
    yield (
        f'<p class="legend"><span style="color:{SYSTEM_COLOUR}">&#9679; {escape(report.system)}'
        f'</span><span style="color:{REAL_COLOUR}">&#9679; real</span> Brackets are 95 % '
        "intervals, recordings drawn anew. Grey rows rest on too little to be believed: the reason "
        "stands in the row, or above where all share it.</p>"
    )


def _remarks(report: Report) -> Iterator[str]:
    careful = (
        *(f"none of it is reliable: {each}" for each in common_cautions(report.summaries)),
        *report.cautions,
    )
    for title, remarks in (("Careful", careful), ("Not given", report.missing)):
        if remarks:
            items = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
            yield f'<div class="box"><b>{title}</b><ul>{items}</ul></div>'


def _films(videos: Sequence[Video]) -> Iterator[str]:
    if not videos:
        return
    yield "<h2>See it</h2>"
    yield "<p>Excerpts from the middle of recordings spread over the list; nobody picked them.</p>"
    yield '<div class="films">'
    for video in videos:
        coded = base64.b64encode(video.mp4).decode("ascii")
        yield (
            f'<figure><video controls loop preload="metadata" src="data:video/mp4;base64,{coded}">'
            f"</video><figcaption>{escape(video.recording)}, from {video.start_seconds:.0f} s"
            "</figcaption></figure>"
        )
    yield "</div>"


def _table(report: Report, group: Group) -> Iterator[str]:
    rows = [each for each in report.summaries if each.quantity.group == group]
    if not rows:
        return
    yield f"<h2>{GROUP_TITLES[group]}</h2>"
    yield '<div class="scroll"><table class="measures"><colgroup>'
    yield "".join(f'<col style="width:{width}%">' for width in _WIDTHS)
    yield '</colgroup><thead><tr><th>measure</th><th class="n">system</th><th class="n">real</th>'
    yield "<th>95 % intervals</th><th>what it says</th></tr></thead><tbody>"
    common = common_cautions(report.summaries)
    for row in rows:
        yield _row(row, [caution for caution in row.cautions if caution not in common])
    yield "</tbody></table></div>"


def _row(row: Summary, own: Sequence[str]) -> str:
    """``own`` are the cautions that not all rows share."""
    assert row.generated is not None
    quantity = row.quantity
    unit = f" <small>{escape(quantity.unit)}</small>" if quantity.unit else ""
    doubt = "; ".join(own)
    doubtful = f'<p class="doubt">Unreliable: {escape(doubt)}</p>' if doubt else ""
    classes = "" if row.reliable else ' class="weak"'
    return (
        f"<tr{classes}><th>{escape(quantity.name)}{unit}<br><small>{_way(row)}"
        f'</small></th><td class="n">{_told(row.generated)}</td>'
        f'<td class="n">{_told(row.real) if row.real else ""}</td>'
        f"<td>{intervals(row.generated, row.real)}</td>"
        f"<td>{escape(quantity.says)}{doubtful}</td></tr>"
    )


def _way(row: Summary) -> str:
    return "control" if row.quantity.control else _ARROWS[row.quantity.better]


def _told(estimate: Estimate) -> str:
    interval = ""
    if estimate.low != estimate.high:
        interval = f"<br><small>[{_number(estimate.low)}, {_number(estimate.high)}]</small>"
    return f"<b>{_number(estimate.value)}</b>{interval}"


def _number(value: float) -> str:
    """Three digits that count, without exponents for everyday sizes."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) < 0.001:
        return "&lt;0.001" if value > 0 else "&gt;-0.001"
    return f"{value:.3g}"


def _recordings(report: Report) -> Iterator[str]:
    notes = [(each.id, each.seconds, "; ".join(each.notes)) for each in report.measured]
    yield f"<details><summary>Recordings ({len(notes)})</summary>"
    yield '<div class="scroll"><table><thead><tr><th>recording</th><th class="n">seconds</th>'
    yield "<th>not measured, and why</th></tr></thead><tbody>"
    for name, seconds, told in notes:
        yield _line(name, f"{seconds:.1f}", told)
    for name, told in report.left_out:
        yield _line(name, "left out", told)
    for name in report.unmatched:
        yield _line(name, "left out", "the reference has no recording of that name")
    yield "</tbody></table></div></details>"


def _line(name: str, seconds: str, told: str) -> str:
    return f'<tr><th>{escape(name)}</th><td class="n">{seconds}</td><td>{escape(told)}</td></tr>'


def _origin(report: Report) -> Iterator[str]:
    yield "<details><summary>Made with</summary><table><tbody>"
    for name, value in (*report.made_with.items(), *versions().items()):
        yield f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
    yield "</tbody></table></details>"
