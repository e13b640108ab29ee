"""`chironomia index export` and `import`: exemplars as tables, for spreadsheets and scripts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.versions import Actor, Home, Reason, acting, named, print_changes
from service.commands.versions import reading as reading_session
from service.commands.versions import writing as writing_session

if TYPE_CHECKING:
    from annotations.exchange import TableForm

Table = Annotated[Path, typer.Argument(help="FILE.csv or FILE.parquet.")]


def export(
    file: Table,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Only these senses and those below, or gesture types; repeatable."),
    ] = None,
    recording: Annotated[
        list[str] | None, typer.Option(help="Only these recordings; repeatable.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Only where these words occur in window, word or comment.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="A tag or number; the newest.")] = None,
    home: Home = None,
) -> None:
    """Write exemplars as a table: edit it anywhere, then `index import` it."""
    from annotations.curation_records import ExemplarFilter
    from annotations.exchange import export_rows
    from annotations.exemplar_queries import ExemplarQueries
    from annotations.repository import Repository

    form = form_of(file)
    with reading_session(home) as session:
        asked = ExemplarFilter(
            labels=tuple(label or ()),
            recordings=tuple(recording or ()),
            text=text,
            version=Repository(session).versions.resolve(named(version)),
        )
        rows = ExemplarQueries(session).every(asked)
        file.parent.mkdir(parents=True, exist_ok=True)
        export_rows(rows, file, form)
    typer.echo(f"{len(rows)} exemplars written to {file}")


def import_(
    file: Table,
    reason: Reason = "import",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    actor: Actor = None,
    home: Home = None,
) -> None:
    """Take the edits of an exported table: all of them as one change, or none.

    Every cell that differs is an edit. A row that someone has changed since the export is refused,
    and so is a table with any cell that cannot be used; all such cells are named.
    """
    from annotations.curation import Curation
    from annotations.exchange import import_changes

    form = form_of(file)
    with writing_session(home) as session:
        changes = import_changes(session, file, form)
        outcome = Curation(session, acting(actor)).apply(changes, reason, dry_run)
        print_changes(outcome.rows)
        if outcome.version is None:
            typer.echo(f"{len(outcome.rows)} exemplars would change; nothing was changed")
        else:
            typer.echo(f"{len(outcome.rows)} exemplars; the index is at version {outcome.version}")


def form_of(file: Path) -> "TableForm":
    """What kind of table a file name says."""
    match file.suffix.lower():
        case ".csv":
            return "csv"
        case ".parquet":
            return "parquet"
        case other:
            raise ValueError(
                f"a table must be FILE.csv or FILE.parquet, found {other or file.name}"
            )
