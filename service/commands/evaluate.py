"""`chironomia evaluate ...`: what a generation is worth, in numbers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from service.commands.evaluate_motion import EvaluateGroup
from service.commands.generate import SPEAKER_HELP
from service.commands.progress import bar

if TYPE_CHECKING:
    from service.generator import Generator
    from speech.transcript import Speech

Report = dict[str, dict[str, Any]]
"""Measurements of each motion, as written to JSON."""

evaluate = typer.Typer(
    cls=EvaluateGroup,
    help="Measure motion: `chironomia evaluate RESULTS --reference CORPUS` writes the report.",
    no_args_is_help=True,
)


@evaluate.command("insertion")
def insertion(  # noqa: PLR0913  one parameter an option
    sound: Annotated[Path, typer.Argument(help="Sound of the query.")],
    words: Annotated[Path, typer.Option(help="TextGrid or JSON with word times.")],
    speaker: Annotated[int | None, typer.Option(help=SPEAKER_HELP)] = None,
    seed: Annotated[int, typer.Option(help="Of both generations.")] = 0,
    strength: Annotated[
        list[float] | None, typer.Option(help="Dial of the guidance; repeat to compare.")
    ] = None,
    real: Annotated[
        list[Path] | None, typer.Option(help="Real motion (npz) to compare jerk with.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Report as JSON.")] = Path("out/insertion.json"),
    home: Annotated[Path | None, typer.Option(help="Folder of index and database.")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights folder or hub id.")] = None,
) -> None:
    """How near inserted spans are to their exemplars, and how the motion moves.

    Each strength is compared with a generation without insertion, from the same seed.
    """
    from annotations.database import Database
    from diffusion.config import DEFAULT_STRENGTH
    from evaluation.kinematics import wrist_kinematics
    from motion.files import read_npz
    from service.commands.places import check_home
    from service.intake import SpeechInput, take
    from service.loading import Loader
    from service.settings import settings_with
    from service.speakers import checked_speaker

    settings = settings_with(home=home, weights=weights)
    check_home(settings)
    given = SpeechInput(sound.read_bytes(), words.read_bytes())
    speech = take(given, settings)
    who = checked_speaker(speaker, settings)
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        generator = loader.generator(loader.snapshot())
        report = _fidelity(generator, speech, who, seed, strength or [DEFAULT_STRENGTH])
    for path in real or ():
        report[f"real {path.stem}"] = {"wrists": asdict(wrist_kinematics(read_npz(path)))}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2, default=str) + "\n")
    _print(report)
    typer.echo(f"written to {out}")


def _fidelity(
    generator: "Generator", speech: "Speech", speaker: int, seed: int, strengths: Sequence[float]
) -> Report:
    """Measurements without insertion and at each strength, all from one seed."""
    from evaluation.insertion import insertion_fidelity, mean_over
    from evaluation.kinematics import wrist_kinematics
    from service.options import GestureOptions

    base = GestureOptions()
    bare = replace(base, sampling=replace(base.sampling, seed=seed, mode="none"))
    with bar("generate") as step:

        def told(stage: str, done: int, total: int) -> None:
            step(done, total, stage)

        without = generator.generate(speech, speaker, bare, told).motion
        report: Report = {"without": {"wrists": asdict(wrist_kinematics(without))}}
        for dial in strengths:
            options = replace(base, sampling=replace(base.sampling, seed=seed, strength=dial))
            made = generator.generate(speech, speaker, options, told)
            each = insertion_fidelity(made.motion, without, made.placement.placed)
            report[f"strength {dial:g}"] = {
                "exemplars": len(each),
                "mean": [asdict(part) for part in mean_over(each)],
                "each": [asdict(fidelity) for fidelity in each],
                "wrists": asdict(wrist_kinematics(made.motion)),
            }
    return report


def _print(report: Report) -> None:
    table = Table(title="Degrees to the exemplar; wrist speed in m/s, jerk in m/s^3")
    for column in ("motion", "part", "inserted", "without", "unrelated", "speed", "jerk"):
        table.add_column(column, justify="right")
    for name, row in report.items():
        wrists = row["wrists"]
        speed = f"{wrists['speed_median']:.2f} / {wrists['speed_90']:.2f}"
        jerk = f"{wrists['jerk_median']:.0f} / {wrists['jerk_90']:.0f}"
        means = row.get("mean", [])
        if not means:
            table.add_row(name, "", "", "", "", speed, jerk)
        for part in means:
            degrees = [f"{part[key]:.1f}" for key in ("inserted", "without", "unrelated")]
            table.add_row(name, str(part["part"]), *degrees, speed, jerk)
    Console().print(table)
