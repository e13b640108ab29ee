"""How alike two sentences run."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.alignment import sequence_similarity

texts = st.lists(st.sampled_from("abcde"), max_size=12)


def longest_common(first, second) -> int:
    """The textbook table."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else best
    return table[-1][-1]


@given(texts, texts)
def test_it_is_the_longest_common_subsequence_over_both_lengths(first, second):
    total = len(first) + len(second)
    expected = 2 * longest_common(first, second) / total if total else 0.0

    assert sequence_similarity(first, second) == expected


def test_a_filler_does_not_shift_what_follows():
    plain = ["we", "left", "because", "it", "rained"]

    assert sequence_similarity(plain, ["so", *plain]) > 0.9


def test_the_order_of_words_counts():
    first = ["dogs", "chase", "cats"]

    assert sequence_similarity(first, ["cats", "chase", "dogs"]) < 0.5
