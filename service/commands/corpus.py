"""`chironomia demo-corpus` and `chironomia index ...`."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.progress import bar

index = typer.Typer(help="Build and show the retrieval index.", no_args_is_help=True)


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
def build(
    corpus: Annotated[
        Path | None, typer.Argument(help="Corpus; the bundled one by default.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Folder of index and database.")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights whose inversions to store.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Only these splits; repeatable.")] = None,
) -> None:
    """Index a corpus: rows, vectors, inversions. Running it again repeats nothing."""
    from annotations.beat2 import SPLITS
    from annotations.corpus import Corpus
    from annotations.database import Database
    from indexing.build import BuildOptions, IndexTools, build_index
    from service.loading import Loader
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights)
    if unknown := sorted(set(split or ()) - set(SPLITS)):
        raise ValueError(f"unknown splits {unknown}; there are {', '.join(SPLITS)}")
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        tools = IndexTools(loader.embedder, loader.pipeline, loader.annotator)
        options = BuildOptions(splits=tuple(s for s in SPLITS if s in split) if split else None)
        with bar("index") as step:
            report = build_index(
                Corpus.open(corpus or settings.corpus),
                database,
                settings.index,
                tools,
                options,
                lambda stage, done, total: step(done, total, stage),
            )
    typer.echo(
        f"index version {report.version.id}: {report.exemplars} exemplars of "
        f"{report.recordings} recordings ({report.unchanged} unchanged, "
        f"{report.inverted} inversions made)"
    )
    for label, count in sorted(report.labels.items()):
        typer.echo(f"  {count:5d}  {label}")
    for problem in report.problems:
        typer.secho(f"skipped: {problem.recording_id}: {problem.message}", fg="yellow", err=True)
