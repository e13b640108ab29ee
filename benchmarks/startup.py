"""How long commands and processes take before they answer.

    python benchmarks/startup.py [--repeats 3] [--json]

Cold means a fresh process; files may be in the page cache. The service is ready when ``/healthz``
answers; a worker when ``/readyz`` does, which needs an index: it is built first, in a folder
that is removed afterwards, and its time stands in the table as well.

Expected before measuring: ``--help`` under a second, the web process about two, ready with its
worker under fifteen.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

COMMAND = Path(sys.executable).with_name("chironomia")
ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Start:
    """One way to start."""

    what: str
    median_seconds: float
    least_seconds: float


def timed_run(command: Sequence[str]) -> float:
    """Seconds until a command has ended."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """A service with its worker; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [str(COMMAND), "serve", "--home", str(home), "--port", str(port)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=os.environ,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=60)


def until_answered(url: str) -> None:
    """Wait until an address answers with success."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(url, timeout=2.0).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer within {PATIENCE_SECONDS:.0f} s")


def service_starts(home: Path, repeats: int) -> dict[str, list[float]]:
    """Times from start to the web process's first answer, and to a worker's."""
    found: dict[str, list[float]] = {"serve, web process": [], "serve, ready with worker": []}
    for _ in range(repeats):
        began = time.perf_counter()
        with serving(home) as address:
            until_answered(f"{address}/healthz")
            found["serve, web process"].append(time.perf_counter() - began)
            until_answered(f"{address}/readyz")
            found["serve, ready with worker"].append(time.perf_counter() - began)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    times: dict[str, list[float]] = {}
    bare = [sys.executable, "-c", "pass"]
    times["bare interpreter"] = [timed_run(bare) for _ in range(asked.repeats)]
    times["chironomia --help"] = [timed_run([str(COMMAND), "--help"]) for _ in range(asked.repeats)]
    with tempfile.TemporaryDirectory() as folder:
        build = [str(COMMAND), "index", "build", "--home", folder]
        times["index build, demo corpus"] = [timed_run(build)]
        times |= service_starts(Path(folder), asked.repeats)
    rows = [Start(what, statistics.median(each), min(each)) for what, each in times.items()]
    if not asked.json:
        sys.stdout.write(f"{'':26} {'median s':>10} {'least s':>10}\n")
        for row in rows:
            sys.stdout.write(
                f"{row.what:26} {row.median_seconds:10.2f} {row.least_seconds:10.2f}\n"
            )
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
