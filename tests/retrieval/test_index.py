"""Search, files and damage of the vector index."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import MANIFEST, EmbedderMismatchError, IndexFileError, VectorIndex
from tests.retrieval.worlds import LetterEmbedder, exemplar, label

WIDTH = 6


def random_index(entries: int = 40, seed: int = 0) -> VectorIndex:
    rng = np.random.default_rng(seed)
    ids = (rng.permutation(entries) * 7 + 3).tolist()
    labels = [("iconic", "deictic", "A.B.C")[i] for i in rng.integers(0, 3, entries)]
    vectors = rng.normal(size=(entries, WIDTH)).astype(np.float32)
    return VectorIndex.of_vectors(ids, labels, vectors, "letters@1", version=5)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999), k=st.integers(1, 50), excluded=st.sets(st.sampled_from(range(3, 283)))
)
def test_search_agrees_with_a_scan_of_all_entries(seed, k, excluded):
    index = random_index(seed=seed)
    query = np.random.default_rng(seed + 1).normal(size=WIDTH).astype(np.float32)
    labels = ("iconic", "A.B.C")

    found = index.search(query, labels, k, excluded)

    ids = [i for i, own in zip(index.ids.tolist(), index.labels, strict=True) if own in labels]
    left = [i for i in ids if i not in excluded]
    products = dict(zip(left, (index.vectors(left) @ query).tolist(), strict=True))
    best = sorted(left, key=lambda i: -products[i])[:k]
    assert [one.id for one in found] == best
    assert index.count(labels, excluded) == len(left)
    np.testing.assert_allclose([f.likeness for f in found], [products[i] for i in best], atol=1e-5)


def test_a_label_that_is_not_there_finds_nothing():
    assert random_index().search(np.ones(WIDTH, np.float32), ("metaphoric",), 5) == ()


def test_the_order_of_building_changes_no_answer():
    entries = [exemplar(i, label(w, "iconic", 2.0)) for i, w in enumerate(("fish", "dish", "sea"))]
    forward = VectorIndex.build(entries, LetterEmbedder())
    backward = VectorIndex.build(entries[::-1], LetterEmbedder())
    query = forward.vectors([0])[0]

    assert forward.search(query, ("iconic",), 3) == backward.search(query, ("iconic",), 3)
    assert forward.search(query, ("iconic",), 3)[0].id == 0


def test_a_saved_index_gives_the_same_answers_when_loaded(tmp_path):
    index = random_index()
    index.save(tmp_path / "index")
    loaded = VectorIndex.load(tmp_path / "index", "letters@1")
    query = np.arange(WIDTH, dtype=np.float32)

    assert loaded.search(query, ("iconic", "deictic"), 9) == index.search(
        query, ("iconic", "deictic"), 9
    )
    assert (loaded.version, loaded.embedder_id) == (5, "letters@1")
    assert loaded.label_counts == index.label_counts


def test_saving_again_replaces_the_index_and_leaves_nothing_behind(tmp_path):
    random_index(seed=1).save(tmp_path)
    random_index(entries=12, seed=2).save(tmp_path)

    assert len(VectorIndex.load(tmp_path)) == 12
    assert len(list(tmp_path.iterdir())) == 3


def test_an_index_without_entries_survives_saving(tmp_path):
    VectorIndex.build([], LetterEmbedder()).save(tmp_path)

    assert VectorIndex.load(tmp_path).search(np.zeros(91, np.float32), ("iconic",), 3) == ()


def test_an_index_of_another_embedder_is_refused_with_both_names(tmp_path):
    random_index().save(tmp_path)

    with pytest.raises(EmbedderMismatchError, match="letters@1, not other@2.*index build"):
        VectorIndex.load(tmp_path, "other@2")


@pytest.mark.parametrize("pattern", ["vectors-*.faiss", "entries-*.json"])
def test_one_flipped_bit_is_found_at_load(tmp_path, pattern):
    random_index().save(tmp_path)
    path = next(tmp_path.glob(pattern))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(IndexFileError, match="damaged"):
        VectorIndex.load(tmp_path)


def test_a_missing_or_torn_file_is_named(tmp_path):
    with pytest.raises(IndexFileError, match="there is no manifest"):
        VectorIndex.load(tmp_path)
    random_index().save(tmp_path)
    manifest = tmp_path / MANIFEST
    whole = manifest.read_text()
    manifest.write_text(whole[: len(whole) // 2])
    with pytest.raises(IndexFileError, match="cannot be read"):
        VectorIndex.load(tmp_path)
    manifest.write_text(json.dumps(json.loads(whole) | {"format_version": 99}))
    with pytest.raises(IndexFileError, match="format 99"):
        VectorIndex.load(tmp_path)
    manifest.write_text(whole)
    next(tmp_path.glob("vectors-*")).unlink()
    with pytest.raises(IndexFileError, match="cannot be read"):
        VectorIndex.load(tmp_path)


def test_an_id_may_not_repeat():
    with pytest.raises(ValueError, match="ids repeat"):
        VectorIndex.of_vectors([1, 1], ["a", "a"], np.eye(2, dtype=np.float32), "x")
