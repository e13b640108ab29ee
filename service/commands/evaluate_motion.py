"""`chironomia evaluate RESULTS --reference CORPUS` and `chironomia compare A B`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from service.commands.progress import bar

if TYPE_CHECKING:
    from annotations.types import AnnotatedSpeech
    from evaluation.bootstrap import Estimate
    from evaluation.report.comparing import Compared
    from evaluation.report.document import Report
    from speech.transcript import Speech

REPORT_COMMAND = "report"
_NARROWEST, _NARROWEST_COMPARISON = 110, 150


class EvaluateGroup(TyperGroup):
    """`chironomia evaluate X`: the sub-command X, or else the report on the folder X."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the report's own name before arguments that name no sub-command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [REPORT_COMMAND, *args]
        return super().parse_args(ctx, args)


def report(  # noqa: PLR0913  one parameter an option
    results: Annotated[Path, typer.Argument(help="Folder of npz (and sound) of any system.")],
    reference: Annotated[Path, typer.Option(help="BEAT2 corpus, or a folder of npz and wav.")],
    out: Annotated[Path, typer.Option(help="Folder for report.json and report.html.")] = Path(
        "out/report"
    ),
    smplx: Annotated[Path | None, typer.Option(help="Your SMPL-X model file or folder.")] = None,
    fgd: Annotated[
        Path | None, typer.Option(help="AESKConv_240_100.bin, or a folder of `train fgd`.")
    ] = None,
    match: Annotated[Path | None, typer.Option(help="Folder of `train match`.")] = None,
    gestures: Annotated[Path | None, typer.Option(help="Folder of `train gestures`.")] = None,
    without: Annotated[
        Path | None, typer.Option(help="The system's results without insertions, to compare with.")
    ] = None,
    annotate: Annotated[
        bool, typer.Option(help="Annotate recordings that have no tiers of their own.")
    ] = False,
    videos: Annotated[int, typer.Option(help="Short videos in the page, at most 8.")] = 3,
    video_seconds: Annotated[float, typer.Option(help="Length of each, at most 20.")] = 8.0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as processors.")
    ] = None,
) -> None:
    """Measure a system's motion beside real recordings: JSON, and one HTML page.

    Motions are matched to recordings by the name of the file or of its folder. What is not given
    (SMPL-X, a network for FGD, trained scorers) is named in the report, never replaced in silence.
    """
    from evaluation.report.document import write_json
    from evaluation.report.page import write_page
    from evaluation.report.run import Asked, evaluate
    from evaluation.report.tools import Kit
    from evaluation.report.videos import Showing
    from evaluation.report.videos import videos as filmed

    kit = Kit(smplx, fgd, match, gestures, _annotator() if annotate else None)
    showing = Showing(videos, video_seconds)
    with bar("measure") as step:
        asked = Asked(results, reference, kit, jobs or os.cpu_count() or 1, without)
        made = evaluate(asked, step)
    written = write_json(made.report, out)
    with bar("videos") as step:
        page = write_page(made.report, list(filmed(made, showing, step)), out)
    _print(made.report)
    typer.echo(f"written to {written} and {page}")


def _annotator() -> "Callable[[Speech], AnnotatedSpeech]":
    from service.loading import CorpusAnnotator
    from service.settings import Settings

    return CorpusAnnotator(Settings())


def _console(narrowest: int) -> Console:
    console = Console()
    return console if console.width >= narrowest else Console(width=narrowest)


def _print(made: "Report") -> None:
    from evaluation.report.summary import common_cautions

    common = common_cautions(made.summaries)
    table = Table(title=f"{made.system}: {len(made.measured)} recordings", title_justify="left")
    for column in ("measure", "system", "real", "unit", "better", "careful"):
        table.add_column(column, justify="right" if column in {"system", "real"} else "left")
    for row in made.summaries:
        quantity = row.quantity
        table.add_row(
            quantity.name,
            _plain(row.generated),
            _plain(row.real),
            quantity.unit,
            quantity.better,
            "; ".join(each for each in row.cautions if each not in common),
        )
    console = _console(_NARROWEST)
    console.print(table)
    doubts = [f"none of it is reliable: {each}" for each in common]
    for remark in (*doubts, *made.cautions, *made.missing):
        console.print(f"- {remark}", markup=False)
    for name, why in made.left_out:
        console.print(f"- left out: {name}: {why}", markup=False)
    for name in made.unmatched:
        console.print(f"- left out: {name}: no recording of that name", markup=False)


def _plain(estimate: "Estimate | None") -> str:
    if estimate is None:
        return ""
    if estimate.low == estimate.high:
        return f"{estimate.value:.3g}"
    return str(estimate).removesuffix(" (unreliable)")


def compare(
    left: Annotated[Path, typer.Argument(metavar="A", help="Folder of a report.")],
    right: Annotated[Path, typer.Argument(metavar="B", help="Folder of another one.")],
) -> None:
    """Test two systems on the recordings that both reports have.

    A minus B with its 95 % interval over recordings; p by flipping signs, then corrected for the
    number of measures (Holm). What should be as in reality is compared by its distance from real.
    """
    from evaluation.report.comparing import compare as compared

    found = compared(left, right)
    table = Table(title=f"A {left} against B {right}", title_justify="left")
    for column in ("measure", "A", "B", "A - B", "n", "p", "Holm p", "better"):
        table.add_column(column, justify="left" if column == "measure" else "right", no_wrap=True)
    for each in found:
        table.add_row(*_cells(each))
    _console(_NARROWEST_COMPARISON).print(table)


def _cells(each: "Compared") -> tuple[str, ...]:
    quantity, difference = each.quantity, each.difference
    unit = f" ({quantity.unit})" if quantity.unit else ""
    name = quantity.name + (", from real" if each.from_real else "") + unit
    estimate = difference.estimate
    return (
        name,
        f"{each.left:.3g}",
        f"{each.right:.3g}",
        f"{estimate.value:.3g} \\[{estimate.low:.3g}, {estimate.high:.3g}]",
        str(estimate.recordings),
        f"{difference.p_value:.3g}",
        f"{each.corrected_p:.3g}",
        "" if each.verdict == "no difference seen" else each.verdict,
    )
