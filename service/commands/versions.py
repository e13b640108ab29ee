"""`chironomia index show, history, tag, promote, rollback, undo`: versions on the command line."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from annotations.curation_records import LabelCoverage, RowChange, Tag
    from annotations.database import Database
    from annotations.event_queries import EventSummary

_COMPARED = (
    *("label", "sense", "word", "start_seconds", "end_seconds", "stroke_seconds"),
    *("quality", "comment", "removed"),
)

_LARGEST = 2**63 - 1
"""That a database counts to."""

Home = Annotated[Path | None, typer.Option(help="Folder of index and database.")]
Actor = Annotated[
    str | None, typer.Option(help="Who does it, for the history; your login name by default.")
]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Version = Annotated[
    str | None, typer.Argument(help="A tag or a number; the newest version by default.")
]


def show(
    version: Annotated[
        str, typer.Argument(help="A tag (live, staging, your own) or a number.")
    ] = "live",
    few: Annotated[
        int, typer.Option(min=0, help="Senses and types with fewer exemplars are marked.")
    ] = 5,
    changes: Annotated[
        int, typer.Option(min=0, max=_LARGEST, help="How many of the newest changes.")
    ] = 10,
    home: Home = None,
) -> None:
    """Show tags, newest changes, counts and coverage of an index version."""
    from annotations.event_queries import EventQueries
    from annotations.exemplar_queries import ExemplarQueries
    from annotations.repository import Repository

    with reading(home) as session:
        repository = Repository(session)
        number = repository.versions.resolve(named(version))
        _print_tags(repository.versions.tags(), repository.versions.head())
        _print_events(EventQueries(session).listed(changes))
        rows = repository.indexed_at(number)
        typer.echo(f"version {number}: {len(rows)} exemplars of {len(rows.recordings)} recordings")
        _print_coverage(ExemplarQueries(session).coverage(number, few))


def history(
    exemplar: Annotated[
        int | None,
        typer.Argument(
            min=1, max=_LARGEST, help="Id of an exemplar; every change of the index without."
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=_LARGEST, help="How many of the newest changes.")
    ] = 50,
    home: Home = None,
) -> None:
    """Show who changed what, when and why; of one exemplar with its values before and after."""
    from annotations.event_queries import EventQueries
    from annotations.exemplar_queries import ExemplarQueries

    with reading(home) as session:
        if exemplar is None:
            _print_events(EventQueries(session).listed(count))
            return
        for entry in ExemplarQueries(session).history(exemplar)[-count:]:
            event = entry.event.event
            typer.echo(
                f"{entry.event.seq:6d}  {entry.event.at:%Y-%m-%d %H:%M}  {event.actor}: "
                f"{event.operation}  {event.reason}"
            )
            for line in differences(entry.change):
                typer.echo(f"          {line}")


def tag(
    name: Annotated[str, typer.Argument(help="The name to give, e.g. show-2026.")],
    version: Version = None,
    delete: Annotated[bool, typer.Option("--delete", help="Forget the name.")] = False,
    actor: Actor = None,
    home: Home = None,
) -> None:
    """Name an index version; the name stays where it is until it is given again."""
    from annotations.curation import Curation

    with writing(home) as session:
        curation = Curation(session, acting(actor))
        if delete:
            curation.untag(name)
            typer.echo(f"tag {name} is gone; the version it meant is still there")
            return
        typer.echo(_pointing(curation.tag(name, named(version))))


def promote(
    version: Version = None,
    follow: Annotated[
        bool, typer.Option(help="Let `live` follow every further change again.")
    ] = False,
    actor: Actor = None,
    home: Home = None,
) -> None:
    """Let requests be answered from a version: point `live` at it.

    Running services take it up with their next job. `--follow` undoes a rollback for good.
    """
    from annotations.curation import Curation

    with writing(home) as session:
        typer.echo(_pointing(Curation(session, acting(actor)).promote(named(version), follow)))


def rollback(
    version: Annotated[str, typer.Argument(help="The tag or number to go back to.")],
    actor: Actor = None,
    home: Home = None,
) -> None:
    """Answer requests from an earlier version until `promote` is called; nothing is lost."""
    from annotations.curation import Curation

    with writing(home) as session:
        wanted = named(version)
        assert wanted is not None, "the argument is demanded"
        typer.echo(_pointing(Curation(session, acting(actor)).roll_back(wanted)))


def undo(
    change: Annotated[
        int, typer.Argument(min=1, max=_LARGEST, help="Number of the change; see `index history`.")
    ],
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    actor: Actor = None,
    home: Home = None,
) -> None:
    """Take one change back by its inverse; refused where its exemplars were changed since."""
    from annotations.curation import Curation

    with writing(home) as session:
        outcome = Curation(session, acting(actor)).undo(change, reason, dry_run)
        print_changes(outcome.rows)
        if outcome.version is None:
            typer.echo("nothing was changed")
        else:
            typer.echo(f"undone; the index is at version {outcome.version}")


@contextmanager
def reading(home: Path | None) -> "Iterator[Session]":
    """A session that only reads."""
    with _database(home) as database, expected_errors(), database.reading() as session:
        yield session


@contextmanager
def writing(home: Path | None) -> "Iterator[Session]":
    """A session whose changes are kept where nothing is refused."""
    with _database(home) as database, expected_errors(), database.session() as session:
        yield session


def _database(home: Path | None) -> "Database":
    from annotations.database import Database
    from service.commands.places import check_home
    from service.settings import settings_with

    settings = settings_with(home=home)
    check_home(settings)
    return Database.open(settings.database)


@contextmanager
def expected_errors() -> Iterator[None]:
    """What curation refuses is one clear line, not a traceback."""
    from annotations.curation_errors import (
        EditConflictError,
        UndoConflictError,
        UnknownEventError,
        UnknownExemplarError,
        UnknownRecordingError,
        UnknownVersionError,
    )

    try:
        yield
    except (
        EditConflictError,
        UndoConflictError,
        UnknownEventError,
        UnknownExemplarError,
        UnknownRecordingError,
        UnknownVersionError,
    ) as error:
        raise ValueError(str(error)) from error


def acting(actor: str | None) -> str:
    """Who makes a change."""
    return actor or getpass.getuser()


def named(version: str | None) -> str | int | None:
    """A version as it is looked up: numbers are numbers, everything else is a tag."""
    if version is None:
        return None
    return int(version) if version.isdecimal() else version


def print_changes(rows: "tuple[RowChange, ...]", shown: int = 20) -> None:
    """Exemplars before and after, the first ones."""
    for row in rows[:shown]:
        typer.echo(f"exemplar {row.exemplar_id}: {'; '.join(differences(row))}")
    if len(rows) > shown:
        typer.echo(f"... and {len(rows) - shown} more")


def differences(row: "RowChange") -> list[str]:
    """What differs, as ``name: before -> after``."""
    if row.after is None:
        return ["gone"]
    if row.before is None:
        return [f"new: {row.after.kind} {row.after.label} '{row.after.word}'"]
    pairs = ((name, getattr(row.before, name), getattr(row.after, name)) for name in _COMPARED)
    return [f"{name}: {old} -> {new}" for name, old, new in pairs if old != new]


def _print_tags(tags: "tuple[Tag, ...]", head: int) -> None:
    typer.echo(f"newest version: {head}")
    for each in tags:
        typer.echo(f"  {_pointing(each)}")


def _pointing(tag: "Tag") -> str:
    """Where a tag points."""
    how = "follows the newest version" if tag.seq is None else "stays there"
    return f"{tag.name} means version {tag.version} and {how}"


def _print_events(events: "tuple[EventSummary, ...]") -> None:
    for each in reversed(events):
        made = f"{each.changed} exemplars" if each.changed else ""
        typer.echo(
            f"{each.seq:6d}  {each.at:%Y-%m-%d %H:%M}  {each.actor}: {each.operation} "
            f"{each.subject}  {made}  {each.reason}".rstrip()
        )


def _print_coverage(coverage: "tuple[LabelCoverage, ...]") -> None:
    for each in sorted(coverage, key=lambda row: (row.kind, -row.exemplars, row.label)):
        kind = "sense" if each.kind == "relation" else "type"
        line = f"{each.exemplars:6d}  {each.speakers:3d} speakers  {kind} {each.label}"
        typer.secho(f"{line}  few" if each.few else line, fg="yellow" if each.few else None)
