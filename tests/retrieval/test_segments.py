"""Segments: shared between versions, few, and merged without loss."""

import numpy as np

from retrieval.index import FaissIndex
from retrieval.segments import Gathered
from retrieval.vector_index import Entries, SearchFilter
from tests.retrieval.entry_worlds import (
    LABELS,
    WIDTH,
    entries_of,
    random_row,
    random_rows,
    with_faiss,
)


def one(entry: int) -> Entries:
    return entries_of([random_row(entry, np.random.default_rng(entry))])


def test_an_edit_shares_the_vectors_of_all_other_entries():
    index = with_faiss(entries_of(random_rows(100)))
    later = index.updated([3], one(10), 1)

    assert later.parts[0].segment is index.parts[0].segment
    assert [part.count for part in later.parts] == [98, 1]


def test_an_edit_of_nothing_shares_everything():
    index = with_faiss(entries_of(random_rows(100)))

    assert index.updated([1, 2], Entries.none(WIDTH), 1).parts == index.parts


def test_many_edits_leave_few_parts_each_more_than_twice_the_next():
    index = with_faiss(entries_of(random_rows(1000)))
    for version in range(300):
        index = index.updated([], one(10_000 + version), version)
        counts = [part.count for part in index.parts]
        assert all(left > 2 * right for left, right in zip(counts, counts[1:], strict=False))
    assert len(index.parts) <= 8
    assert index.parts[0].count == 1000


def test_a_segment_that_is_more_than_half_empty_is_rewritten():
    index = with_faiss(entries_of(random_rows(100)))
    most = index.ids[:49].tolist()

    kept = index.updated(most, Entries.none(WIDTH), 1)
    assert len(kept.parts[0].segment.facts) == 100
    rewritten = kept.updated(index.ids[49:51].tolist(), Entries.none(WIDTH), 2)
    assert len(rewritten.parts[0].segment.facts) == len(rewritten) == 49


def test_entries_of_a_label_lie_side_by_side_by_id():
    facts = with_faiss(entries_of(random_rows(60))).parts[0].segment.facts
    order = list(zip(facts.label_codes.tolist(), facts.ids.tolist(), strict=True))

    assert order == sorted(order)


def test_a_label_is_one_stretch_and_neighbouring_labels_are_joined():
    part = with_faiss(entries_of(random_rows(60))).parts[0]

    assert len(part.stretches(SearchFilter(("A.B", "A.B.C", "A.D")))) == 1
    assert len(part.stretches(SearchFilter(("A.B", "A.D")))) == 2
    assert part.stretches(SearchFilter(LABELS))[0].allowed is None
    assert part.stretches(SearchFilter(LABELS, speaker=0))[0].allowed is not None


def test_parts_gather_into_the_segment_of_a_rebuild():
    rows = random_rows(5000, seed=1)
    index = with_faiss(entries_of(rows[:4000])).updated([], entries_of(rows[4000:]), 1)
    index = index.updated([rows[5].id], Entries.none(WIDTH), 2)

    gathered = Gathered.of(index.parts, WIDTH)
    whole: FaissIndex = with_faiss(entries_of([row for row in rows if row.id != rows[5].id]))

    assert len(index.parts) == 2
    expected = whole.parts[0].segment
    np.testing.assert_array_equal(gathered.facts.ids, expected.facts.ids)
    np.testing.assert_array_equal(
        np.concatenate(list(gathered.vector_blocks())),
        expected.store.rows(np.arange(len(gathered.rows))),
    )
