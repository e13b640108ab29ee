"""`chironomia config`: what the settings are, where they come from, whether they work."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from service.config_checks import Check
    from service.settings import Settings

_NARROWEST = 140
"""Columns where the output is no terminal."""

config = typer.Typer(
    help="Settings: environment variables CHIRONOMIA_NAME, or lines `name = value` of the TOML "
    "file that CHIRONOMIA_CONFIG names; the environment wins.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="Folder of uploads, results, index, database.")]
Weights = Annotated[str | None, typer.Option(help="Weights folder or hub id.")]


@config.command("show")
def show(home: Home = None) -> None:
    """List every setting with its value and where it comes from; secrets are not shown."""
    from rich.table import Table

    from service.settings import settings_with

    settings = settings_with(home=home)
    given = frozenset() if home is None else frozenset({"home"})
    table = Table("setting", "value", "from", "what it is", show_edge=False, pad_edge=False)
    for name in type(settings).model_fields:
        told = type(settings).model_fields[name].description or ""
        table.add_row(name, _shown(settings, name), _source(name, given), told)
    _console().print(table)


@config.command("check")
def check(home: Home = None, weights: Weights = None) -> None:
    """Look at settings, folders, disk, database, weights, keys and index; change nothing.

    Ends with status 1 where something is wrong, with what to do about it.
    """
    from rich.table import Table

    from service.config_checks import checks
    from service.settings import settings_with

    found: list[Check] = []
    table = Table("", "looked at", "found", "what to do", show_edge=False, pad_edge=False)
    for each in checks(settings_with(home=home, weights=weights)):
        found.append(each)
        mark = "[green]ok[/]" if each.ok else "[red]problem[/]"
        table.add_row(mark, each.name, each.found, each.remedy or "")
    _console().print(table)
    wrong = sum(not each.ok for each in found)
    if wrong:
        typer.echo(f"{wrong} of {len(found)} need work", err=True)
        raise typer.Exit(1)


def _shown(settings: "Settings", name: str) -> str:
    """A value as it may be shown."""
    from pydantic import SecretStr
    from rich.markup import escape

    from annotations.database import without_password

    value = getattr(settings, name)
    match value:
        case SecretStr():
            return "(set, not shown)"
        case str() if name == "database_url":
            return escape(without_password(value))
        case None:
            return "-"
        case _:
            return escape(str(value))


def _source(name: str, given: frozenset[str]) -> str:
    """Where a value comes from: the last of these that names it."""
    from service.config_file import config_path, read_config, variable_of
    from service.settings import Settings

    path = config_path()
    if name in given:
        return "command line"
    if any(each.upper() == variable_of(name) for each in os.environ):
        return variable_of(name)
    if name in read_config(path, Settings.model_fields):
        return str(path)
    return "default"


def _console() -> "Console":
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=_NARROWEST)
