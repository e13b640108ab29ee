"""The curator's page at a given size: scrolling, editing, the first motion, the size of its files.

    .venv/bin/chironomia index build --home out/page && make web
    .venv/bin/python -m benchmarks.page --home out/page [--exemplars 100000] [--out figures.json]

``--home`` has a built index, whose exemplars have motion and sound; as many rows as are missing
are added to its database, as a build adds them, without files. The figures are measured in
Chromium by ``web/click/figures.ts``.

Expected before measuring, on two cores without a graphics card: 60 frames a second at reading
pace, an edit confirmed within 200 ms at the median, less than 1000 kB compressed. The first motion
within two seconds is for a machine with a graphics card; here it only bounds what that can be.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from annotations.database import Database
from annotations.repository import Repository
from benchmarks.snapshots import EXEMPLARS_A_WINDOW, WINDOWS_A_RECORDING, cut_recording
from service.settings import Settings

WEB = Path(__file__).resolve().parents[1] / "web"


def main() -> None:
    """Fill, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--exemplars", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    settings = Settings(home=asked.home)
    with Database.open(settings.database) as database:
        _fill(database, asked.exemplars)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["serve", "--no-worker", "--home", str(asked.home), "--port", str(port)]
    service = subprocess.Popen([sys.executable, "-m", "service", *command])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        given = {"PAGE_URL": url}
        if asked.out:
            given["FIGURES_FILE"] = str(asked.out.resolve())
        npm = str(shutil.which("npm"))
        subprocess.run([npm, "run", "figures"], cwd=WEB, env=os.environ | given, check=True)
    finally:
        service.terminate()
        service.wait()


def _fill(database: Database, count: int) -> None:
    with database.reading() as session:
        repository = Repository(session)
        known = len(repository.indexed_at(repository.versions.head()).pairs)
        recordings = len(repository.recordings())
    missing = -(-max(0, count - known) // (EXEMPLARS_A_WINDOW * WINDOWS_A_RECORDING))
    for number in range(recordings, recordings + missing):
        cut_recording(database, number)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()
