"""A process that edits the index at random, and keeps a journal of it, until it is killed.

A line is on the disk before each edit is begun and another after it is confirmed. Every event names
its edit: curation by its actor, cutting by its reason.
"""

import json
import logging
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from annotations.curation import Curation
from annotations.curation_errors import EditInvalidError, UndoConflictError, UnknownVersionError
from annotations.curation_records import (
    Change,
    Comment,
    Edit,
    ExemplarFilter,
    Flag,
    NewExemplar,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from annotations.database import Database
from annotations.event_queries import EventQueries
from annotations.exemplar_queries import ExemplarQueries
from annotations.records import StoredEvent
from annotations.repository import Repository
from indexing.snapshot import IndexSource, NoIndexError, Snapshot
from tests.indexing.synthetic import CORPUS, SENSES, WORDS, cut_windows
from tests.indexing.tiny_corpus import FakeEmbedder

NAMES = ("1_wayne_0_1_1", "2_scott_0_2_2", "3_solomon_0_3_3", "4_lawrence_0_4_4")
TYPES = ("iconic", "deictic", "metaphoric")
TAGS = ("show", "premiere", "spare")
_ACTOR, _REASON = "writer ", "edit "


def mark_of(event: StoredEvent) -> int | None:
    """The number of the edit that an event belongs to; none for what was there before."""
    for text, start in ((event.event.actor, _ACTOR), (event.event.reason, _REASON)):
        number = text.removeprefix(start)
        if number != text and number.isdecimal():
            return int(number)
    return None


@dataclass(frozen=True)
class Task:
    """Where a writer works; numbers of its edits begin with ``first``."""

    url: str
    folder: Path
    journal: Path
    seed: int
    first: int


def write_for_ever(task: Task) -> None:
    """Edit, refresh and save until killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    Writer(task).run()


class Writer:
    """One life of the writer."""

    def __init__(self, task: Task) -> None:
        self._file = os.open(task.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._rng = random.Random(task.seed)
        self._next = task.first
        self._note(state="started")
        self._database = Database.open(task.url)
        self._source = IndexSource(self._database, task.folder, FakeEmbedder())

    def run(self) -> None:
        """Live until killed."""
        snapshot = self._opened()
        while True:
            self._step()
            if self._rng.random() < 0.4:
                snapshot = self._refreshed(snapshot)

    def _note(self, **line: Any) -> None:
        """One line, on the disk when this returns."""
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fsync(self._file)

    def _opened(self) -> Snapshot | None:
        self._note(state="saving")
        try:
            opened = self._source.open(self._source.resolve("staging"))
        except NoIndexError:
            opened = None
        self._note(state="saved")
        return opened

    def _refreshed(self, snapshot: Snapshot | None) -> Snapshot | None:
        if snapshot is None:
            return self._opened()
        later = snapshot.refreshed(self._source.resolve("staging"))
        if self._rng.random() < 0.5:
            self._note(state="saving")
            later = later.with_files()
            self._note(state="saved")
        return later

    def _step(self) -> None:
        number, self._next = self._next, self._next + 1
        make = self._rng.choices(
            (self._one, self._several, self._bulk, self._add, self._undo, self._point, self._cut),
            (30, 12, 12, 8, 18, 10, 10),
        )[0]
        self._note(n=number, state="intent", operation=make.__name__.strip("_"))
        try:
            seq = self._committed(number, make)
        except (EditInvalidError, UndoConflictError, UnknownVersionError) as error:
            self._note(n=number, state="refused", error=type(error).__name__)
        else:
            self._note(n=number, state="done", seq=seq)

    def _committed(self, number: int, make: Callable[[Session, int], None]) -> int | None:
        """One transaction; the event that it made, if any."""
        with self._database.session() as session:
            make(session, number)
            versions = Repository(session).versions
            newest = versions.event(versions.newest_event())
            made = newest is not None and mark_of(newest) == number
            seq = newest.seq if newest is not None and made else None
        return seq  # noqa: RET504  only here it is committed

    def _one(self, session: Session, number: int) -> None:
        each = self._rng.choice(_ids(session))
        curation = Curation(session, f"{_ACTOR}{number}")
        curation.apply([Change(each, self._edit(_kind(session, each)))])

    def _several(self, session: Session, number: int) -> None:
        ids = self._rng.sample(_ids(session), 6)
        changes = [Change(each, self._edit(_kind(session, each))) for each in ids]
        Curation(session, f"{_ACTOR}{number}").apply(changes)

    def _bulk(self, session: Session, number: int) -> None:
        kind = self._rng.choice(("relation", "gesture"))
        where = ExemplarFilter(kinds=(kind,), words=(self._rng.choice(WORDS),), removed=None)
        Curation(session, f"{_ACTOR}{number}").apply_where(where, self._edit(kind))

    def _add(self, session: Session, number: int) -> None:
        start = self._rng.uniform(0.0, 19.0)
        kind = self._rng.choice(("relation", "gesture"))
        label = self._rng.choice(SENSES if kind == "relation" else TYPES)
        new = NewExemplar(
            *(self._rng.choice(NAMES), kind, label, self._rng.choice(WORDS), start, start + 0.5)
        )
        Curation(session, f"{_ACTOR}{number}").add(new)

    def _undo(self, session: Session, number: int) -> None:
        listed = EventQueries(session).listed(12, changing=True)
        seqs = [each.seq for each in listed if each.actor.startswith(_ACTOR)]
        if seqs:
            Curation(session, f"{_ACTOR}{number}").undo(self._rng.choice(seqs))

    def _point(self, session: Session, number: int) -> None:
        curation = Curation(session, f"{_ACTOR}{number}")
        version = self._rng.randint(1, Repository(session).versions.head())
        match self._rng.randrange(5):
            case 0:
                curation.promote(version)
            case 1:
                curation.promote(follow=True)
            case 2:
                curation.roll_back(version)
            case 3:
                curation.tag(self._rng.choice(TAGS), version)
            case _:
                curation.untag(self._rng.choice(TAGS))

    def _cut(self, session: Session, number: int) -> None:
        """What a build does: cut anew, leave out, put back."""
        repository, reason = Repository(session), f"{_REASON}{number}"
        name = self._rng.choice(NAMES)
        match self._rng.randrange(4):
            case 0:
                kept = [each for each in NAMES if self._rng.random() < 0.7]
                repository.leave_out(CORPUS, kept, reason)
            case 1:
                repository.put_back(name, reason)
            case _:
                cuts = cut_windows(name, NAMES.index(name), 3, self._rng.randrange(3))
                repository.cut(name, f"content {self._rng.randrange(2)}", cuts, reason)

    def _edit(self, kind: str) -> Edit:
        start = self._rng.uniform(0.0, 9.0)
        label = self._rng.choice(SENSES if kind == "relation" else TYPES)
        flag = self._rng.choice(("unsure", "favourite", "x-mine"))
        return self._rng.choice(
            (
                *(Relabel(label), Retime(start, start + 0.5, start), Reword(self._word())),
                *(Flag(add=(flag,)), Flag(remove=(flag,)), Comment(self._word())),
                *(Remove(), Restore(), Restore()),
            )
        )

    def _word(self) -> str:
        return self._rng.choice(WORDS)


def _ids(session: Session) -> list[int]:
    return list(ExemplarQueries(session).ids(ExemplarFilter(removed=None)))


def _kind(session: Session, exemplar_id: int) -> str:
    return ExemplarQueries(session).facts(exemplar_id).kind
