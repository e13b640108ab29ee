"""What must hold in a database and its index files, whatever happened to who wrote them.

Each check yields what is wrong; nothing where all is well.
"""

import random
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.records import StoredEvent
from annotations.repository import Repository
from annotations.revision_repository import RevisionRepository
from annotations.revisions import CONTENT_FIELDS, Content, content_json
from annotations.tables import EmbeddingRow, ExemplarRow, RevisionRow, TagRow
from indexing.snapshot import IndexSource, Snapshot
from retrieval.vectors import exemplar_vectors
from tests.indexing.crash_writer import mark_of
from tests.indexing.test_refresh import assert_alike

Line = Mapping[str, Any]
State = dict[str, dict[str, Any]]
_POINTING = ("promote", "roll_back", "tag")


def events_of(session: Session) -> tuple[StoredEvent, ...]:
    """Every event, oldest first."""
    return Repository(session).versions.events()


def lost_edits(journal: Sequence[Line], events: Sequence[StoredEvent]) -> Iterator[str]:
    """Confirmed edits without their event, and events of edits that nobody made."""
    marked = {mark_of(event): event.seq for event in events}
    begun = {line["n"] for line in journal if line["state"] == "intent"}
    marks = [mark for mark in map(mark_of, events) if mark is not None]
    if len(set(marks)) < len(marks):
        yield "an edit has two events"
    for mark in sorted(set(marks) - begun):
        yield f"event {marked[mark]} belongs to no edit"
    for line in journal:
        if line["state"] == "done" and marked.get(line["n"]) != line["seq"]:
            yield f"edit {line['n']} was confirmed as {line['seq']}, found {marked.get(line['n'])}"
        if line["state"] == "refused" and line["n"] in marked:
            yield f"edit {line['n']} was refused and is there"


def half_edits(session: Session, events: Sequence[StoredEvent]) -> Iterator[str]:
    """Events without all their rows, rows without their event, broken chains of revisions."""
    revisions = _revisions(session)
    starting: dict[int, State] = defaultdict(dict)
    ending: dict[int, State] = defaultdict(dict)
    for each, chain in revisions.items():
        yield from _broken(each, chain)
        for row in chain:
            starting[row.seq][str(each)] = _stored(row)
        for row in chain[:-1]:
            ending[row.until_seq or 0][str(each)] = _stored(row)
    for event in events:
        after = (event.event.after or {}).get("rows", {})
        before = (event.event.before or {}).get("rows", {})
        if after != starting.pop(event.seq, {}):
            yield f"event {event.seq} and the revisions it made differ"
        if {each: row for each, row in before.items() if row} != ending.pop(event.seq, {}):
            yield f"event {event.seq} and the revisions it ended differ"
    yield from (f"event {seq} is not there, its rows are" for seq in (*starting, *ending))
    yield from _orphans(session, revisions)


def _orphans(session: Session, revisions: Mapping[int, Sequence[RevisionRow]]) -> Iterator[str]:
    for each in set(session.scalars(select(ExemplarRow.id))) - revisions.keys():
        yield f"exemplar {each} has no revision"
    pairs = {(each, row.number) for each, chain in revisions.items() for row in chain}
    embedded = session.execute(select(EmbeddingRow.exemplar_id, EmbeddingRow.number))
    for pair in {(row[0], row[1]) for row in embedded} - pairs:
        yield f"a vector of exemplar {pair[0]} is of revision {pair[1]}, which is not there"


def replayed(
    session: Session, events: Sequence[StoredEvent], rng: random.Random, versions: int = 3
) -> Iterator[str]:
    """Whether events alone give what SQL shows, at the head and at some versions before."""
    made = [event.seq for event in events if "rows" in (event.event.after or {})]
    asked = {*rng.sample(made, min(versions, len(made))), *made[-1:]}
    ids = list(session.scalars(select(ExemplarRow.id)))
    repository = RevisionRepository(session)
    state: State = {}
    tags: dict[str, int | None] = {}
    for event in events:
        yield from _replay(event, state, tags)
        if event.seq in asked:
            found = repository.at(ids, event.seq)
            if state != {str(k): content_json(v.content, v.number) for k, v in found.items()}:
                yield f"version {event.seq} is not what its events made"
    found = repository.current(ids)
    if state != {str(k): content_json(v.content, v.number) for k, v in found.items()}:
        yield "the head is not what its events made"
    if tags != dict(session.execute(select(TagRow.name, TagRow.seq)).all()):
        yield "tags are not what their events made"


def index_differences(source: IndexSource, version: int, rng: random.Random) -> Iterator[str]:
    """Whether the index of files is that of SQL, bit for bit, and both are what is embedded."""
    with source.database.reading() as session:
        repository = Repository(session)
        rows, changing = repository.indexed_at(version), repository.versions.events()
    if not len(rows):
        return
    opened = source.open(version)
    yield from _unlike(opened, source.from_sql(version, rows), rng)
    earlier = rng.choice([each.seq for each in changing if "rows" in (each.event.after or {})])
    with source.database.reading() as session:
        old_rows = Repository(session).indexed_at(earlier)
    if len(old_rows):
        before = opened.refreshed(earlier)
        yield from _unlike(before, source.from_sql(earlier, old_rows), rng)


def _unlike(one: Snapshot, other: Snapshot, rng: random.Random) -> Iterator[str]:
    try:
        assert_alike(one, other, rng.randrange(1 << 30))
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)
        asked = next(each.line for each in where if each.name == assert_alike.__name__)
        yield f"version {one.version}: files and SQL differ: {asked}"
    truth = exemplar_vectors(list(one.exemplars.every()), one.source.embedder)
    if not np.array_equal(one.index.vectors(one.index.ids.tolist()), truth):
        yield f"version {one.version}: stored vectors are not those of what is said"


def _revisions(session: Session) -> dict[int, list[RevisionRow]]:
    found: dict[int, list[RevisionRow]] = {}
    query = select(RevisionRow).order_by(RevisionRow.exemplar_id, RevisionRow.number)
    for row in session.scalars(query):
        found.setdefault(row.exemplar_id, []).append(row)
    return found


def _broken(exemplar_id: int, chain: Sequence[RevisionRow]) -> Iterator[str]:
    if [row.number for row in chain] != list(range(1, len(chain) + 1)):
        yield f"exemplar {exemplar_id}: revisions are missing"
    following = [*(row.seq for row in chain[1:]), None]
    if [row.until_seq for row in chain] != following:
        yield f"exemplar {exemplar_id}: revisions do not end where the next begin"
    if any(one.seq >= two.seq for one, two in zip(chain, chain[1:], strict=False)):
        yield f"exemplar {exemplar_id}: revisions are out of order"


def _stored(row: RevisionRow) -> dict[str, Any]:
    named = {name: getattr(row, name) for name in CONTENT_FIELDS}
    return content_json(Content(**named | {"quality": tuple(row.quality)}), row.number)


def _replay(event: StoredEvent, state: State, tags: dict[str, int | None]) -> Iterator[str]:
    told = event.event
    before, after = told.before or {}, told.after or {}
    for each, row in before.get("rows", {}).items():
        if state.get(each) != row:
            yield f"event {event.seq} found exemplar {each} in another state than was left"
    state.update(after.get("rows", {}))
    name = told.subject.removeprefix("tag ")
    if told.operation in _POINTING:
        tags[name] = after["seq"]
    elif told.operation == "untag":
        del tags[name]
