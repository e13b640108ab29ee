"""A simulated fleet of 1, 10, 100 and 1000 workers: queue, batching, admission, failures.

    python benchmarks/fleet.py [--out out/fleet.json] [--pictures docs/pictures]

Work costs what `docs/performance.md`, `docs/annotations.md` and `docs/retrieval.md` measured on a
CPU. A GPU worker is arithmetic: a tick is one estimate of 400 launches and twenty more for each
window's own solver step, 5 microseconds each, and 4.75 GFLOP a window at a fifth of 990 TFLOP/s;
sound, annotation, retrieval and assembly stay on 8 cores. The sweep says what each assumption
decides. `tests/benchmarks` holds the simulator to closed forms and to measured rows. ``--commits``
is what two databases take, one as `benchmarks/job_queue.py` found it and a server of its own
(assumed). A day has ``DAY_SECONDS``: nothing here but the day itself lasts longer than a minute.
The same seed gives the same rows; under two minutes on one core.

Expected before running: a GPU worker with 8 jobs at once does 8 / (0.105 + 20 * 0.0025 + 0.1) = 31
short requests a second in batches of three, so that its arithmetic matters little (between a
twentieth and three fifths of the peak less than a tenth), host cores and slots most. p99 stays
under twice p50 up to 0.8 of capacity with one worker, up to 0.95 with a hundred. One database ends
the growth at commits / 20 jobs a second, however many workers there are. A backlog of long talks in
one lane holds up short requests for about a minute; with two lanes their p99 grows by less than a
half. Lost work is half the time of a talk over the time between deaths, 0.8 % at an hour on a GPU
and 12 % on a CPU, and with checkpoints every 32 windows a tenth of that.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fleet_model import Fleet
from fleet_records import BATCH, INTERACTIVE, Failures, Outcome, Setting, Traffic
from fleet_worker import TickTimes, WorkerKind

SIZES = (1, 10, 100, 1000)
LOADS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
COMMITS_A_JOB = 20
"""Commits of a short job: its own rows and events, and the engine's."""
DAY_SECONDS = 600.0
CPU = WorkerKind(
    TickTimes((1, 4, 16, 32), (0.0116, 0.0232, 0.088, 0.1728)),
    before=0.049 + 0.040 + 0.023,  # features; annotation; retrieval
    after=0.061,
    cores=1.0,
    ticks_on_cores=True,
)


@dataclass(frozen=True)
class Gpu:
    """What is assumed of a GPU worker."""

    efficiency: float = 0.2
    launch_seconds: float = 5e-6
    cores: float = 8.0
    jobs: int = 8

    @property
    def kind(self) -> WorkerKind:
        """The worker that follows from it."""

        def tick(windows: int) -> float:
            arithmetic = 4.75e9 / (990e12 * self.efficiency)
            return 400 * self.launch_seconds + windows * (20 * self.launch_seconds + arithmetic)

        ticks = TickTimes((1, 64), (tick(1), tick(64)))
        # sound, annotation and retrieval before; assembly behind; networks run on the GPU
        return WorkerKind(ticks, 0.020 + 0.040 + 0.023, 0.022, self.cores, False, self.jobs)


@dataclass(frozen=True)
class Row:
    """One setting and what came of it; latencies in seconds."""

    part: str
    name: str
    workers: int
    load: float
    finished_per_second: float
    p50: float
    p99: float
    batch_p50: float
    refused_share: float
    utilisation: float
    mean_batch: float
    deaths: int
    lost_jobs: int
    lost_share: float


def row_of(part: str, name: str, setting: Setting, load: float, found: Outcome) -> Row:
    """A row of the table."""
    window = setting.kind.steps * setting.kind.ticks.table[16] / 16
    work = found.sampled_windows * (window + setting.kind.before + setting.kind.after)
    return Row(
        part,
        name,
        setting.workers,
        load,
        found.finished / setting.horizon,
        found.quantile(INTERACTIVE, 0.5),
        found.quantile(INTERACTIVE, 0.99),
        found.quantile(BATCH, 0.5),
        found.refused / max(1, found.arrived),
        found.utilisation,
        found.mean_batch,
        found.deaths,
        found.lost_jobs,
        found.lost_seconds / max(work, 1e-9),
    )


def capacity(kind: WorkerKind) -> float:
    """Short requests a second of one worker that always has some waiting."""
    setting = Setting(kind, 1, Traffic(4.0 * kind.jobs / (kind.before + kind.after)), 20.0)
    return Fleet(replace(setting, queue_jobs=4 * kind.jobs)).run().finished / setting.horizon


def sensitivity() -> Iterator[Row]:
    """One assumption at a time, at saturation."""
    changes: dict[str, tuple[Gpu, ...]] = {
        "as assumed": (Gpu(),),
        "efficiency": tuple(Gpu(efficiency=each) for each in (0.05, 0.1, 0.4, 0.6)),
        "launch": tuple(Gpu(launch_seconds=each) for each in (1e-6, 2.5e-6, 1e-5, 2e-5)),
        "cores": tuple(Gpu(cores=each) for each in (1, 2, 4, 16)),
        "jobs": tuple(Gpu(jobs=each) for each in (4, 16, 32)),
        "jobs 32, cores 16, launch": tuple(
            Gpu(launch_seconds=each, cores=16, jobs=32) for each in (1e-6, 5e-6, 2e-5)
        ),
        "jobs 32, cores 16, efficiency": tuple(
            Gpu(efficiency=each, cores=16, jobs=32) for each in (0.05, 0.6)
        ),
    }
    for field, machines in changes.items():
        for gpu in machines:
            kind = gpu.kind
            traffic = Traffic(4.0 * kind.jobs / (kind.before + kind.after))
            setting = Setting(kind, 1, traffic, 20.0, queue_jobs=4 * kind.jobs)
            name = field if field == "as assumed" else f"{field} {_last(field, gpu)}"
            yield row_of("sensitivity", name, setting, math.nan, Fleet(setting).run())


def _last(field: str, gpu: Gpu) -> str:
    name = field.split(", ")[-1]
    if name == "launch":
        return f"{gpu.launch_seconds * 1e6:g} us"
    return f"{getattr(gpu, name):g}"


def latency(seed: int) -> Iterator[Row]:
    """Latency against load for each size."""
    kind = Gpu().kind
    most = capacity(kind)
    for workers in SIZES:
        horizon = max(2.0, 60.0 / workers**0.5)
        for load in LOADS if workers < 1000 else (0.5, 0.8, 0.95):
            traffic = Traffic(load * most * workers)
            setting = Setting(kind, workers, traffic, horizon, seed=seed)
            yield row_of("latency", "short requests", setting, load, Fleet(setting).run())
    cpu = capacity(CPU)
    for load in LOADS:
        setting = Setting(CPU, 10, Traffic(load * cpu * 10), 200.0, seed=seed)
        yield row_of("latency", "CPU workers", setting, load, Fleet(setting).run())


def overload(seed: int) -> Iterator[Row]:
    """Ten times what ten workers can do."""
    kind = Gpu().kind
    most = capacity(kind)
    for load in (0.9, 1.5, 10.0):
        setting = Setting(kind, 10, Traffic(load * most * 10), 30.0, queue_jobs=16, seed=seed)
        name = "16 open jobs a worker"
        yield row_of("overload", name, setting, load, Fleet(setting).run())


def database(seed: int, commits: Sequence[float]) -> Iterator[Row]:
    """Throughput with one database for all, at 0.8 of what the workers could do."""
    kind = Gpu().kind
    most = capacity(kind)
    for speed in commits:
        name = f"{speed:,.0f} commits a second"
        for workers in SIZES:
            traffic = Traffic(0.8 * most * workers)
            horizon = max(4.0, 20.0 / workers)
            setting = Setting(kind, workers, traffic, horizon, seed=seed)
            setting = replace(setting, database_seconds=COMMITS_A_JOB / speed)
            yield row_of("database", name, setting, 0.8, Fleet(setting).run())


def day(seed: int) -> Iterator[tuple[Row, Outcome]]:
    """A day with bursts and a backlog of long talks, with one lane and with two."""
    kind = Gpu().kind
    rate = 0.4 * 10 * capacity(kind)
    traffic = Traffic(rate, day_seconds=DAY_SECONDS, day_swing=0.5, bursts=3, talk_share=3e-4)
    traffic = replace(traffic, burst_seconds=10.0, burst_rate=1.5, backlogs=((0.4 * 600, 160),))
    for lanes in (False, True):
        setting = Setting(kind, 10, traffic, DAY_SECONDS, lanes=lanes, seed=seed)
        found = Fleet(setting).run()
        name = "two lanes" if lanes else "one lane"
        yield row_of("day", name, setting, 0.4, found), found


def failing(seed: int) -> Iterator[Row]:
    """Hour-long talks while workers die: by time between deaths and checkpoint, then by size."""
    every = (None, 128, 32, 8)
    times = {"GPU": (0.25, 1.0), "CPU": (0.25, 1.0, 8.0)}
    cases = [(kind, 10, hours, each) for kind in times for hours in times[kind] for each in every]
    cases += [("GPU", workers, 1.0, each) for workers in (1, 100) for each in (None, 32)]
    cases += [("GPU", 1000, 1.0, 32)]
    for name, workers, hours, each in cases:
        failures = Failures(3600.0 * hours, checkpoint=each)
        yield _failing(name, workers, failures, f"{name}, {hours:g} h, checkpoint {each}", seed)
    for each in (None, 32):
        failures = Failures(deploys=(300.0, 900.0), checkpoint=each)
        yield _failing("CPU", 10, failures, f"CPU, two deploys, checkpoint {each}", seed)


def _failing(kind_name: str, workers: int, failures: Failures, name: str, seed: int) -> Row:
    """Talks at 0.7 of what the workers can do, for as many seconds as their number allows."""
    kind = Gpu().kind if kind_name == "GPU" else CPU
    talk = 400 * (kind.before + kind.after)
    rate = kind.jobs / (talk + 15.0) if kind_name == "GPU" else 1 / (talk + 44.0)
    horizon = max(180.0, (40_000.0 if kind_name == "GPU" else 320_000.0) / workers)
    traffic = Traffic(0.7 * rate * workers, talk_share=1.0)
    setting = Setting(kind, workers, traffic, horizon, failures, seed=seed)
    return row_of("failures", name, setting, 0.7, Fleet(setting).run())


def everything(seed: int, commits: Sequence[float], days: list[Outcome]) -> Iterator[Row]:
    """All rows; what a picture of a day needs goes to ``days``."""
    yield from sensitivity()
    yield from latency(seed)
    yield from overload(seed)
    yield from database(seed, commits)
    for row, found in day(seed):
        days.append(found)
        yield row
    yield from failing(seed)


def shown(row: Row) -> str:
    """A line of the table."""
    values = [f"{each:.3g}" if isinstance(each, float) else str(each) for each in _values(row)]
    return f"{row.part:12} {row.name:32} " + " ".join(f"{each:>8}" for each in values)


def _values(row: Row) -> list[object]:
    return list(asdict(row).values())[2:]


def main() -> None:
    """Run everything, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="JSON of all rows")
    parser.add_argument("--pictures", type=Path, help="folder for the plots (needs matplotlib)")
    parser.add_argument(
        "--commits",
        type=float,
        nargs=2,
        default=(600.0, 10_000.0),
        help="of two databases, a second",
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    heads = [name[:8] for name in Row.__dataclass_fields__][2:]
    sys.stdout.write(f"{'part':12} {'name':32} " + " ".join(f"{each:>8}" for each in heads) + "\n")
    rows: list[Row] = []
    days: list[Outcome] = []
    began = time.monotonic()

    for row in everything(asked.seed, asked.commits, days):
        rows.append(row)
        sys.stdout.write(shown(row) + f"  {time.monotonic() - began:5.0f} s\n")
        sys.stdout.flush()
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if asked.pictures is not None:
        from fleet_plots import draw

        draw(rows, days, asked.pictures)


if __name__ == "__main__":
    main()
