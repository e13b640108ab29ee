"""Requests a second when 1, 2, ... 64 callers share one engine.

    python benchmarks/throughput.py [--callers 1 4 16 64] [--seconds 10] [--device cuda [--graphs]]

Every request is another ten seconds of the demo talk, from sound and words to motion at 30 fps,
with the shipped weights and without exemplars. ``gain`` is throughput against one caller at a time
in the same run; ``against_plain`` against the plain sampling loop, in single precision and with
torch's own threads, one request at a time. ``waiting`` is the mean time
from joining to a window's first tick.

Expected before measuring, on two cores: a batch fills both cores and the caches better than
matrices of 40 rows, three times the throughput at 16 callers; little more at 64.
"""

import argparse
import copy
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import torch
from table import write_table

from diffusion.config import Precision, SamplingOptions
from diffusion.engine import Tokens
from diffusion.pipeline import GesturePipeline
from diffusion.talk_request import Begun, TalkRequest
from speech.audio import load_audio
from speech.transcript import Speech, read_textgrid

DEMO = Path(__file__).resolve().parents[1] / "demo"
SHIFT_SECONDS = 0.25
"""How much later in the talk each request begins, so that no two are alike."""


@dataclass(frozen=True)
class Throughput:
    """One number of callers."""

    callers: int
    requests: int
    requests_per_second: float
    motion_seconds_per_second: float
    gain: float
    against_plain: float
    median_seconds: float
    longest_seconds: float
    mean_batch: float
    waiting_seconds: float


@dataclass(frozen=True, eq=False)
class Plain:
    """In the engine's place: every window by itself, nothing folded, nothing kept."""

    pipeline: GesturePipeline
    turn = nullcontext()

    def run(self, request: TalkRequest) -> Iterator[Tokens]:
        """Tokens of one window after the other."""
        known: dict[int, Tokens] = {}
        for window in sorted(request.plan, key=lambda each: bool(each.after)):
            known[window.index] = self._sampled(request.begin([window], known)[0])
        yield from (known[window.index] for window in request.plan)

    @torch.no_grad()
    def _sampled(self, begun: Begun) -> Tokens:
        pipeline, step = self.pipeline, next(begun.walk)
        while step.level:
            timestep = torch.tensor([begun.timesteps[step.level - 1]], device=step.x_t.device)
            x_0 = pipeline.denoiser.mixed(
                step.x_t, timestep, begun.prepared, pipeline.config.guidance
            )
            step = begun.walk.send(pipeline.seams(x_0) if begun.refined else x_0)
        return step.x_t


def plain_rate(pipeline: GesturePipeline, requests: Sequence[Speech]) -> float:
    """Requests a second through the plain loop, one at a time, in a thread as a service has it."""
    plain = copy.copy(pipeline)
    object.__setattr__(plain, "engine", Plain(pipeline))
    threads = torch.get_num_threads()

    def call(place: int) -> None:
        torch.set_num_threads(threads)
        plain(requests[place], 0, [], SamplingOptions(seed=place))

    with ThreadPoolExecutor(1) as pool:
        list(pool.map(call, range(2)))
        began = time.perf_counter()
        list(pool.map(call, range(len(requests))))
        return len(requests) / (time.perf_counter() - began)


def requests_of(talk: Speech, seconds: float, count: int, first: int) -> list[Speech]:
    """Pieces of the talk, none the same as another."""
    room = talk.seconds - seconds
    starts = [(SHIFT_SECONDS * (first + place)) % room for place in range(count)]
    jitter = [1e-3 * (first + place) for place in range(count)]
    pairs = zip(starts, jitter, strict=True)
    return [talk.window(start + more, start + more + seconds) for start, more in pairs]


def measured(
    pipeline: GesturePipeline,
    requests: Sequence[Speech],
    callers: int,
    unit: float | None,
    plain: float,
) -> Throughput:
    """Send the requests through so many threads."""
    before, times = pipeline.engine.counters, []

    def call(place: int) -> None:
        began = time.perf_counter()
        pipeline(requests[place], 0, [], SamplingOptions(seed=place))
        times.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(call, range(len(requests))))
    taken, after = time.perf_counter() - began, pipeline.engine.counters
    rate, windows = len(requests) / taken, after.windows - before.windows
    return Throughput(
        callers,
        len(requests),
        rate,
        rate * requests[0].seconds,
        rate / unit if unit else 1.0,
        rate / plain,
        statistics.median(times),
        max(times),
        (after.estimates - before.estimates) / (after.ticks - before.ticks),
        (after.waiting_seconds - before.waiting_seconds) / windows,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=16, help="at least so many a row")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--precision", choices=get_args(Precision), default="auto")
    parser.add_argument("--graphs", action="store_true", help="CUDA graphs, on a GPU")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    threads = torch.get_num_threads()
    pipeline = GesturePipeline.from_pretrained(
        DEMO / "weights", asked.device, precision=asked.precision, graphs=asked.graphs
    )
    talk = Speech(
        load_audio(DEMO / "talk" / "talk.wav"), read_textgrid(DEMO / "talk" / "talk.TextGrid")
    )
    pipeline(talk.window(0.0, asked.seconds), 0, [], SamplingOptions(steps=5))
    rows: list[Throughput] = []
    sent = 1
    plain = plain_rate(pipeline, requests_of(talk, asked.seconds, asked.requests, sent))
    for callers in sorted({1, *asked.callers}):
        count = max(asked.requests, callers)
        requests = requests_of(talk, asked.seconds, count, sent)
        unit = rows[0].requests_per_second if rows else None
        if asked.graphs:
            # sizes of batches are recorded when they are first met
            measured(pipeline, requests, callers, unit, plain)
        rows.append(measured(pipeline, requests, callers, unit, plain))
        sent += count
    if not asked.json:
        sys.stdout.write(f"{threads} threads, {pipeline.precision}, plain loop {plain:.3g}/s\n")
        write_table(rows)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
