"""Requests a second through the whole service: REST, durable queue, worker, files.

    python benchmarks/service_throughput.py [--callers 1 4 16 64] [--home HOME] [--json]

Every request is another ten seconds of the demo talk with its words, sent as a content tool does,
with ``Prefer: wait``; the index is the demo's, so that exemplars are retrieved and inserted.
``gain`` is throughput against one caller at a time in the same run. Without ``--home`` the index is
built first, which takes a minute or two.

Expected before measuring, on two cores: one caller waits for queue and files as well as for the
networks, sixteen overlap all of it: three times the throughput.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import soundfile
from startup import COMMAND, ROOT, serving, until_answered
from table import write_table
from throughput import DEMO, requests_of

from speech.audio import load_audio
from speech.transcript import SAMPLE_RATE, Speech, read_textgrid

PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class ServiceThroughput:
    """One number of callers."""

    callers: int
    requests: int
    requests_per_second: float
    motion_seconds_per_second: float
    gain: float
    median_seconds: float
    longest_seconds: float


def sent(client: httpx.Client, speech: Speech, seed: int) -> float:
    """Send one request and wait for its motion; returns the seconds that took."""
    began = time.perf_counter()
    sound = io.BytesIO()
    soundfile.write(sound, speech.samples, SAMPLE_RATE, format="WAV")
    words = [
        {"word": word.text, "start": word.interval.start, "end": word.interval.end}
        for word in speech.words
    ]
    job = client.post(
        "/v1/gestures",
        files={"sound": ("talk.wav", sound.getvalue()), "words": ("talk.json", json.dumps(words))},
        data={"options": json.dumps({"sampling": {"seed": seed}})},
        headers={"Prefer": "wait=20"},
    )
    found = job.raise_for_status().json()
    while found["state"] in {"queued", "running"}:
        again = client.get(found["links"]["self"], params={"wait": 60})
        found = again.raise_for_status().json()
    if found["state"] != "succeeded":
        raise RuntimeError(f"a job ended as {found['state']}: {found['error']}")
    client.get(found["links"]["npz"]).raise_for_status()
    return time.perf_counter() - began


def measured(
    client: httpx.Client, requests: Sequence[Speech], callers: int, unit: float | None
) -> ServiceThroughput:
    """Send the requests through so many threads."""
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        times = list(pool.map(sent, [client] * len(requests), requests, range(len(requests))))
    rate = len(requests) / (time.perf_counter() - began)
    return ServiceThroughput(
        callers,
        len(requests),
        rate,
        rate * requests[0].seconds,
        rate / unit if unit else 1.0,
        statistics.median(times),
        max(times),
    )


def rows_of(
    client: httpx.Client, callers: Sequence[int], seconds: float, least: int
) -> list[ServiceThroughput]:
    """One row for each number of callers, one alone first."""
    talk = Speech(
        load_audio(DEMO / "talk" / "talk.wav"), read_textgrid(DEMO / "talk" / "talk.TextGrid")
    )
    sent(client, talk.window(0.0, seconds), 0)
    rows: list[ServiceThroughput] = []
    first = 1
    for number in sorted({1, *callers}):
        count = max(least, number)
        unit = rows[0].requests_per_second if rows else None
        rows.append(measured(client, requests_of(talk, seconds, count, first), number, unit))
        first += count
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=16, help="at least so many a row")
    parser.add_argument("--home", type=Path, help="of a service whose index is built")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    with ExitStack() as opened:
        home = asked.home
        if home is None:
            home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            build = [str(COMMAND), "index", "build", "--home", str(home)]
            subprocess.run(build, cwd=ROOT, check=True, capture_output=asked.json)
        address = opened.enter_context(serving(home))
        until_answered(f"{address}/readyz")
        limits = httpx.Limits(max_connections=None)
        client = opened.enter_context(
            httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, limits=limits)
        )
        rows = rows_of(client, asked.callers, asked.seconds, asked.requests)
    if not asked.json:
        write_table(rows)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
