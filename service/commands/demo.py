"""`chironomia demo`: the whole way, over REST, on what comes with the project."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from service.commands.progress import bar
from service.errors import GestureError, UnavailableError

if TYPE_CHECKING:
    import httpx

START_SECONDS = 180.0
"""How long the service may take until it is ready."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out/demo"),
    sound: Annotated[Path | None, typer.Option(help="Your own talk instead of the sample.")] = None,
    words: Annotated[Path | None, typer.Option(help="Its TextGrid or JSON word times.")] = None,
    speaker: Annotated[int | None, typer.Option(help="Speaker index; see /v1/info.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same motion.")] = 0,
    options: Annotated[
        str, typer.Option(help='JSON: {"retrieval": {}, "sampling": {}, "output": {}}.')
    ] = "{}",
) -> None:
    """Index the bundled corpus, start the service, send it a talk, show the result.

    With a sound of your own and no words, rhythm alone drives the motion.
    """
    from service.commands.corpus import build
    from service.commands.places import prepare_folder
    from service.commands.table import print_matches
    from service.options import with_choices
    from service.settings import BUNDLED

    started = time.monotonic()
    sample = BUNDLED / "talk"
    talk = (
        Talk.read(sound, words)
        if sound
        else Talk.read(sample / "talk.wav", sample / "talk.TextGrid")
    )
    prepare_folder(out)
    fields = {"options": with_choices(options, "sampling", {"seed": seed})}
    if speaker is not None:
        fields["speaker"] = str(speaker)
    typer.echo("1/4 index the bundled corpus")
    build()
    typer.echo("2/4 start the service")
    with _service() as client:
        typer.echo(f"3/4 send {talk.sound} to {client.base_url.join('/v1/gestures')}")
        job = _generated(client, talk, fields)
        for name in job["result"]["files"]:
            answer = client.get(job["links"][name.partition(".")[2]]).raise_for_status()
            (out / name).write_bytes(answer.content)
    typer.echo("4/4 render")
    _render(out, talk, job["result"])
    print_matches(job["result"])
    typer.echo(f"{out}: {', '.join(sorted(path.name for path in out.iterdir()))}")
    typer.echo(f"done in {time.monotonic() - started:.0f} s")


@dataclass(frozen=True)
class Talk:
    """What is sent."""

    sound: Path
    sound_content: bytes
    words: Path | None
    words_content: bytes = b""

    @classmethod
    def read(cls, sound: Path, words: Path | None) -> Self:
        """Both files, before any work is done on them."""
        content = sound.read_bytes()
        return cls(sound, content, words, b"" if words is None else words.read_bytes())


@contextmanager
def _service() -> Iterator["httpx.Client"]:
    """A client of a service of our own on a free port, stopped at the end."""
    import httpx

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "service", "serve", "--port", str(port)]
    # a line about every request would hide what the demo tells; nobody waits for it at the end
    quiet = {"CHIRONOMIA_LOG_LEVEL": "warning"} | os.environ
    here = {"CHIRONOMIA_HOST": "127.0.0.1", "CHIRONOMIA_DRAIN_SECONDS": "0"}
    server = subprocess.Popen(command, env=quiet | here)
    try:
        # the service is on this machine: a proxy of the environment must not come between
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            _wait_until_ready(client, server)
            yield client
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_ready(client: "httpx.Client", server: "subprocess.Popen[bytes]") -> None:
    import httpx

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise UnavailableError(
        "service_not_ready",
        f"the service was not ready within {START_SECONDS:.0f} s",
        remedy="look at its messages above; `chironomia serve` starts it alone",
    )


def _generated(client: "httpx.Client", talk: Talk, fields: dict[str, str]) -> dict[str, Any]:
    """Post the talk and wait for its job to succeed."""
    files = {"sound": (talk.sound.name, talk.sound_content)}
    if talk.words is not None:
        files["words"] = (talk.words.name, talk.words_content)
    answer = client.post("/v1/gestures", files=files, data=fields)
    if answer.is_error:
        raise _refused(answer.json()["error"])
    job: dict[str, Any] = answer.json()
    with bar("generate") as step:
        while job["state"] in {"queued", "running"}:
            answer = client.get(f"/v1/jobs/{job['id']}", params={"wait": 0.5})
            job = answer.raise_for_status().json()
            progress = job["progress"] or {"done": 0, "total": 1, "stage": job["state"]}
            step(progress["done"], progress["total"], progress["stage"])
        step(1, 1, job["state"])
    if job["state"] != "succeeded":
        raise _refused(job["error"] or {"code": job["state"], "message": f"job {job['state']}"})
    return job


def _refused(error: dict[str, Any]) -> GestureError:
    places = ("field", "limit", "found", "remedy")
    return GestureError(
        error["code"], error["message"], **{name: error.get(name) for name in places}
    )


def _render(out: Path, talk: Talk, result: dict[str, Any]) -> None:
    from motion.files import read_npz
    from service.intake import words_of
    from service.preview import Insertion, write_preview
    from speech.audio import load_audio
    from speech.transcript import Speech

    words = () if talk.words is None else words_of(talk.words_content)
    speech = Speech(load_audio(talk.sound_content), words)
    inserted = [Insertion.of_match(match) for match in result["matches"]]
    with bar("render") as step:
        write_preview(
            read_npz(out / "motion.npz"),
            speech,
            inserted,
            out,
            lambda done, total: step(done, total, ""),
        )
