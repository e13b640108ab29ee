"""What must hold once everything has settled; each check yields what does not."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select

from annotations.database import Database
from annotations.records import JobState
from annotations.tables import JobRow
from service.settings import Settings
from service.storage import RESULT_NAMES, Storage, sums_of
from service.sweep import sweep
from tests.indexing.crash_checks import events_of, half_edits
from tests.service.chaos_clients import ARRAYS, FINAL, Asked, Journal

MOST_APART = 1e-5
"""Of two motions of one request made in different company: what a batch may change."""


def told_wrongly(journal: Journal) -> Iterator[str]:
    """What callers could see for themselves."""
    yield from journal.wrong
    for each in journal.asked:
        if len(each.ids) > 1:
            yield f"the key {each.key} made the jobs {sorted(each.ids)}"
        ended = [place for place, state in enumerate(each.states) if state in FINAL]
        if ended and ended[0] != len(each.states) - 1:
            yield f"a job went on after its end: {each.states}"
        if each.canceled and each.states[-1] != "canceled":
            yield f"a job was canceled and is {each.states[-1]}"
        files = [name for name, _ in each.sums]
        if len(files) != len(set(files)):
            yield f"a job has two results: {sorted(each.sums)}"
        if each.ids and each.states[-1] not in FINAL:
            yield f"job {sorted(each.ids)} never ended: {each.states}"


def streamed_wrongly(journal: Journal) -> Iterator[str]:
    """Events that a follower missed, or had twice."""
    for each in journal.asked:
        if each.events and each.events != list(range(1, each.events[-1] + 1)):
            yield f"events of {sorted(each.ids)} came as {each.events}"


def different_motions(asked: Sequence[Asked]) -> Iterator[float]:
    """How far results of one request are apart, each from the first that was read."""
    made = defaultdict(list)
    for each in asked:
        if each.motion:
            made[each.kind].append(each.motion)
    for motions in made.values():
        for other in motions[1:]:
            yield max(float(np.abs(motions[0][name] - other[name]).max()) for name in ARRAYS)


def unfinished(settings: Settings) -> list[str]:
    """Jobs that have not ended, also those of which nobody was told: the API died first."""
    with Database.open(settings.database) as database, database.reading() as session:
        query = select(JobRow.id).where(JobRow.state.not_in(FINAL)).order_by(JobRow.id)
        return list(session.scalars(query))


def stored_wrongly(settings: Settings, journal: Journal) -> Iterator[str]:
    """What database and folders say otherwise than callers were told."""
    told = {job: each for each in journal.asked for job in each.ids}
    storage = Storage(settings.home)
    with Database.open(settings.database) as database, database.reading() as session:
        rows = {row.id: row for row in session.scalars(select(JobRow))}
        events = events_of(session)
        yield from half_edits(session, events)
    seqs = {event.seq for event in events}
    texts = {str(event.event.after) for event in events}
    for text, version in journal.edits.items():
        if version not in seqs or not any(text in each for each in texts):
            yield f"edit {text} was confirmed as version {version} and is not there"
    for job in told.keys() - rows.keys():
        yield f"job {job} was taken and is not there"
    for row in rows.values():
        if row.state not in FINAL:
            yield f"job {row.id} is {row.state}"
        if row.state == JobState.SUCCEEDED and row.result is not None:
            found = sums_of(storage.results(row.id))
            if found != row.result["files"]:
                yield f"files of job {row.id} are not those of its result"


def left_over(settings: Settings) -> Iterator[str]:
    """Files of nobody, after a sweep of everything that is old."""
    storage = Storage(settings.home)
    for path in sorted(settings.home.glob("[ru]*/**/*")):
        os.utime(path, (0, 0))
    with Database.open(settings.database) as database:
        sweep(storage, database, timedelta(days=7))
        with database.reading() as session:
            kept = session.execute(select(JobRow.id, JobRow.request, JobRow.state)).all()
    succeeded = {row.id for row in kept if row.state == JobState.SUCCEEDED}
    sounds = {row.request.get("sound") for row in kept if row.id in succeeded}
    yield from (f"results/{name}" for name in names(settings.home / "results") - succeeded)
    yield from (f"windows/{name}" for name in names(settings.home / "windows"))
    for shelf in (settings.home / "uploads").glob("*"):
        yield from (f"uploads/{name}" for name in names(shelf) - sounds)
    for path in settings.home.glob("results/*/*"):
        if path.name not in RESULT_NAMES:
            yield str(path.relative_to(settings.home))


def names(folder: Path) -> set[str]:
    """What lies in a folder, if it is there."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
