"""The command `chironomia`."""

import os
import sys

import typer

from service.commands import (
    annotate,
    batch,
    config,
    convert,
    corpus,
    demo,
    evaluate,
    evaluate_discourse,
    evaluate_motion,
    generate,
    keys,
    openapi,
    serve,
    train,
    train_fgd,
    train_judges,
)
from service.errors import GestureError

EXTRAS = {
    "matplotlib": "train",
    "smplx": "smplx",
    "psycopg": "postgres",
    "librosa": "evaluation",
}
"""Which extra of ours brings a package that not everyone needs."""

app = typer.Typer(
    name="chironomia",
    help="Speech in, full-body gesture out: retrieved from real speakers, woven in by diffusion.",
    epilog="CHIRONOMIA_TRACEBACK=1 shows the whole traceback instead of one line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo-corpus")(corpus.demo_corpus)
app.add_typer(corpus.index, name="index")
app.add_typer(annotate.annotate, name="annotate")
train.train.command("fgd")(train_fgd.fgd)
train.train.command("match")(train_judges.match)
train.train.command("gestures")(train_judges.gestures)
app.add_typer(train.train, name="train")
evaluate.evaluate.command("discourse")(evaluate_discourse.discourse)
evaluate.evaluate.command(evaluate_motion.REPORT_COMMAND)(evaluate_motion.report)
app.add_typer(evaluate.evaluate, name="evaluate")
app.command("compare")(evaluate_motion.compare)
app.command("import-published")(train.import_published)
app.command("generate")(generate.generate)
app.command("render")(generate.render)
app.command("batch", epilog=batch.EPILOG)(batch.batch)
app.command("convert")(convert.convert)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.add_typer(keys.keys, name="keys")
app.add_typer(config.config, name="config")
app.command("openapi")(openapi.openapi)
app.command("demo")(demo.demo)


def main() -> None:
    """Run a command; expected failures are one clear line and exit status 2.

    With ``CHIRONOMIA_TRACEBACK`` set they keep their traceback, as our own bugs always do.
    """
    # two OpenMP runtimes (torch, faiss) spin against each other unless told to wait passively
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except Exception as error:
        if os.environ.get("CHIRONOMIA_TRACEBACK") or not _expected(error):
            raise
        typer.secho(f"error: {_told(error)}", fg="red", err=True)
        for note in _advice(error):
            typer.secho(note, err=True)
        sys.exit(2)


def _expected(error: Exception) -> bool:
    """Whether files, inputs, network, database or installation are at fault, not our code."""
    import httpx
    from sqlalchemy.exc import SQLAlchemyError

    outside = (ValueError, OSError, ModuleNotFoundError, httpx.HTTPError, SQLAlchemyError)
    return isinstance(error, (GestureError, *outside))


def _told(error: Exception) -> str:
    """The error in one line; where a package is missing, what installs it."""
    import httpx
    from sqlalchemy.exc import SQLAlchemyError

    match error:
        case ModuleNotFoundError(name=str(name)):
            package = name.partition(".")[0]
            extra = f"[{EXTRAS[package]}]" if package in EXTRAS else ""
            return f"{package} is not installed; run pip install 'chironomia{extra}'"
        case httpx.HTTPError():
            return f"the service did not answer as expected: {error or type(error).__name__}"
        case SQLAlchemyError():
            return f"the database does not answer: {str(error).splitlines()[0]}"
        case _:
            return str(error) or type(error).__name__


def _advice(error: Exception) -> list[str]:
    """Field, limit, found and remedy of a typed error."""
    if not isinstance(error, GestureError):
        return []
    body = error.as_json()
    return [
        f"  {name}: {body[name]}" for name in ("field", "limit", "found", "remedy") if name in body
    ]
