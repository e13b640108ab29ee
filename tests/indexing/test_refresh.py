"""A snapshot carried from edit to edit answers like one built from SQL, and like one from files."""

import random
from dataclasses import replace

import numpy as np
import pytest
from structlog.testing import capture_logs

from annotations.curation import Curation
from annotations.curation_records import Change, Reword
from annotations.repository import Repository
from indexing.snapshot import IndexSource
from retrieval.vector_index import SearchFilter
from tests.indexing.synthetic import Editor, cut_windows, store
from tests.indexing.tiny_corpus import FakeEmbedder

NAMES = ("1_wayne_0_1_1", "2_scott_0_2_2", "3_solomon_0_3_3", "4_lawrence_0_4_4")


@pytest.fixture
def source(database, folder):
    store(database, NAMES)
    return IndexSource(database, folder, FakeEmbedder())


def from_sql(source, version):
    with source.database.reading() as session:
        rows = Repository(session).indexed_at(version)
    return source.from_sql(version, rows)


def questions(rng, snapshot):
    """Vectors and filters, those of random entries among them."""
    labels = tuple(snapshot.index.label_counts)
    for _ in range(4):
        vector = rng.normal(size=snapshot.index.width).astype(np.float32)
        chosen = tuple(rng.permutation(labels)[: rng.integers(1, len(labels) + 1)].tolist())
        excluded = frozenset(rng.choice(snapshot.index.ids, 3).tolist())
        yield vector, SearchFilter(chosen, excluded, NAMES[:1] if rng.random() < 0.5 else ())
        yield vector, SearchFilter(labels, speaker=int(rng.integers(3)))


def assert_alike(one, other, seed=0):
    """The same entries, bit for bit the same answers, the same exemplars."""
    ids = other.index.ids.tolist()
    np.testing.assert_array_equal(one.index.ids, other.index.ids)
    np.testing.assert_array_equal(one.index.numbers(ids), other.index.numbers(ids))
    assert one.index.label_counts == other.index.label_counts
    assert one.index.vectors(ids).tobytes() == other.index.vectors(ids).tobytes()
    for vector, allowed in questions(np.random.default_rng(seed), other):
        assert one.index.search(vector, allowed, 7) == other.index.search(vector, allowed, 7)
        assert one.index.count(allowed) == other.index.count(allowed)
    assert one.exemplars.of(ids) == other.exemplars.of(ids)
    assert list(one.exemplars.every()) == list(other.exemplars.every())


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_leave_a_refreshed_snapshot_equal_to_a_rebuilt_one(source, seed):
    editor, rng = Editor(source.database, NAMES, seed), random.Random(seed)
    snapshot = source.open().with_files()
    versions = [snapshot.version]
    for step in range(25):
        if rng.random() < 0.7:
            versions.append(editor.step())
        version = versions[-1] if rng.random() < 0.8 else rng.choice(versions)
        snapshot = snapshot.refreshed(version)
        assert snapshot.version == snapshot.index.version == version
        assert_alike(snapshot, from_sql(source, version), step)
        if rng.random() < 0.2:
            snapshot = snapshot.with_files()
        assert_alike(source.open(version), snapshot, step)


def test_a_snapshot_in_use_keeps_its_version_while_the_index_goes_on(sqlite, folder):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    held = source.open()
    before = {each.id: each for each in held.exemplars.every()}
    fresh = source.open(held.version)
    editor = Editor(sqlite, NAMES, 5)
    for _ in range(10):
        version = editor.step()

    later = held.refreshed(version)
    assert {each.id: each for each in held.exemplars.every()} == before
    assert {each.id: each for each in fresh.exemplars.every()} == before
    assert {each.id: each for each in later.exemplars.every()} != before


def test_an_edit_embeds_what_it_changed_and_nothing_else(sqlite, folder):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    snapshot = source.open()
    exemplar = int(snapshot.index.ids[3])
    count = len(stored_vectors(sqlite))
    with sqlite.session() as session:
        outcome = Curation(session, "mira").apply([Change(exemplar, Reword("volcano"))])
    assert len(stored_vectors(sqlite)) == count

    later = snapshot.refreshed(outcome.version)
    new = stored_vectors(sqlite)
    assert len(new) == count + len(outcome.rows)
    assert later.exemplars.of([exemplar])[exemplar].annotation.word == "volcano"
    assert not np.array_equal(later.index.vectors([exemplar]), snapshot.index.vectors([exemplar]))
    with capture_logs() as logs:
        assert_alike(source.open(), later)
    assert logs == []


def stored_vectors(database):
    from annotations.tables import EmbeddingRow

    with database.reading() as session:
        return session.query(EmbeddingRow.exemplar_id, EmbeddingRow.number).all()


def test_an_edit_of_what_is_not_in_the_index_shows_in_the_windows_of_its_neighbours(sqlite, folder):
    store(sqlite, NAMES[:1])
    (first, *others) = cut_windows(NAMES[0], 0, 3, 0)
    fewer = replace(first, exemplars=first.exemplars[:-1])
    with sqlite.session() as session:
        Repository(session).cut(NAMES[0], "content 0", (fewer, *others))
        [gone] = set(range(1, 10)) - set(Repository(session).indexed_ids())
    source = IndexSource(sqlite, folder, FakeEmbedder())
    snapshot = source.open()
    before = snapshot.exemplars.of([1])[1].window.gestures
    with sqlite.session() as session:
        version = Curation(session, "mira").apply([Change(gone, Reword("volcano"))]).version

    later = snapshot.refreshed(version)
    assert later.exemplars.of([1])[1].window.gestures != before
    assert_alike(later, from_sql(source, version))
    assert_alike(later.refreshed(snapshot.version), from_sql(source, snapshot.version))
