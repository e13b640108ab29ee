"""`chironomia openapi`."""

from pathlib import Path
from typing import Annotated

import typer


def openapi(
    out: Annotated[
        Path | None, typer.Option(help="File to write; on the terminal unless given.")
    ] = None,
) -> None:
    """Write the OpenAPI document of the service, as `docs/openapi.json` holds it."""
    from sqlalchemy import create_engine

    from annotations.database import Database
    from service.app import create_app
    from service.openapi import document_of, written
    from service.settings import settings_with

    # routes alone: nothing is ever asked of this database
    with Database(create_engine("sqlite://")) as database:
        text = written(document_of(create_app(settings_with(), database)))
    if out is None:
        typer.echo(text, nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
