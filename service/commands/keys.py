"""`chironomia keys`: who may call the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.keys import KeyDesk, Scope

keys = typer.Typer(
    help="Keys of the service: who may generate, curate, administer. Once one was made, every "
    "route but the health routes asks for a key.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="Folder of uploads, results, index, database.")]
Name = Annotated[str, typer.Argument(help="Person or program that holds it; signs its edits.")]


@keys.command("add")
def add(
    name: Name,
    scope: Annotated[
        list[str], typer.Option(help="generate, curate or admin (everything); repeat for several.")
    ],
    home: Home = None,
) -> None:
    """Make a key and print it, this once: only its sha256 is stored."""
    from service.keys import Scope

    scopes = frozenset(_scope(each) for each in scope)
    with _desk(home) as desk:
        typer.echo(desk.add(name, scopes))
    allowed = "everything" if Scope.ADMIN in scopes else ", ".join(sorted(scopes))
    typer.echo(
        f"{name} may do: {allowed}. Send the key as `Authorization: Bearer KEY`; "
        "it cannot be shown again.",
        err=True,
    )


@keys.command("list")
def list_keys(home: Home = None) -> None:
    """Name every key with its scopes; revoked ones stay in the list."""
    with _known_desk(home) as desk:
        listed = desk.listed()
    if not listed:
        typer.echo("no key was ever made: the service serves this machine only, without keys")
    for key in listed:
        state = "in use" if key.revoked_at is None else f"revoked {_day(key.revoked_at)}"
        typer.echo(f"{key.name}\t{', '.join(key.scopes)}\tmade {_day(key.created_at)}\t{state}")


@keys.command("revoke")
def revoke(name: Name, home: Home = None) -> None:
    """Make a key useless from the next request on; its edits keep their name."""
    with _known_desk(home) as desk:
        desk.revoke(name)
    typer.echo(f"the key of {name} is revoked")


def _scope(word: str) -> "Scope":
    from service.errors import InvalidInputError
    from service.keys import Scope

    try:
        return Scope(word)
    except ValueError as error:
        raise InvalidInputError(
            "scope_unknown",
            f"there is no scope {word!r}",
            field="scope",
            found=word,
            remedy=f"scopes are {', '.join(Scope)}",
        ) from error


@contextmanager
def _known_desk(home: Path | None) -> "Iterator[KeyDesk]":
    """The keys of a home that is there: who only looks must not make one."""
    from service.commands.places import check_home
    from service.settings import settings_with

    check_home(settings_with(home=home), "keys", "chironomia keys add NAME --scope SCOPE")
    with _desk(home) as desk:
        yield desk


@contextmanager
def _desk(home: Path | None) -> "Iterator[KeyDesk]":
    from annotations.database import Database
    from service.keys import KeyDesk
    from service.settings import settings_with

    with Database.open(settings_with(home=home).database) as database:
        yield KeyDesk(database)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
