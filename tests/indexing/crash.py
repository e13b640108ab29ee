"""A writer killed at random instants, again and again; after each restart everything is compared.

By hand, for longer than the test: ``python -m tests.indexing.crash --kills 200 --database sqlite``.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from annotations.database import Database
from annotations.repository import Repository
from indexing.snapshot import IndexSource
from tests.databases import KINDS, empty_database
from tests.indexing.crash_checks import (
    Line,
    events_of,
    half_edits,
    index_differences,
    lost_edits,
    replayed,
)
from tests.indexing.crash_writer import NAMES, Task, mark_of, write_for_ever
from tests.indexing.synthetic import store
from tests.indexing.tiny_corpus import FakeEmbedder

_EDITS_A_LIFE = 1_000_000
_PATIENCE_SECONDS = 60.0
_EARLY = 0.15
"""How many of the kills may come while the writer opens database and index."""
_BETWEEN_LINES_SECONDS = 0.05
_OPENED_LINES = 4
"""Lines of the journal when a writer has opened all and begins its first edit."""


@dataclass
class Figures:
    """What was done, and all that was wrong afterwards."""

    kills: int = 0
    confirmed: int = 0
    """Edits that were answered and made an event."""
    events: int = 0
    during: Counter[str] = field(default_factory=Counter)
    """Kills by what the writer was doing."""
    kept: int = 0
    """Edits that were committed, and the writer killed before it could say so."""
    rebuilt: int = 0
    """How often index files could not be trusted and were made anew from SQL."""
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    replay: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.half, *self.replay, *self.index]

    def told(self) -> str:
        """In one line."""
        during = ", ".join(f"{count} {what}" for what, count in self.during.most_common())
        return (
            f"{self.kills} kills ({during}); {self.confirmed} edits confirmed, {self.events} "
            f"events, {self.kept} committed and not yet confirmed; index files rebuilt "
            f"{self.rebuilt} times; lost {len(self.lost)}, half {len(self.half)}, "
            f"replay {len(self.replay)}, index {len(self.index)}"
        )


@dataclass(frozen=True)
class Crashes:
    """One database and one index folder, and who is killed while writing to them."""

    url: str
    folder: Path
    seed: int = 0
    most_edits: int = 8
    """A life ends somewhere within so many edits, whatever time they take."""

    @property
    def journal(self) -> Path:
        """What writers note."""
        return self.folder / "journal"

    def run(self, kills: int) -> Figures:
        """Kill so often; stops at the first thing that is wrong."""
        figures, rng = Figures(), random.Random(self.seed)
        with Database.open(self.url) as database:
            store(database, NAMES)
        for life in range(kills):
            read = len(self.lines())
            self._killed(life, rng)
            figures.kills += 1
            figures.during[doing(self.lines()[read:])] += 1
            with capture_logs() as logs:
                self.check(figures, rng)
            figures.rebuilt += sum("rebuilt" in entry["event"] for entry in logs)
            if figures.wrong:
                break
        return figures

    def lines(self) -> list[Line]:
        """The journal; a line cut short was never confirmed to anyone."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_bytes().split(b"\n")[:-1]]

    def _killed(self, life: int, rng: random.Random) -> None:
        """One life of the writer, ended at a random instant."""
        fresh = multiprocessing.get_context("forkserver")
        fresh.set_forkserver_preload([write_for_ever.__module__])
        task = Task(
            *(self.url, self.folder / "index", self.journal),
            *(rng.randrange(1 << 30), life * _EDITS_A_LIFE),
        )
        lived = _OPENED_LINES + rng.randrange(2 * self.most_edits)
        begun = len(self.lines()) + (1 if rng.random() < _EARLY else lived)
        writer = fresh.Process(target=write_for_ever, args=(task,), daemon=True)
        writer.start()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(self.lines()) < begun:
            assert writer.is_alive(), "the writer did not start"
            assert time.monotonic() < deadline, "the writer takes too long to start"
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, _BETWEEN_LINES_SECONDS))
        assert writer.is_alive(), f"the writer ended by itself: {self.lines()[-3:]}"
        writer.kill()
        writer.join()

    def check(self, figures: Figures, rng: random.Random) -> None:
        """Open the database as after a restart and look at everything."""
        journal = self.lines()
        with Database.open(self.url) as database:
            with database.session() as session:
                # waits until the server has ended what the killed writer had begun
                Repository(session).versions.lock()
            with database.reading() as session:
                events, head = events_of(session), Repository(session).versions.head()
                figures.lost += lost_edits(journal, events)
                figures.half += half_edits(session, events)
                figures.replay += replayed(session, events, rng)
            source = IndexSource(database, self.folder / "index", FakeEmbedder())
            figures.index += index_differences(source, head, rng)
        confirmed = {line["n"] for line in journal if line["state"] in ("done", "refused")}
        marks = {mark_of(event) for event in events} - {None}
        figures.confirmed, figures.events = len(marks & confirmed), len(events)
        figures.kept = len(marks - confirmed)


def doing(lines: Sequence[Line]) -> str:
    """What a writer was doing when it was killed."""
    last: dict[str, Any] = dict(lines[-1])
    match last["state"]:
        case "intent":
            return "in a transaction"
        case "saving":
            return "in opening or saving the index"
        case "started":
            return "in opening the database"
        case _:
            return "between"


def main() -> None:
    """Run by hand; the exit status tells whether anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--edits", type=int, default=8, help="the most of one life")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with empty_database(asked.database, folder) as url:
            figures = Crashes(url, folder, asked.seed, asked.edits).run(asked.kills)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{asked.database}: {figures.told()}; {seconds:.0f} s\n")
    sys.stdout.writelines(f"WRONG {each}\n" for each in figures.wrong[:20])
    sys.exit(1 if figures.wrong else 0)


if __name__ == "__main__":
    main()
