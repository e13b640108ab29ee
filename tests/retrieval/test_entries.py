"""Entries that no index could answer for are refused by name."""

import numpy as np
import pytest

from retrieval.entries import Entries, EntryFacts

TWO = np.eye(2, dtype=np.float32)


def test_entries_are_sorted_by_id_with_all_that_belongs_to_them():
    entries = Entries.of(
        [5, 2], ["b", "a"], TWO, numbers=[3, 4], speakers=[7, 8], recordings=["y", "x"]
    )

    assert entries.ids.tolist() == [2, 5]
    assert entries.numbers.tolist() == [4, 3]
    assert [entries.labels[code] for code in entries.label_codes] == ["a", "b"]
    assert entries.speakers.tolist() == [8, 7]
    assert [entries.recordings[code] for code in entries.recording_codes] == ["x", "y"]
    assert entries.vectors.tolist() == [[0, 1], [1, 0]]


def test_an_id_may_not_repeat():
    with pytest.raises(ValueError, match="ids repeat: 1;"):
        Entries.of([1, 1], ["a", "a"], TWO)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 2e9, -2e9])
def test_a_number_that_is_not_finite_is_refused_with_its_entry_and_place(number):
    vectors = np.zeros((5000, 2), np.float32)
    vectors[4321, 1] = number

    with pytest.raises(ValueError, match="vector of entry 4321 holds .* at number 1"):
        Entries.of(range(5000), ["a"] * 5000, vectors)


def test_columns_of_other_lengths_are_refused_by_name():
    with pytest.raises(ValueError, match="2 ids but 1 labels"):
        Entries.of([1, 2], ["a"], TWO)
    with pytest.raises(ValueError, match="2 ids but 3 speakers"):
        Entries.of([1, 2], ["a", "b"], TWO, speakers=[0, 0, 0])
    with pytest.raises(ValueError, match="2 ids but 1 vectors"):
        Entries.of([1, 2], ["a", "b"], TWO[:1])


def test_columns_as_they_come_from_a_table_are_checked_too():
    two, codes, names = np.array([1, 2]), np.zeros(2, np.int32), ("a",)
    speakers = np.zeros(2, np.int16)

    with pytest.raises(ValueError, match="ids must ascend, found 2 before 1"):
        Entries(two[::-1], two, names, codes, speakers, names, codes, TWO)
    with pytest.raises(ValueError, match=r"label codes must lie in 0..0, found 0..1"):
        Entries(two, two, names, np.array([0, 1], np.int32), speakers, names, codes, TWO)
    with pytest.raises(ValueError, match="float32 of shape"):
        Entries(two, two, names, codes, speakers, names, codes, TWO.astype(np.float64))
    with pytest.raises(ValueError, match="2 ids but"):
        Entries(two, two[:1], names, codes, speakers, names, codes, TWO)


def test_groups_with_different_names_join_under_common_ones():
    left = Entries.of([1, 2], ["b", "a"], TWO, recordings=["r", "s"])
    right = Entries.of([3, 4], ["c", "a"], TWO, recordings=["s", "q"])

    joined = EntryFacts.joined([left, right])

    assert joined.labels == ("a", "b", "c")
    assert [joined.labels[code] for code in joined.label_codes] == ["b", "a", "c", "a"]
    assert [joined.recordings[code] for code in joined.recording_codes] == ["r", "s", "s", "q"]
    assert len(EntryFacts.joined([])) == 0
