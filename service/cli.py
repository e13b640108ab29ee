"""The command `chironomia`."""

import os
import sys

import typer

from service.commands import corpus, demo, evaluate, generate, serve, train
from service.errors import GestureError

app = typer.Typer(
    name="chironomia",
    help="Speech in, full-body gesture out: retrieved from real speakers, woven in by diffusion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo-corpus")(corpus.demo_corpus)
app.add_typer(corpus.index, name="index")
app.add_typer(train.train, name="train")
app.add_typer(evaluate.evaluate, name="evaluate")
app.command("import-published")(train.import_published)
app.command("generate")(generate.generate)
app.command("render")(generate.render)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("demo")(demo.demo)


def main() -> None:
    """Run a command; expected failures are one clear line and exit status 2."""
    # two OpenMP runtimes (torch, faiss) spin against each other unless told to wait passively
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except (GestureError, ValueError, OSError, LookupError) as error:
        if os.environ.get("CHIRONOMIA_TRACEBACK"):
            raise
        typer.secho(f"error: {error}", fg="red", err=True)
        for note in _advice(error):
            typer.secho(note, err=True)
        sys.exit(2)


def _advice(error: Exception) -> list[str]:
    """Field, limit, found and remedy of a typed error."""
    if not isinstance(error, GestureError):
        return []
    body = error.as_json()
    return [
        f"  {name}: {body[name]}" for name in ("field", "limit", "found", "remedy") if name in body
    ]
