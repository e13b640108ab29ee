"""What each of several processes holds of the denoiser's weights, and how long it loads them.

    python benchmarks/processes.py [--size released|demo] [--processes 2] [--json]

Baseline is a network that is built and then filled, as is usual; ours maps what is stored in the
network's own precision. Every process folds the weights, takes one guided step, and waits for the
others. ``megabytes`` are proportional ones (a page that n processes share is one n-th of each),
beyond what the process held before it loaded; ``own`` those that no file backs, which are
each its own. ``ratio`` is proportional memory against the baseline. Linux only, which
alone tells these.

Expected before measuring, at the released size: three fifths of the weights make the table of
timesteps and are never needed again, the rest is folded into a copy of each process: a third of the
baseline's memory with one process, a quarter with two, and no time to load. At the demo's size
nothing: its weights are stored in 16 bits and widened.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Literal

import torch
from random_request import DEMO, GUIDANCE, released
from table import write_table

from diffusion.denoiser import Conditions, Denoiser, PreparedConditions
from diffusion.timed import TimedDenoiser, dtype_of
from diffusion.weights import WEIGHTS_FILE, load_strict, read_tensors

ROLLUP = Path("/proc/self/smaps_rollup")
STEPS = tuple(range(0, 1000, 50))

Way = Literal["copied", "mapped"]


@dataclass(frozen=True)
class Held:
    """What one process tells, or the mean of some."""

    load_seconds: float
    megabytes: float
    own: float


@dataclass(frozen=True)
class Row(Held):
    """One way of loading in so many processes."""

    way: Way
    processes: int
    ratio: float


def memory() -> tuple[float, float]:
    """Proportional megabytes of this process, and those that no file backs."""
    lines = (line.split() for line in ROLLUP.read_text().splitlines()[1:])
    told = {line[0].rstrip(":"): float(line[1]) / 1e3 for line in lines}
    return told["Pss"], told["Anonymous"]


def loaded(way: Way, folder: Path) -> Denoiser:
    """The network, in one way or the other."""
    if way == "mapped":
        return load_strict(Denoiser, folder)
    config = json.loads((folder / "config.json").read_text())
    network = Denoiser(**{name: value for name, value in config.items() if name[0] != "_"}).eval()
    network.load_state_dict(read_tensors(folder / WEIGHTS_FILE))
    return network


@torch.no_grad()
def step(denoiser: Denoiser) -> TimedDenoiser:
    """Fold the weights and take one guided step; what stays in memory of it."""
    config = denoiser.config
    heard = Conditions(
        torch.zeros(1, config.window_frames, config.text_width),
        torch.zeros(1, config.window_frames, config.audio_width),
        torch.zeros(1, 1, dtype=torch.long),
    )
    prepared: PreparedConditions = denoiser.prepare(heard)
    timed = TimedDenoiser.of(denoiser, STEPS, dtype_of("auto", torch.device("cpu")))
    timestep = torch.tensor([STEPS[-1]])
    x = torch.zeros(1, denoiser.layout.tokens, config.latent_dim)
    timed.weighed(x, timestep, prepared, GUIDANCE.weight(timestep))
    return timed


def hold(way: Way, folder: Path, together: Barrier, told: Connection) -> None:
    """Load, work, wait until all have, and tell."""
    together.wait()
    before, written = memory()
    began = time.perf_counter()
    denoiser = loaded(way, folder)
    seconds = time.perf_counter() - began
    timed = step(denoiser)
    together.wait()
    proportional, own = memory()
    together.wait()
    told.send(Held(seconds, proportional - before, own - written))
    del timed


def held(way: Way, folder: Path, processes: int) -> Held:
    """The mean over so many processes at once."""
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(processes)
    ends = [context.Pipe(duplex=False) for _ in range(processes)]
    running = [
        context.Process(target=hold, args=(way, folder, together, sending)) for _, sending in ends
    ]
    for process in running:
        process.start()
    found: list[Held] = [receiving.recv() for receiving, _ in ends]
    for process in running:
        process.join()
    return Held(
        sum(each.load_seconds for each in found) / processes,
        sum(each.megabytes for each in found) / processes,
        sum(each.own for each in found) / processes,
    )


def rows_of(folder: Path, most: int) -> list[Row]:
    """Both ways, in one process and in many."""
    rows = []
    for processes in sorted({1, most}):
        copied, mapped = (held(way, folder, processes) for way in ("copied", "mapped"))
        for way, each in (("copied", copied), ("mapped", mapped)):
            ratio = each.megabytes / copied.megabytes
            rows.append(Row(**asdict(each), way=way, processes=processes, ratio=ratio))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=("released", "demo"), default="released")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    if not ROLLUP.exists():
        parser.error(f"{ROLLUP} is missing: only Linux tells what processes share")
    with tempfile.TemporaryDirectory() as folder:
        place = DEMO
        if asked.size == "released":
            place = Path(folder)
            with torch.no_grad():
                released(torch.Generator().manual_seed(0)).save_pretrained(place)
        rows = rows_of(place, asked.processes)
    if not asked.json:
        write_table(rows)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
