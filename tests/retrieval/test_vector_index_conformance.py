"""What every index answers, whatever it computes with: FAISS or torch, built, edited or loaded."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import FaissIndex
from retrieval.torch_index import TorchIndex
from retrieval.vector_index import Entries, SearchFilter, UnknownEntryError, VectorIndex
from tests.retrieval.entry_worlds import (
    EMBEDDER,
    LABELS,
    RECORDINGS,
    WIDTH,
    Row,
    allowed,
    entries_of,
    random_row,
    random_rows,
    scanned,
    with_faiss,
    with_torch,
)

ALL = SearchFilter(LABELS)
both = pytest.mark.parametrize("indexed", [with_faiss, with_torch], ids=["faiss", "torch"])
plain_filters = st.builds(
    SearchFilter,
    labels=st.lists(st.sampled_from((*LABELS, "unknown")), unique=True).map(tuple),
    excluded=st.frozensets(st.integers(0, 300), max_size=60),
    without_recordings=st.lists(st.sampled_from((*RECORDINGS, "unknown")), unique=True).map(tuple),
    speaker=st.none() | st.integers(0, 4),
)
filters = st.builds(replace, plain_filters, beyond=st.none() | plain_filters)


def random_query(seed: int, rough: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.integers(-1, 2, WIDTH) if rough else rng.normal(size=WIDTH)
    return found.astype(np.float32)


def assert_same(left: VectorIndex, right: VectorIndex, wanted: SearchFilter, seed: int) -> None:
    """Every answer equal to the bit."""
    np.testing.assert_array_equal(left.ids, right.ids)
    ids = left.ids.tolist()
    assert len(left) == len(right) == len(ids)
    assert left.label_counts == right.label_counts
    assert left.count(wanted) == right.count(wanted)
    assert left.vectors(ids).tobytes() == right.vectors(ids).tobytes()
    assert left.numbers(ids).tolist() == right.numbers(ids).tolist()
    for ask in ("label_of", "recording_of", "speaker_of"):
        assert [getattr(left, ask)(i) for i in ids] == [getattr(right, ask)(i) for i in ids]
    for k in (1, 7, 1000):
        for rough in (False, True):
            query = random_query(seed, rough)
            assert left.search(query, wanted, k) == right.search(query, wanted, k)


@both
@settings(max_examples=60)
@given(seed=st.integers(0, 9999), k=st.integers(-1, 50), rough=st.booleans(), wanted=filters)
def test_search_agrees_with_a_scan_of_all_entries(indexed, seed, k, rough, wanted):
    rows = random_rows(40, seed, rough)
    index = indexed(entries_of(rows))
    query = random_query(seed + 1, rough)

    assert index.search(query, wanted, k) == scanned(rows, query, wanted, k)
    assert index.count(wanted) == len(allowed(rows, wanted))


@both
@settings(max_examples=40)
@given(seed=st.integers(0, 9999), k=st.integers(1, 50), rough=st.booleans(), wanted=filters)
def test_a_query_of_little_but_zeros_agrees_with_a_scan(indexed, seed, k, rough, wanted):
    rows = random_rows(60, seed, rough)
    query = np.zeros(WIDTH, dtype=np.float32)
    query[seed % WIDTH] = 1.0 if rough else 0.3

    assert indexed(entries_of(rows)).search(query, wanted, k) == scanned(rows, query, wanted, k)


@both
@settings(max_examples=30)
@given(seed=st.integers(0, 9999), wanted=filters, edits=st.integers(1, 25), rough=st.booleans())
def test_any_sequence_of_edits_answers_like_an_index_built_from_scratch(
    indexed, tmp_path_factory, seed, wanted, edits, rough
):
    rng = np.random.default_rng(seed)
    rows = {row.id: row for row in random_rows(int(rng.integers(0, 41)), seed, rough)}
    index = indexed(entries_of(list(rows.values())))
    for version in range(1, edits + 1):
        removed, changed = random_edit(rows, rng, rough)
        index = index.updated(removed, entries_of(changed), version)
        rows = {i: row for i, row in rows.items() if i not in removed}
        rows |= {row.id: row for row in changed}
    rebuilt = indexed(entries_of(list(rows.values())), edits)
    folder = tmp_path_factory.mktemp("index")
    index.save(folder)

    assert index.version == rebuilt.version
    assert_same(index, rebuilt, wanted, seed)
    for loaded in (FaissIndex.load(folder, EMBEDDER), TorchIndex.load(folder, EMBEDDER)):
        assert loaded.version == edits
        assert_same(loaded, rebuilt, wanted, seed)


def random_edit(
    rows: dict[int, Row], rng: np.random.Generator, rough: bool
) -> tuple[list[int], list[Row]]:
    """Ids to remove, some of them unknown, and rows that are new or replace others."""
    known_and_not = np.union1d(list(rows), np.arange(40)).astype(np.int64)
    touched = rng.choice(known_and_not, size=int(rng.integers(0, 6)), replace=False)
    split = int(rng.integers(0, len(touched) + 1))
    return touched[:split].tolist(), [random_row(int(i), rng, rough) for i in touched[split:]]


@both
def test_an_update_leaves_the_earlier_version_as_it_was(indexed):
    rows = random_rows(30)
    index = indexed(entries_of(rows), 4)
    before = index.search(random_query(1), ALL, 30)

    later = index.updated([rows[0].id], entries_of([random_row(rows[1].id, rng_of(5))]), 5)

    assert index.search(random_query(1), ALL, 30) == before
    assert (index.version, len(index), later.version, len(later)) == (4, 30, 5, 29)
    assert rows[0].id in index
    assert rows[0].id not in later


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@both
def test_equal_likenesses_are_ordered_by_id(indexed):
    rows = [Row(i, 1, "iconic", 0, "monday", (1.0,) * WIDTH) for i in (9, 2, 7, 4)]
    index = indexed(entries_of(rows)).updated([], entries_of([random_row(3, rng_of(0))]), 1)
    index = index.updated([3], entries_of([Row(5, 1, "deictic", 0, "friday", (1.0,) * WIDTH)]), 2)

    found = index.search(np.ones(WIDTH, np.float32), ALL, 3)

    assert [one.id for one in found] == [2, 4, 5]
    assert {one.likeness for one in found} == {float(WIDTH)}


@both
def test_rounding_of_the_fast_products_decides_nothing(indexed):
    rng = rng_of(3)
    fine = rng.normal(size=(400, 3)).astype(np.float32)
    coarse = rng.normal(size=400).astype(np.float32) * 3000
    vectors = np.stack([coarse, *fine.T, -coarse, 0 * coarse], axis=1)
    rows = [Row(i, 1, "iconic", 0, "monday", tuple(v.tolist())) for i, v in enumerate(vectors)]
    query = np.array([1000, 1, 1, 1, 1000, 1], dtype=np.float32)
    without = SearchFilter(("iconic",), excluded=frozenset(range(0, 400, 3)))

    for wanted in (ALL, without):
        assert indexed(entries_of(rows)).search(query, wanted, 20) == scanned(
            rows, query, wanted, 20
        )


@both
def test_more_than_there_are_may_be_asked_for(indexed):
    index = indexed(entries_of(random_rows(5)))

    assert len(index.search(random_query(0), ALL, 10_000)) == 5


@both
def test_a_filter_that_lets_nothing_through_finds_nothing(indexed):
    index = indexed(entries_of(random_rows(40)))
    everything = frozenset(index.ids.tolist())

    for wanted in (
        SearchFilter(()),
        SearchFilter(("metaphoric",)),
        SearchFilter(LABELS, excluded=everything),
        SearchFilter(LABELS, without_recordings=RECORDINGS),
        SearchFilter(LABELS, speaker=24),
    ):
        assert index.search(random_query(0), wanted, 5) == ()
        assert index.count(wanted) == 0


@both
def test_an_index_without_entries_answers_and_grows(indexed):
    empty = indexed(Entries.none(WIDTH))
    assert empty.search(random_query(0), ALL, 5) == ()
    assert (len(empty), empty.ids.tolist(), empty.label_counts) == (0, [], {})
    assert empty.vectors([]).shape == (0, WIDTH)

    grown = empty.updated([1], entries_of([random_row(8, rng_of(0))]), 1)
    assert [one.id for one in grown.search(random_query(0), ALL, 5)] == [8]

    emptied = grown.updated([8], Entries.none(WIDTH), 2)
    assert (len(emptied), emptied.width) == (0, WIDTH)


@both
def test_a_query_of_another_width_or_with_nan_is_refused(indexed):
    index = indexed(entries_of(random_rows(5)))

    with pytest.raises(ValueError, match=r"shape \(3,\), not \(6,\).*letters@1"):
        index.search(np.zeros(3, np.float32), ALL, 1)
    with pytest.raises(ValueError, match="holds nan at number 2"):
        index.search(np.array([0, 0, np.nan, 0, 0, 0], np.float32), ALL, 1)
    with pytest.raises(ValueError, match="holds inf at number 0"):
        index.search(np.full(WIDTH, np.inf, np.float32), ALL, 1)


@both
def test_an_update_of_another_width_or_with_a_contradiction_is_refused(indexed):
    index = indexed(entries_of(random_rows(5)))

    with pytest.raises(ValueError, match="are 4 wide, the index 6"):
        index.updated([], Entries.none(4), 1)
    with pytest.raises(ValueError, match="entry 3 is both removed and changed"):
        index.updated([3], entries_of([random_row(3, rng_of(0))]), 1)


@both
def test_an_entry_that_is_not_there_is_named(indexed):
    index = indexed(entries_of(random_rows(5)), 12)

    with pytest.raises(UnknownEntryError, match="version 12 has no entry 4, 5; ask"):
        index.vectors([3, 4, 5])
    with pytest.raises(UnknownEntryError, match="no entry 0, 1, 2, 4, 5 and 1 more"):
        index.numbers([0, 1, 2, 4, 5, 6])
    with pytest.raises(UnknownEntryError):
        index.label_of(-1)


@both
def test_what_is_handed_out_cannot_change_the_index(indexed):
    entries = entries_of(random_rows(20))
    index = indexed(entries)
    before = index.search(random_query(0), ALL, 20)
    entries.vectors[:] = 0
    entries.ids[:] = 0
    index.vectors(index.ids.tolist())[:] = 0

    with pytest.raises(ValueError, match="read-only"):
        index.ids[0] = 5
    assert index.search(random_query(0), ALL, 20) == before


def test_both_kinds_give_the_same_answers_to_the_bit():
    rows = random_rows(200, seed=8)

    assert_same(with_faiss(entries_of(rows)), with_torch(entries_of(rows)), ALL, 8)
