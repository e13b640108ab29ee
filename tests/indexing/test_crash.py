"""A writer killed at random loses nothing; and what looks for losses finds every kind of them.

For hundreds of kills: ``python -m tests.indexing.crash --kills 200 --database postgres``.
"""

import random
import shutil
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from annotations.curation import Curation
from annotations.curation_records import Change, Reword
from annotations.repository import Repository
from annotations.tables import EmbeddingRow, EventRow, RevisionRow, TagRow
from indexing.entries import entries_of
from indexing.snapshot import IndexSource
from tests.databases import KINDS, empty_database
from tests.indexing.crash import Crashes
from tests.indexing.crash_checks import (
    events_of,
    half_edits,
    index_differences,
    lost_edits,
    replayed,
)
from tests.indexing.crash_writer import NAMES
from tests.indexing.synthetic import store
from tests.indexing.tiny_corpus import FakeEmbedder

KILLS = 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_killed_at_random_instants_loses_nothing_and_leaves_nothing_half(kind, tmp_path):
    with empty_database(kind, tmp_path) as url:
        figures = Crashes(url, tmp_path, seed=1).run(KILLS)

    assert figures.wrong == []
    assert (figures.kills, figures.during.total()) == (KILLS, KILLS)
    assert figures.confirmed > KILLS


@pytest.fixture
def edited(sqlite, folder):
    """A source over a few confirmed edits, and the journal that a writer would have kept."""
    store(sqlite, NAMES)
    journal = []
    for number, word in enumerate(("river", "home", "rain")):
        journal.append({"n": number, "state": "intent"})
        with sqlite.session() as session:
            curation = Curation(session, f"writer {number}")
            outcome = curation.apply([Change(number + 1, Reword(f"{word}s"))])
            Curation(session, "mira").tag("show")
        journal.append({"n": number, "state": "done", "seq": outcome.version})
    source = IndexSource(sqlite, folder, FakeEmbedder())
    source.open().with_files()
    return source, journal


def found(source, journal=()):
    """Everything that the checks say."""
    with source.database.reading() as session:
        events, rng = events_of(session), random.Random(0)
        return [
            *lost_edits(journal, events),
            *half_edits(session, events),
            *replayed(session, events, rng),
        ]


def test_the_checks_find_nothing_in_a_whole_database(edited):
    source, journal = edited
    rng = random.Random(0)
    assert found(source, journal) == []
    assert list(index_differences(source, source.resolve(), rng)) == []


def test_a_confirmed_edit_that_is_not_there_is_found(edited):
    source, journal = edited
    gone = {"n": 77, "state": "done", "seq": 99}
    assert "edit 77 was confirmed as 99, found None" in found(source, [*journal, gone])


def test_an_edit_that_nobody_began_or_that_was_refused_is_found(edited):
    source, journal = edited
    told = found(source, [{"n": 2, "state": "refused"}, *journal[:2]])
    assert any("belongs to no edit" in each for each in told)
    assert "edit 2 was refused and is there" in told


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (delete(RevisionRow).where(RevisionRow.number == 2), "the revisions it made differ"),
        (update(RevisionRow).values(until_seq=None), "do not end where the next begin"),
        (update(RevisionRow).where(RevisionRow.number == 2).values(number=3), "are missing"),
        (
            delete(RevisionRow).where(RevisionRow.exemplar_id == 1),
            "exemplar 1 has no revision",
        ),
        (
            update(RevisionRow).where(RevisionRow.number == 2).values(word="other"),
            "the head is not what its events made",
        ),
        (update(TagRow).values(seq=1), "tags are not what their events made"),
        (update(EventRow).values(before=None), "the revisions it ended differ"),
        (
            update(EmbeddingRow).where(EmbeddingRow.exemplar_id == 5).values(number=9),
            "is of revision 9, which is not there",
        ),
    ],
)
def test_half_an_edit_is_found(edited, damage, said):
    source, journal = edited
    with source.database.session() as session:
        session.execute(damage)
    assert any(said in each for each in found(source, journal))


def borrowed_vector(source) -> None:
    """Give one exemplar the vector of another."""
    with source.database.session() as session:
        other = select(EmbeddingRow.vector).where(EmbeddingRow.exemplar_id == 6)
        damage = update(EmbeddingRow).where(EmbeddingRow.exemplar_id == 5)
        session.execute(damage.values(vector=session.scalar(other)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("files", "files and SQL differ"), ("sql", "files and SQL differ"), ("both", "of what is")],
)
def test_an_index_that_is_not_what_sql_says_is_found(edited, wrong, said):
    source, _ = edited
    version = source.resolve()
    if wrong == "files":
        with source.database.reading() as session:
            rows = Repository(session).indexed_at(version)
        entries = entries_of(source.database, rows, version, source.embedder)
        moved = replace(entries, vectors=np.roll(entries.vectors, 1, axis=0))
        source.bases.save(source.make.of(moved, source.embedder.id, version))
    else:
        borrowed_vector(source)
    if wrong == "both":
        shutil.rmtree(source.folder / "base")
    with capture_logs():
        told = list(index_differences(source, version, random.Random(0)))
    assert any(said in each for each in told)
