"""`chironomia demo-corpus` and `chironomia index build, add, check`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import exchange, recordings, versions
from service.commands.progress import bar, stage_bars

if TYPE_CHECKING:
    from annotations.database import Database
    from indexing.build import IndexReport, IndexTools
    from service.settings import Settings

index = typer.Typer(
    help="Build, look at, edit and repair the retrieval index.",
    epilog="Start with `chironomia index build`, then `chironomia index show`.",
    no_args_is_help=True,
)
index.command("show")(versions.show)
index.command("history")(versions.history)
index.command("tag")(versions.tag)
index.command("promote")(versions.promote)
index.command("rollback")(versions.rollback)
index.command("undo")(versions.undo)
index.command("recordings")(recordings.recordings)
index.command("upload")(recordings.upload)
index.command("leave-out")(recordings.leave_out)
index.command("put-back")(recordings.put_back)
index.command("export")(exchange.export)
index.command("import")(exchange.import_)

STAGES = {
    "cut": "read, annotate, cut",
    "embed": "embed",
    "invert": "encode and invert",
    "write": "write index files",
}
_SHOWN_PROBLEMS = 20
_RECORDINGS_A_JOB = 8

Home = Annotated[Path | None, typer.Option(help="Folder of index and database.")]
Weights = Annotated[str | None, typer.Option(help="Weights whose inversions are stored.")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Processes that read and cut; one a processor for a large corpus."),
]
Report = Annotated[
    Path | None, typer.Option(help="Also write the report as JSON: counts, skipped, times.")
]


def demo_corpus(
    folder: Annotated[Path, typer.Argument(help="Folder to write, in BEAT2's layout.")],
    recordings: Annotated[int, typer.Option(min=1, help="How many.")] = 72,
    seconds: Annotated[float, typer.Option(min=5, help="About how long each one is.")] = 50.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same corpus.")] = 0,
) -> None:
    """Write a synthetic corpus: choreographed gestures, speech by espeak-ng where installed."""
    from indexing.demo.corpus import DemoOptions, write_demo_corpus

    with bar("demo corpus") as step:
        options = DemoOptions(recordings=recordings, seconds=seconds, seed=seed)
        write_demo_corpus(folder, options, lambda done, total: step(done, total, ""))


@index.command("build")
def build(  # noqa: PLR0913  one parameter an option
    corpus: Annotated[
        Path | None, typer.Argument(help="Folder in BEAT2's layout; the bundled one by default.")
    ] = None,
    home: Home = None,
    weights: Weights = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Only these splits, e.g. train; repeatable.")
    ] = None,
    published: Annotated[
        bool, typer.Option(help="Cut as published: beats too, and every window of a gesture.")
    ] = False,
    jobs: Jobs = None,
    report: Report = None,
) -> None:
    """Index a corpus: rows, vectors, inversions, files.

    Every recording is one transaction and one index version, visible at once to a running
    service whose `live` tag follows the newest version. Stop it at any time and run it again: what
    is done is not repeated, and edits by curators stay. Recordings that the folder does not have
    any more, or that cannot be read, leave the index; nothing is lost, building with their files
    brings them back. Those that a curator has taken out stay out.
    """
    from annotations.beat2 import SPLITS
    from annotations.corpus import Corpus
    from indexing.build import BuildOptions, build_index
    from indexing.segment import SegmentOptions
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights)
    if unknown := sorted(set(split or ()) - set(SPLITS)):
        raise ValueError(f"unknown splits {unknown}; there are {', '.join(SPLITS)}")
    opened = Corpus.open(corpus or settings.corpus)
    options = BuildOptions(
        splits=tuple(s for s in SPLITS if s in split) if split else None,
        segment=SegmentOptions(beats=published, every_window=published),
        jobs=jobs or _sensible_jobs(len(opened.recordings)),
    )
    with _database(settings) as database, stage_bars(STAGES) as step:
        tools = _tools(settings, database)
        made = build_index(opened, database, settings.index, tools, options, step)
    _tell(made, report)


@index.command("add")
def add(
    corpus: Annotated[Path, typer.Argument(help="Folder in BEAT2's layout.")],
    recordings: Annotated[list[str], typer.Argument(help="Ids, e.g. 2_scott_0_1_1.")],
    home: Home = None,
    weights: Weights = None,
    jobs: Jobs = 1,
    report: Report = None,
) -> None:
    """Index some recordings of a corpus and leave all others as they are."""
    from indexing.build import BuildOptions
    from indexing.update import add_recording
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights)
    options: BuildOptions = BuildOptions(jobs=jobs or 1)
    with _database(settings) as database, stage_bars(STAGES) as step:
        tools = _tools(settings, database)
        made = add_recording(database, settings.index, tools, corpus, recordings, options, step)
    _tell(made, report)


@index.command("check")
def check(
    home: Home = None,
    weights: Weights = None,
    mend: Annotated[
        bool, typer.Option(help="Write again what is derived from SQL; --no-mend only tells.")
    ] = True,
) -> None:
    """Compare the index files with SQL, to the last bit, and mend what is derived.

    Looks at what `live` and `staging` mean: vectors, index files, inversions, and whether the
    corpus files are where they were. Exit status 1 where something is left to be done.
    """
    from indexing.check import IndexCheck
    from service.commands.places import check_home
    from service.loading import Loader
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights)
    check_home(settings)
    with _database(settings) as database:
        loader = Loader(settings, database)
        found = IndexCheck(loader.source, loader.pipeline.weights_id, mend).run()
    for finding in found:
        state = "mended" if finding.mended else finding.remedy
        typer.secho(f"{finding.problem}: {state}", fg="yellow")
    if all(finding.mended for finding in found):
        typer.secho("files and SQL agree", fg="green")
    else:
        raise typer.Exit(1)


def _sensible_jobs(recordings: int) -> int:
    """One a processor, and one for a few recordings: a process takes seconds to start."""
    return max(1, min(os.cpu_count() or 1, recordings // _RECORDINGS_A_JOB))


def _database(settings: "Settings") -> "Database":
    from annotations.database import Database

    return Database.open(settings.database)


def _tools(settings: "Settings", database: "Database") -> "IndexTools":
    from indexing.build import IndexTools
    from service.loading import CorpusAnnotator, Loader

    loader = Loader(settings, database)
    return IndexTools(loader.embedder, loader.pipeline, CorpusAnnotator(settings))


def _tell(made: "IndexReport", path: Path | None) -> None:
    """Counts by sense, type and speaker, and what was skipped."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made.as_json(), indent=2) + "\n", encoding="utf-8")
    typer.echo(
        f"index version {made.version}: {made.exemplars} exemplars of {made.recordings} "
        f"recordings ({made.unchanged} unchanged, {made.inverted} inversions made)"
    )
    for title, counts in (("sense", made.senses), ("type", made.types), ("speaker", made.speakers)):
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            typer.echo(f"  {count:6d}  {title} {name}")
    for problem in made.problems[:_SHOWN_PROBLEMS]:
        where = problem.recording_id or problem.file.name
        typer.secho(f"skipped: {where}: {problem.message}", fg="yellow", err=True)
    for note in made.notes[:_SHOWN_PROBLEMS]:
        typer.secho(f"note: {note}", dim=True, err=True)
    hidden = sum(max(len(each) - _SHOWN_PROBLEMS, 0) for each in (made.problems, made.notes))
    if hidden:
        typer.secho(f"{hidden} more; --report FILE.json names them all", err=True)
