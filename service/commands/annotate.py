"""`chironomia annotate ...`: relations, gesture types and prominence for files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.progress import bar

if TYPE_CHECKING:
    from annotations.corpus_annotation import Outcome

annotate = typer.Typer(
    help="Find discourse relations, gesture types and prominence in files of your own.",
    no_args_is_help=True,
)


@annotate.command("discourse")
def discourse(
    source: Annotated[Path, typer.Argument(help="Documents (JSON, may be gzipped).")],
    target: Annotated[Path, typer.Argument(help="File to write; .gz compresses.")],
    given_connectives: Annotated[
        bool,
        typer.Option(
            "--given-connectives",
            help="Keep the explicit connectives of the file; predict their senses and arguments.",
        ),
    ] = False,
) -> None:
    """Fill in the `relations` of documents in the relations-file layout.

    A document is {"sentences": [{"tokens": [{"surface": ...}]}], "relations": [...]}; tokens may
    have times. Relations that are there are ignored; everything else is written back as it was.
    """
    from annotations.discourse import shipped_discourse
    from annotations.relation_documents import (
        annotated,
        read_relation_documents,
        write_relation_documents,
    )

    documents, listed = read_relation_documents(source)
    finds = shipped_discourse()
    entries = []
    with bar("annotate") as step:
        for done, document in enumerate(documents):
            entries.append(annotated(document, finds, given_connectives))
            step(done + 1, len(documents), str(document.entry.get("docID", "")))
    write_relation_documents(target, entries, listed)
    found = sum(len(entry["relations"]) for entry in entries)
    typer.echo(f"{target}: {found} relations in {len(entries)} documents")


@annotate.command("corpus")
def corpus(
    folder: Annotated[Path, typer.Argument(help="Corpus in BEAT2's layout.")],
    only: Annotated[
        str, typer.Option(help="Which files, comma-separated: discourse, sem, prom.")
    ] = "discourse,sem,prom",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write existing files again, people's as well.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the files, where the corpus is read-only.")
    ] = None,
) -> None:
    """Write relations, gesture types and prominence for recordings that lack them.

    Sound and words are enough. Files written or changed by people are left alone; run it again
    to go on after an interruption. The exit status is 1 where a recording could not be read.
    """
    from annotations.annotate import Annotator
    from annotations.corpus import Corpus
    from annotations.corpus_annotation import CorpusAnnotation, annotate_corpus, tiers_named

    options = CorpusAnnotation(tiers_named(only), overwrite, output)
    with bar("annotate") as step:
        outcomes = annotate_corpus(Corpus.open(folder), Annotator(), options, step)
    _print(outcomes)
    if any(outcome.problem for outcome in outcomes):
        raise typer.Exit(1)


def _print(outcomes: Sequence["Outcome"]) -> None:
    """What became of each recording, and all in one line."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Annotated recordings", title_justify="left")
    for column in ("recording", "written", "done before", "by people", "remarks"):
        table.add_column(column)
    for each in outcomes:
        tiers = (", ".join(tier) for tier in (each.written, each.done, each.kept))
        remarks = [each.problem and f"failed: {each.problem}", each.skipped, *each.notes]
        table.add_row(each.recording_id, *tiers, "; ".join(filter(None, remarks)))
    Console().print(table)
    written = sum(len(each.written) for each in outcomes)
    failed = sum(bool(each.problem) for each in outcomes)
    typer.echo(f"{written} files written, {failed} recordings failed")
