"""`chironomia batch`: thousands of files, again and again until all are done."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.progress import bar

EPILOG = (
    'A line of MANIFEST: {"id": "a1", "sound": "a1.wav", "words": "a1.TextGrid", "speaker": 3, '
    '"options": {"sampling": {"seed": 7}}, "formats": ["glb", "bvh"]}. A sound, words or a text '
    "must be there, the rest may be left out; paths count from the manifest."
)

if TYPE_CHECKING:
    from service.batches.run import Maker
    from service.settings import Settings


def batch(  # noqa: PLR0913  one parameter an option
    manifest: Annotated[Path, typer.Argument(help="JSON Lines: one object a file to make.")],
    out: Annotated[Path, typer.Argument(help="Folder of results and of results.jsonl.")],
    server: Annotated[
        str | None,
        typer.Option(help="Let a service do it, e.g. http://host:8000; its key: CHIRONOMIA_KEY."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Entries at once.")] = None,
    shard: Annotated[
        str, typer.Option(help="Do one part of the work, e.g. 3/16 on the third machine of 16.")
    ] = "1/1",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in an earlier run.")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="Folder of index and database.")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights folder or hub id.")] = None,
) -> None:
    """Make gestures for every line of a manifest; the same command goes on where it ended.

    The whole manifest is checked first. Results lie in OUT under names made of their content;
    OUT/results.jsonl says what became of each line. Exit status 1: something failed.
    """
    from service.batches.manifest import read_manifest
    from service.batches.record import Record, Shard
    from service.batches.run import Batch, Counts
    from service.settings import settings_with

    settings = settings_with(home=home, weights=weights)
    part = Shard.parse(shard)
    with bar("check") as step:
        entries = read_manifest(manifest, settings, lambda done, total: step(done, total, ""))
    mine = [entry for entry in entries if part.takes(entry.digest)]
    with ExitStack() as held:
        maker = _maker(held, settings, server)
        record = held.enter_context(Record(out, part))
        work = Batch(out, record, maker, jobs or settings.worker_jobs, retry_failed)
        move = held.enter_context(bar("batch"))

        def told(counts: Counts) -> None:
            ended = counts.done + counts.kept + counts.failed
            move(ended, counts.total, f"{counts.failed} failed" if counts.failed else "")

        counts = work.run(mine, told)
    typer.echo(
        f"{out}: {counts.done} done, {counts.kept} done before, {counts.failed} failed, "
        f"of {counts.total}"
    )
    if counts.failed:
        typer.secho(f"what failed and why: {out / part.file_name}", err=True)
        raise typer.Exit(1)


def _maker(held: ExitStack, settings: "Settings", server: str | None) -> "Maker":
    """The networks of this process, or a client of a service."""
    from annotations.database import Database
    from chironomia import Client, Retry
    from service.batches.makers import Elsewhere, Here
    from service.commands.places import check_home

    if server is not None:
        # minutes, so that a service may be started again meanwhile
        return Elsewhere(held.enter_context(Client(server, retry=Retry(attempts=12))))
    check_home(settings)
    return Here.open(settings, held.enter_context(Database.open(settings.database)))
