"""How many windows a device samples at once, in which precision, with or without CUDA graphs.

    python benchmarks/batches.py [--size released|demo] [--device cuda] [--windows 1 16 64 256]
        [--precision bfloat16] [--graphs] [--json]

One guided step of sampling on batches of growing size, as the engine takes it, without exemplars,
speech features and decoding. ``motion_seconds`` are seconds of motion a second at the default
number of steps; ``gain`` is windows a second against the first row; ``limit`` the share of the
device's arithmetic peak, where ``--peak-tflops`` names it (989 for an H100's dense bfloat16, 67 for
its single precision). A request of ten seconds is two windows: ``request_ms`` in the row of two is
what it waits for sampling.

Expected before measuring: on a CPU the gain ends where a batch fills the caches, from 8 on; on a
GPU windows are free until its cores are full, about 64 at the released size, and graphs make a
window alone several times faster, where launches bind.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import get_args

import torch
from random_request import GUIDANCE, Setup, setup_of
from table import write_table
from torch.utils.flop_counter import FlopCounterMode

from diffusion.config import Precision, SamplingOptions
from diffusion.denoiser import Conditions, PreparedConditions
from diffusion.graphs import GraphedDenoiser
from diffusion.schedule import Schedule
from diffusion.timed import Estimating, TimedDenoiser, dtype_of
from diffusion.windows import HOP_CHUNKS
from motion.timeline import CHUNK_FRAMES, MODEL_FPS

STEPS = SamplingOptions().denoising_steps
HOP_SECONDS = HOP_CHUNKS * CHUNK_FRAMES / MODEL_FPS
"""New motion of each further window of a talk."""


@dataclass(frozen=True)
class Batch:
    """One size of batch."""

    windows: int
    step_ms: float
    windows_a_second: float
    motion_seconds: float
    request_ms: float
    gain: float
    limit: float | None
    peak_megabytes: float | None


def step_seconds(
    network: Estimating, setup: Setup, prepared: PreparedConditions, windows: int, repeats: int
) -> tuple[float, float]:
    """Median seconds of one guided step, and its floating-point operations."""
    layout, device = setup.denoiser.layout, setup.device
    x = torch.randn(windows, layout.tokens, setup.denoiser.config.latent_dim, device=device)
    timestep = torch.full((windows,), 500, device=device)
    weight = GUIDANCE.weight(timestep)
    given = PreparedConditions.stacked([prepared] * windows)
    taken = []
    for _ in range(repeats + 3):
        began = time.perf_counter()
        network.weighed(x, timestep, given, weight)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[3:]), float(counted(setup, x, timestep, given, weight))


def counted(setup: Setup, *given: object) -> int:
    """Operations of one step by torch's counter, which a graph would hide."""
    plain = TimedDenoiser.of(setup.denoiser, (500,))
    with FlopCounterMode(display=False) as counter:
        plain.weighed(*given)  # type: ignore[arg-type]
    return int(counter.get_total_flops())


def rows_of(
    network: Estimating, setup: Setup, sizes: Sequence[int], repeats: int, peak: float | None
) -> list[Batch]:
    """One row for each size."""
    heard: Conditions = setup.windows[0]
    with torch.no_grad():
        prepared = setup.denoiser.prepare(heard)
    rows: list[Batch] = []
    for windows in sizes:
        if setup.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(setup.device)
        seconds, operations = step_seconds(network, setup, prepared, windows, repeats)
        rate = windows / (seconds * STEPS)
        on_gpu = setup.device.type == "cuda"
        held = torch.cuda.max_memory_allocated(setup.device) / 1e6 if on_gpu else None
        rows.append(
            Batch(
                windows=windows,
                step_ms=1e3 * seconds,
                windows_a_second=rate,
                motion_seconds=rate * HOP_SECONDS,
                request_ms=1e3 * seconds * STEPS,
                gain=rate / rows[0].windows_a_second if rows else 1.0,
                limit=operations / seconds / (1e12 * peak) if peak else None,
                peak_megabytes=held,
            )
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=("released", "demo"), default="released")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--windows", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--precision", choices=get_args(Precision), default="auto")
    parser.add_argument("--graphs", action="store_true", help="CUDA graphs, on a GPU")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--peak-tflops", type=float, help="of the device in this precision")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    if asked.graphs and not asked.device.startswith("cuda"):
        parser.error("--graphs needs --device cuda")
    setup = setup_of(asked.size, 0, 10.0, asked.device)
    dtype = dtype_of(asked.precision, setup.device)
    timesteps = Schedule.scaled_linear().timesteps
    timed = TimedDenoiser.of(setup.denoiser, (*timesteps, 500), dtype)
    network: Estimating = GraphedDenoiser(timed) if asked.graphs else timed
    rows = rows_of(network, setup, asked.windows, asked.repeats, asked.peak_tflops)
    if not asked.json:
        sys.stdout.write(f"{asked.size}, {dtype}, {torch.get_num_threads()} threads\n")
        write_table(rows)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
