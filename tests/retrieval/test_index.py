"""The index on processors: built from exemplars, searched by FAISS whatever the filter."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.index import FaissIndex, FaissVectors
from retrieval.segments import Stretch
from retrieval.vector_index import SearchFilter
from tests.retrieval.entry_worlds import entries_of, random_rows, with_faiss
from tests.retrieval.worlds import LetterEmbedder, exemplar, label


def test_the_order_of_building_changes_no_answer():
    entries = [exemplar(i, label(w, "iconic", 2.0)) for i, w in enumerate(("fish", "dish", "sea"))]
    forward = FaissIndex.build(entries, LetterEmbedder())
    backward = FaissIndex.build(entries[::-1], LetterEmbedder())
    query, iconic = forward.vectors([0])[0], SearchFilter(("iconic",))

    assert forward.search(query, iconic, 3) == backward.search(query, iconic, 3)
    assert forward.search(query, iconic, 3)[0].id == 0


def test_an_exemplar_is_found_by_its_speaker_and_recording():
    entries = [exemplar(i, label("fish", "iconic", 2.0), speaker=i % 2) for i in range(4)]
    index = FaissIndex.build(entries, LetterEmbedder())

    assert index.count(SearchFilter(("iconic",), speaker=1)) == 2
    assert index.count(SearchFilter(("iconic",), without_recordings=("rec1", "rec2"))) == 2
    assert (index.recording_of(3), index.speaker_of(3), index.label_of(3)) == ("rec3", 1, "iconic")


def test_an_index_of_no_exemplars_can_be_built():
    index = FaissIndex.build([], LetterEmbedder())

    assert (len(index), index.embedder_id) == (0, "letters@1")


@pytest.mark.parametrize("left", [1, 5, 90, 500, 999, 1000])
def test_the_nearest_of_a_stretch_are_found_however_many_rows_count(left):
    rng = np.random.default_rng(left)
    vectors = rng.normal(size=(1200, 8)).astype(np.float32)
    query = rng.normal(size=8).astype(np.float32)
    allowed = np.zeros(1000, dtype=bool)
    allowed[rng.choice(1000, left, replace=False)] = True
    stretch = Stretch(100, 1100, None if left == 1000 else allowed, left)

    nearest = FaissVectors(vectors).nearest(query, stretch, min(left, 20))

    rows = np.flatnonzero(allowed) + 100
    expected = rows[np.argsort(-(vectors[rows] @ query))][:20]
    assert sorted(nearest.rows.tolist()) == sorted(expected.tolist())
    np.testing.assert_allclose(nearest.values, vectors[nearest.rows] @ query, atol=1e-5)


def test_several_searches_at_once_answer_like_one_after_another():
    index = with_faiss(entries_of(random_rows(2000)))
    queries = np.random.default_rng(0).normal(size=(200, index.width)).astype(np.float32)
    wanted = SearchFilter(("iconic", "A.D"), excluded=frozenset(range(0, 9000, 2)))

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: index.search(query, wanted, 9), queries))

    assert together == [index.search(query, wanted, 9) for query in queries]
