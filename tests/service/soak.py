"""The same callers and nobody killed, for a long time: does anything grow that should not?

By hand: ``python -m tests.service.soak --minutes 30``. A line a sample; the slope of the last two
thirds of each process's memory is printed at the end, as the first third fills caches.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tests.databases import KINDS, empty_database
from tests.service.chaos import Chaos, chaotic_world

_MIB = 2.0**20


@dataclass(frozen=True)
class Sample:
    """One process at one time."""

    seconds: float
    process: str
    rss_mib: float
    open_files: int
    threads: int
    database_mib: float
    """SQLite's files; 0 on Postgres."""
    jobs: int


def sampled(chaos: Chaos, began: float) -> list[Sample]:
    """Every process now; one that is not up is left out."""
    home, found = chaos.settings.home, []
    # SQLite's own lies beside the home, the engine's in it; results come and go meanwhile
    folders = (home.parent, home)
    size = sum(each.stat().st_size for at in folders for each in at.glob("*.db*")) / _MIB
    for each in chaos.processes:
        if each.running is None or each.running.poll() is not None:
            continue
        folder = Path(f"/proc/{each.running.pid}")
        rss = int((folder / "statm").read_text().split()[1]) * 4096 / _MIB
        files = len(list((folder / "fd").iterdir()))
        threads = len(list((folder / "task").iterdir()))
        jobs = sum(bool(one.ids) for one in chaos.figures.journal.asked)
        seconds = time.monotonic() - began
        found.append(Sample(seconds, each.name, rss, files, threads, size, jobs))
    return found


def slope_of(samples: list[Sample], process: str) -> float:
    """MiB an hour by which a process grew, its first third left out."""
    mine = [each for each in samples if each.process == process]
    late = mine[len(mine) // 3 :]
    if len(late) < 2:
        return 0.0
    hours = [each.seconds / 3600.0 for each in late]
    return float(np.polyfit(hours, [each.rss_mib for each in late], 1)[0])


def main() -> None:
    """Run by hand; the exit status tells whether any promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--callers", type=int, default=3)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two samples")
    asked = parser.parse_args()
    samples: list[Sample] = []
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = opened.enter_context(empty_database(asked.database, folder))
        chaos = Chaos(chaotic_world(folder, url), asked.workers, asked.callers)
        over, began = threading.Event(), time.monotonic()

        def watch() -> None:
            while not over.wait(asked.every):
                for each in sampled(chaos, began):
                    samples.append(each)
                    sys.stdout.write(json.dumps(asdict(each)) + "\n")
                sys.stdout.flush()

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            figures = chaos.run(60.0 * asked.minutes, gap_seconds=0.0)
        finally:
            over.set()
            watching.join()
    for process in sorted({each.process for each in samples}):
        sys.stdout.write(f"{process}: {slope_of(samples, process):+.1f} MiB an hour\n")
    sys.stdout.write(f"{asked.database}: {figures.told()}\n")
    sys.stdout.writelines(f"WRONG {each}\n" for each in figures.wrong[:20])
    sys.exit(1 if figures.wrong else 0)


if __name__ == "__main__":
    main()
