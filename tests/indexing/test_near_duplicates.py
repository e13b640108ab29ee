"""Near duplicates: found where they are, kept up with edits, bounded in what an edit costs."""

from dataclasses import replace

import numpy as np
import pytest

from annotations.alike_queries import AlikeQueries
from annotations.curation_records import Change, Comment, ExemplarFilter, Relabel, Remove, Restore
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.records import CutExemplar, CutWindow
from annotations.repository import Repository
from indexing.near_duplicates import compare_new
from retrieval.layout import EntryLayout
from retrieval.nearness import nearness, twins
from retrieval.weights import Weights
from tests.annotations.stored import HUGE, RECORDING, WINDOW, applied, store
from tests.databases import KINDS, empty_database

LAYOUT = EntryLayout(4)
SENTENCES = {1: (1, 0, 0, 0), 2: (0.99, 0.14, 0, 0), 3: (0, 1, 0, 0), 4: (1, 0, 0, 0)}
EMBEDDER = "fake@1"


def vector(sentence) -> np.ndarray:
    words = np.array([[0, 0, 0, 1]], dtype=np.float32)
    context = np.array([sentence], dtype=np.float32)
    return LAYOUT.pack(context / np.linalg.norm(context), words, [0], [None])


def embed(database, sentences) -> None:
    """Vectors of current revisions that have none, of these sentences by exemplar."""
    with database.session() as session:
        repository = Repository(session)
        missing = repository.embeddings.missing(repository.indexed_at().pairs, EMBEDDER)
        for each, number in missing:
            repository.embeddings.add([(each, number)], vector(sentences[each]), EMBEDDER)


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Four recordings with one gesture each, of one word; the first and the last are alike."""
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        for number in (1, 2, 3, 4):
            name = f"2_scott_0_{number}_{number}"
            window = replace(WINDOW, recording=name, relations=(), gestures=(HUGE,))
            cut = CutWindow(window, (CutExemplar(HUGE),))
            store(database, [cut], replace(RECORDING, id=name))
        embed(database, SENTENCES)
        yield database


def near(database) -> tuple[int, ...]:
    with database.reading() as session:
        return ExemplarQueries(session).ids(ExemplarFilter(near_duplicates=True))


def test_all_are_compared_once_and_found(database):
    assert near(database) == ()
    assert compare_new(database, EMBEDDER) == 4
    assert near(database) == (1, 2, 4)
    assert compare_new(database, EMBEDDER) == 0


def test_an_edit_is_compared_alone_and_reaches_its_twins(database):
    compare_new(database, EMBEDDER)
    applied(database, Change(3, Comment("look")))
    assert compare_new(database, EMBEDDER) == 1
    applied(database, Change(1, Remove()), Change(4, Remove()))
    assert compare_new(database, EMBEDDER) == 1, "the one whose twin has left"
    assert near(database) == ()
    applied(database, Change(4, Restore()))
    embed(database, SENTENCES)
    assert compare_new(database, EMBEDDER) == 1
    assert near(database) == (2, 4), "the other side was told as well"


def test_another_label_is_no_duplicate(database):
    compare_new(database, EMBEDDER)
    applied(database, Change(1, Relabel("beat")), Change(4, Relabel("beat")))
    embed(database, SENTENCES)
    compare_new(database, EMBEDDER)
    assert near(database) == (1, 4)


def test_those_without_a_vector_wait(database):
    compare_new(database, EMBEDDER)
    applied(database, Change(3, Relabel("beat")))
    assert compare_new(database, EMBEDDER) == 0
    assert compare_new(database, EMBEDDER, most=1) == 0


def test_a_round_is_bounded(database):
    assert [compare_new(database, EMBEDDER, most=3) for _ in range(3)] == [3, 1, 0]
    assert near(database) == (1, 2, 4)


def test_what_is_kept_names_the_twin(database):
    compare_new(database, EMBEDDER)
    with database.reading() as session:
        known = AlikeQueries(session).known([1, 2, 3, 4])
    assert known == pytest.approx({1: 1.0, 2: 0.99, 3: 0.0, 4: 1.0}, abs=0.01)


def test_exemplars_of_one_annotation_are_no_twins():
    vectors = np.concatenate([vector(SENTENCES[each]) for each in (1, 4, 3, 2)])
    asked = np.arange(4)
    own, back = twins(vectors, np.array([7, 7, 8, 9]), asked)
    assert own.places.tolist() == [3, 3, 3, 0]
    assert back.places.tolist() == [3, 3, 3, 0]
    np.testing.assert_allclose(own.similarity, back.similarity)


def test_nearness_is_one_for_equal_entries():
    vectors = np.concatenate([vector(each) for each in SENTENCES.values()])
    found = nearness(vectors[0], vectors, Weights())
    assert found.similarity[0] == found.similarity[3] == pytest.approx(1.0)
    assert found.context.tolist() == pytest.approx([1.0, 0.99, 0.0, 1.0], abs=0.01)
    assert np.all(found.similarity[1:3] < 1.0)
