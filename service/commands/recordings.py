"""`chironomia index recordings, upload, leave-out, put-back`: whole recordings by command."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.progress import stage_bars
from service.commands.versions import Actor, Home, Reason, acting, reading, writing

STAGES = {"store": "store", "cut": "read, annotate, cut", "embed": "embed"} | {
    "invert": "encode and invert",
    "write": "write index files",
}
Name = Annotated[str, typer.Argument(help="Id of the recording, e.g. 2_scott_0_1_1.")]


def recordings(
    text: Annotated[str, typer.Argument(help="Part of an id; all without.")] = "",
    home: Home = None,
) -> None:
    """List recordings with what the index holds of each, and why some are not in it."""
    from annotations.recording_queries import RecordingFilter, RecordingQueries

    with reading(home) as session:
        queries, after = RecordingQueries(session), ""
        while True:
            page = queries.page(RecordingFilter(text=text or None), 500, after)
            for row in page.rows:
                state = f"{row.exemplars} exemplars" if row.indexed else "out of the index"
                why = "" if row.problem is None else f"  {row.problem}"
                seconds = "" if row.seconds is None else f"{row.seconds:.1f} s"
                typer.echo(f"{row.id}  {seconds}  {row.split or 'no split'}  {state}{why}")
            if page.next_after is None:
                return
            after = page.next_after


def upload(  # noqa: PLR0913  one parameter an option
    recording: Name,
    motion: Annotated[Path, typer.Option(help="BEAT2 npz.")],
    sound: Annotated[Path, typer.Option(help="WAV, MP3, FLAC or OGG.")],
    words: Annotated[Path, typer.Option(help="Word times: TextGrid or JSON.")],
    reason: Reason = "",
    actor: Actor = None,
    home: Home = None,
    weights: Annotated[str | None, typer.Option(help="Weights that invert it.")] = None,
) -> None:
    """Add one recording from its files: annotated, cut, embedded, inverted; others stay."""
    from annotations.database import Database
    from service.adding import Adder
    from service.loading import Loader
    from service.recording_request import RecordingInput, RecordingRequest, check_new, checked
    from service.settings import settings_with
    from service.storage import Storage

    settings = settings_with(home=home, weights=weights)
    storage = Storage(settings.home)
    with motion.open("rb") as poses, sound.open("rb") as heard:
        speech = checked(RecordingInput(recording, poses, heard, words.read_bytes()), settings)
        request = RecordingRequest(
            *(recording, acting(actor), reason, speech.seconds),
            *(storage.put_upload_file(heard), storage.put_upload_file(poses), speech.words),
        )
    with Database.open(settings.database) as database, stage_bars(STAGES) as step:
        with database.session() as session:
            check_new(session, recording)
        added = Adder(database, Loader(settings, database), storage).add(request, step).result
    typer.echo(
        f"index version {added['index_version']}: {added['exemplars']} exemplars of {recording}"
    )
    for note in (*added["skipped"], *added["notes"]):
        typer.secho(f"note: {note}", dim=True, err=True)


def leave_out(recording: Name, reason: Reason = "", actor: Actor = None, home: Home = None) -> None:
    """Take a recording out of the index; files and history stay, builds leave it out."""
    from annotations.recording_edits import RecordingEdits

    with writing(home) as session:
        outcome = RecordingEdits(session, acting(actor)).leave_out(recording, reason)
        typer.echo(_told(outcome.version, len(outcome.rows), "left the index"))


def put_back(recording: Name, reason: Reason = "", actor: Actor = None, home: Home = None) -> None:
    """Bring back what left the index with a recording."""
    from annotations.recording_edits import RecordingEdits

    with writing(home) as session:
        outcome = RecordingEdits(session, acting(actor)).put_back(recording, reason)
        typer.echo(_told(outcome.version, len(outcome.rows), "came back"))


def _told(version: int | None, exemplars: int, what: str) -> str:
    if version is None:
        return "nothing was changed"
    return f"{exemplars} exemplars {what}; the index is at version {version}"
