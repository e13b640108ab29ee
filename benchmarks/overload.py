"""Ten times the requests that a service can take: what the accepted and the refused wait for.

    python benchmarks/overload.py [--seconds 60] [--home HOME] [--json]

Capacity is measured first: sixteen callers, each sending its next request once the last one has
ended. Then requests come at half, one and ten times that rate, whether or not earlier ones have
ended, as independent callers send them: ten seconds of the demo talk with its words, never the
same one twice. Latency of accepted work runs from sending to the end of the job, that of a refusal
from sending to the 429. The queue is bounded at ``--queue`` jobs. Memory is what API and worker
hold (RSS) before the load and after it.

Expected before measuring: a full queue makes an accepted request wait for the queue's length
over capacity, no longer, however many are refused; refusals take single milliseconds of the API's
time, p99 under 50 ms; neither process grows by more than a few MiB. On two cores, API, worker and
this program share what capacity was measured with, so that work takes longer under refusals.
"""

import argparse
import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import numpy as np
import soundfile
from startup import COMMAND, ROOT, serving, until_answered
from throughput import DEMO, requests_of

from speech.audio import load_audio
from speech.transcript import SAMPLE_RATE, Speech, read_textgrid

CALLERS = 16
FACTORS = (0.5, 1.0, 10.0)
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 30.0


@dataclass(frozen=True)
class Load:
    """One rate."""

    factor: float
    """Of capacity."""
    sent: int
    sent_per_second: float
    accepted: int
    refused: int
    done_per_second: float
    accepted_p50_seconds: float
    accepted_p99_seconds: float
    refused_p50_ms: float
    refused_p99_ms: float
    rss_before_mib: float
    rss_after_mib: float


@dataclass(frozen=True)
class Answered:
    """One request: how long until the end of its job, or until it was refused."""

    status: int
    seconds: float


@dataclass(frozen=True)
class Body:
    """A request, made before anything is timed."""

    sound: bytes
    words: str
    seed: int


def bodies_of(speeches: Sequence[Speech], first_seed: int) -> list[Body]:
    """Requests ready to be sent."""
    bodies = []
    for seed, speech in enumerate(speeches, start=first_seed):
        sound = io.BytesIO()
        soundfile.write(sound, speech.samples, SAMPLE_RATE, format="WAV")
        words = [
            {"word": word.text, "start": word.interval.start, "end": word.interval.end}
            for word in speech.words
        ]
        bodies.append(Body(sound.getvalue(), json.dumps(words), seed))
    return bodies


async def sent(client: httpx.AsyncClient, body: Body) -> Answered:
    """Send a request; wait for its job where it was accepted."""
    began = time.perf_counter()
    answer = await client.post(
        "/v1/gestures",
        files={"sound": ("talk.wav", body.sound), "words": ("talk.json", body.words)},
        data={"options": json.dumps({"sampling": {"seed": body.seed}})},
    )
    if answer.status_code == 429:
        return Answered(429, time.perf_counter() - began)
    job = answer.raise_for_status().json()
    while job["state"] in {"queued", "running"}:
        again = await client.get(job["links"]["self"], params={"wait": POLL_SECONDS})
        job = again.raise_for_status().json()
    if job["state"] != "succeeded":
        raise RuntimeError(f"a job ended as {job['state']}: {job['error']}")
    return Answered(200, time.perf_counter() - began)


async def capacity(client: httpx.AsyncClient, bodies: Sequence[Body]) -> float:
    """Requests a second that are made when there are always some to be made."""
    left = list(bodies)

    async def caller() -> None:
        while left:
            await sent(client, left.pop())

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return len(bodies) / (time.perf_counter() - began)


async def offered(client: httpx.AsyncClient, bodies: Sequence[Body], rate: float) -> list[Answered]:
    """Send requests at a rate, whatever becomes of them."""
    began, sending = time.perf_counter(), []
    for number, body in enumerate(bodies):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sending.append(asyncio.create_task(sent(client, body)))
    return await asyncio.gather(*sending)


def rss_mib(home: Path) -> float:
    """Memory of the API and its worker."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (
                (folder / "environ").read_bytes(),
                (folder / "cmdline").read_bytes(),
            )
            pages = int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
        if str(home).encode() in environment + command and folder.name != str(os.getpid()):
            total += pages * 4096
    return total / 2**20


def percentile(values: Sequence[float], which: float) -> float:
    """Of nothing, nothing."""
    return float(np.percentile(values, which)) if values else 0.0


def row_of(
    factor: float, answers: Sequence[Answered], seconds: float, rss: tuple[float, float]
) -> Load:
    """What one rate gave."""
    accepted = [each.seconds for each in answers if each.status == 200]
    refused = [1e3 * each.seconds for each in answers if each.status == 429]
    return Load(
        factor,
        len(answers),
        len(answers) / seconds,
        len(accepted),
        len(refused),
        len(accepted) / seconds,
        percentile(accepted, 50),
        percentile(accepted, 99),
        percentile(refused, 50),
        percentile(refused, 99),
        *rss,
    )


async def measured(address: str, home: Path, asked: argparse.Namespace) -> list[Load]:
    """Capacity, then one row a rate."""
    talk = Speech(
        load_audio(DEMO / "talk" / "talk.wav"), read_textgrid(DEMO / "talk" / "talk.TextGrid")
    )
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    rows = []
    async with httpx.AsyncClient(
        base_url=address, timeout=PATIENCE_SECONDS, limits=limits
    ) as client:
        first, count = 1, asked.capacity_requests
        for _ in range(2):
            bodies = bodies_of(requests_of(talk, 10.0, count, first), first)
            rate = await capacity(client, bodies)
            first += count
        sys.stderr.write(f"capacity: {rate:.2f} requests a second\n")
        for factor in asked.factors:
            # as many different talks as there are; beyond them the seed differs
            count = max(8, round(asked.seconds * rate * factor))
            bodies = bodies_of(requests_of(talk, 10.0, count, first), first)
            first += count
            before, began = rss_mib(home), time.perf_counter()
            answers = await offered(client, bodies, rate * factor)
            seconds = time.perf_counter() - began
            rows.append(row_of(factor, answers, seconds, (before, rss_mib(home))))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each rate")
    parser.add_argument("--factors", type=float, nargs="+", default=list(FACTORS))
    parser.add_argument("--capacity-requests", type=int, default=48)
    parser.add_argument("--queue", type=int, default=16, help="most jobs waiting or running")
    parser.add_argument("--home", type=Path, help="of a service whose index is built")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    os.environ["CHIRONOMIA_QUEUE_JOBS"] = str(asked.queue)
    with ExitStack() as opened:
        home = asked.home
        if home is None:
            home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            build = [str(COMMAND), "index", "build", "--home", str(home)]
            subprocess.run(build, cwd=ROOT, check=True, capture_output=asked.json)
        address = opened.enter_context(serving(home))
        until_answered(f"{address}/readyz")
        rows = asyncio.run(measured(address, home, asked))
    if not asked.json:
        for name in asdict(rows[0]):
            shown = (f"{asdict(row)[name]:12.4g}" for row in rows)
            sys.stdout.write(f"{name:22}" + " ".join(shown) + "\n")
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
