"""A service whose processes are killed at random while it is used; then everything is compared.

By hand, for longer than the test:
``python -m tests.service.chaos --minutes 10 --database postgres --workers 2 --one-stays-dead``.
"""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from service.settings import Settings, environment_of
from tests.databases import KINDS, empty_database
from tests.service.chaos_checks import (
    MOST_APART,
    different_motions,
    left_over,
    stored_wrongly,
    streamed_wrongly,
    told_wrongly,
    unfinished,
)
from tests.service.chaos_clients import FINAL, Caller, Follower, Journal, read_result
from tests.service.world import make_world

API = "api"
PATIENCE_SECONDS = 240.0
"""For everything to settle once nobody is killed any more."""


@dataclass
class Process:
    """One process of the service, started again under its name as often as it is killed."""

    name: str
    settings: Settings
    deaths: int = 0
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, as another life of the same."""
        command = ["serve", "--no-worker"] if self.name == API else ["worker"]
        # SIGKILL leaves nothing to flush: each life writes its own log
        with (self.settings.home / f"{self.name}-{self.deaths}.log").open("wb") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "service", *command],
                env=os.environ | environment_of(self.settings) | {"OMP_WAIT_POLICY": "PASSIVE"},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """SIGKILL."""
        assert self.running is not None
        self.running.kill()
        self.running.wait()
        self.deaths += 1


@dataclass
class Figures:
    """What was done, and all that was wrong afterwards."""

    kills: Counter[str] = field(default_factory=Counter)
    journal: Journal = field(default_factory=Journal)
    apart: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        """In a few lines."""
        journal = self.journal
        taken = [each for each in journal.asked if each.ids]
        ended = Counter(each.states[-1] for each in taken)
        killed = ", ".join(f"{count} of {name}" for name, count in sorted(self.kills.items()))
        same = sum(not each for each in self.apart)
        return (
            f"{self.kills.total()} kills ({killed}); {len(taken)} jobs taken: "
            f"{', '.join(f'{count} {state}' for state, count in ended.most_common())}; "
            f"{len(journal.edits)} edits confirmed; {sum(len(each.events) for each in taken)} "
            f"events followed; {journal.refused} refused, {journal.broken} answers lost; "
            f"of {len(self.apart)} repeated motions {same} equal to the bit, the others at most "
            f"{max(self.apart, default=0.0):.1e} apart; {len(self.wrong)} things wrong"
        )


@dataclass
class Chaos:
    """One service, its callers, and who is killed."""

    settings: Settings
    workers: int = 1
    callers: int = 3
    seed: int = 0
    one_stays_dead: bool = False
    """Whether the last worker is killed for good half way; the others take its work over."""
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        named = [f"worker-{number}" for number in range(self.workers)]
        self.processes = [Process(API, self.settings)] + [
            Process(name, self.settings.model_copy(update={"worker_name": name})) for name in named
        ]

    @property
    def address(self) -> str:
        """Where the API listens, whichever process that is."""
        return f"http://127.0.0.1:{self.settings.port}"

    def run(self, seconds: float, gap_seconds: float) -> Figures:
        """Use and kill for so long (no gap: never kill), settle, compare."""
        stop, done = threading.Event(), threading.Event()
        follower = Follower(self.address, self.figures.journal, done)
        callers = [
            Caller(self.address, self.figures.journal, random.Random(self.seed + n), stop)
            for n in range(self.callers)
        ]
        threads = [threading.Thread(target=each.run) for each in (*callers, follower)]
        try:
            for each in self.processes:
                each.start()
            self._until(self._ready, "nobody was ready")
            for thread in threads:
                thread.start()
            self._disturb(time.monotonic() + seconds, gap_seconds)
            stop.set()
            for thread in threads[:-1]:
                thread.join()
            self._settle()
        finally:
            stop.set()
            done.set()
            for thread in threads:
                if thread.is_alive():
                    thread.join()
            for each in self.processes:
                if each.running is not None and each.running.poll() is None:
                    each.running.kill()
                    each.running.wait()
        self._compare()
        return self.figures

    def _disturb(self, until: float, gap_seconds: float) -> None:
        """Kill somebody every now and then."""
        rng, half = random.Random(self.seed), (time.monotonic() + until) / 2
        while (left := until - time.monotonic()) > 0:
            gap = rng.uniform(0.0, 2.0 * gap_seconds) if gap_seconds else left
            time.sleep(min(left, gap))
            if self.one_stays_dead and len(self.processes) > 2 and time.monotonic() > half:
                self._killed(self.processes.pop())
            elif gap < left:
                victim = rng.choice(self.processes)
                self._killed(victim)
                time.sleep(rng.choice((0.0, 0.5)))
                victim.start()

    def _killed(self, victim: Process) -> None:
        """One more death."""
        victim.kill()
        self.figures.kills[victim.name] += 1

    def _settle(self) -> None:
        """Wait until every job has ended and been followed to its end, then read every result."""
        for each in self.processes:
            assert each.running is not None
            if each.running.poll() is not None:
                self.figures.wrong.append(f"{each.name} left by itself: {each.running.returncode}")
                each.start()
        taken = [each for each in self.figures.journal.asked if each.ids]
        self._until(lambda: all(self._over(each) for each in taken), "jobs did not end")
        self._until(lambda: not unfinished(self.settings), "stored jobs did not end")
        self._until(lambda: all(each.followed for each in taken), "events did not come")
        with httpx.Client(base_url=self.address, timeout=20.0) as client:
            for each in taken:
                if each.states[-1] == "succeeded":
                    read_result(client, each)

    def _over(self, asked) -> bool:
        """Whether a request's job has ended, asked now."""
        if asked.states[-1] not in FINAL:
            asked.saw(httpx.get(f"{self.address}/v1/jobs/{next(iter(asked.ids))}").json())
        return asked.states[-1] in FINAL

    def _ready(self) -> bool:
        return httpx.get(f"{self.address}/readyz").status_code == 200

    def _until(self, holds, otherwise: str) -> None:
        """Wait patiently; note where it never comes true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if holds():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        self.figures.wrong.append(otherwise)

    def _compare(self) -> None:
        figures, journal = self.figures, self.figures.journal
        figures.apart = list(different_motions(journal.asked))
        figures.wrong += [*told_wrongly(journal), *streamed_wrongly(journal)]
        figures.wrong += [*stored_wrongly(self.settings, journal), *left_over(self.settings)]
        figures.wrong += [
            f"the same request gave motions {each:.1e} apart"
            for each in figures.apart
            if each > MOST_APART
        ]


def chaotic() -> dict[str, float]:
    """Settings for a service that is about to be killed: a port of its own, little patience."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {"port": port, "queue_jobs": 12, "worker_lost_seconds": 4.0}


def chaotic_world(folder: Path, url: str) -> Settings:
    """A tiny world on a database of its own."""
    return make_world(folder, database_url=url, **chaotic())


def main(given: Sequence[str] | None = None) -> None:
    """Run by hand; the exit status tells whether anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--gap", type=float, default=5.0, help="mean seconds between two kills")
    parser.add_argument("--callers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one-stays-dead", action="store_true")
    asked = parser.parse_args(given)
    began = time.monotonic()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = opened.enter_context(empty_database(asked.database, folder))
        chaos = Chaos(
            *(chaotic_world(folder, url), asked.workers, asked.callers, asked.seed),
            one_stays_dead=asked.one_stays_dead,
        )
        figures = chaos.run(60.0 * asked.minutes, asked.gap)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{asked.database}: {figures.told()}; {seconds:.0f} s\n")
    sys.stdout.writelines(f"WRONG {each}\n" for each in figures.wrong[:20])
    sys.exit(1 if figures.wrong else 0)


if __name__ == "__main__":
    main()
