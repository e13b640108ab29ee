"""The index on a device gives the answers of the one on processors."""

import numpy as np
import pytest
import torch

from retrieval.exact_index import ExactIndex
from retrieval.index import FaissIndex
from retrieval.torch_index import TorchIndex, index_for, moved
from retrieval.vector_index import Found, SearchFilter, VectorIndex
from tests.retrieval.entry_worlds import (
    EMBEDDER,
    LABELS,
    WIDTH,
    entries_of,
    random_row,
    random_rows,
    with_faiss,
)

FILTERS = [
    SearchFilter(LABELS),
    SearchFilter(("A.B", "iconic"), excluded=frozenset(range(0, 3000, 3)), speaker=1),
    SearchFilter(LABELS, without_recordings=("monday",)),
]


def answers(index: VectorIndex) -> list[tuple[Found, ...]]:
    queries = np.random.default_rng(1).normal(size=(5, WIDTH)).astype(np.float32)
    return [index.search(query, wanted, 20) for query in queries for wanted in FILTERS]


def edited(index: ExactIndex) -> ExactIndex:
    """An index in two parts, with rows gone from the first."""
    rng = np.random.default_rng(2)
    return index.updated([3, 17], entries_of([random_row(i, rng) for i in (10, 11, 12)]), 1)


def test_processors_search_with_faiss_and_other_devices_with_torch(tmp_path):
    entries = entries_of(random_rows(10))
    index = index_for("cpu").of(entries, EMBEDDER, 3)
    index.save(tmp_path)

    assert isinstance(index, FaissIndex)
    assert isinstance(index_for("cpu").load(tmp_path, EMBEDDER), FaissIndex)
    assert moved(index, "cpu") is index


def test_a_moved_version_keeps_its_parts_and_its_answers():
    index = edited(TorchIndex.of(entries_of(random_rows(300)), EMBEDDER, 7))

    there = moved(index, "cpu")

    assert isinstance(there, TorchIndex)
    assert [part.count for part in there.parts] == [part.count for part in index.parts]
    assert (there.version, there.embedder_id) == (1, EMBEDDER)
    assert answers(there) == answers(index)
    assert answers(edited(there)) == answers(edited(index))


@pytest.mark.parametrize("precision", ["highest", "medium"])
def test_reduced_precision_of_matrix_products_changes_no_answer(precision):
    entries = entries_of(random_rows(300, seed=4))
    expected = answers(with_faiss(entries))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        assert answers(TorchIndex.of(entries, EMBEDDER)) == expected
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that torch can use")
def test_cuda_gives_the_answers_of_processors_to_the_bit(tmp_path):
    entries = entries_of(random_rows(3000, seed=5))
    on_cpu = with_faiss(entries)
    on_cuda = index_for("cuda").of(entries, EMBEDDER)
    assert isinstance(on_cuda, TorchIndex)
    assert answers(on_cuda) == answers(on_cpu)
    assert (
        answers(edited(on_cuda))
        == answers(edited(on_cpu))
        == answers(moved(edited(on_cpu), "cuda"))
    )

    edited(on_cuda).save(tmp_path)
    expected = answers(edited(on_cpu))
    assert answers(index_for("cuda").load(tmp_path, EMBEDDER)) == expected
    assert answers(index_for("cpu").load(tmp_path, EMBEDDER)) == expected
