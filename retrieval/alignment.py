"""How alike two sentences run, word by word in their order."""

from collections.abc import Sequence


def sequence_similarity(first: Sequence[str], second: Sequence[str]) -> float:
    """Twice the longest common subsequence over both lengths: 0 for nothing shared, 1 for equal.

    Words in between may be left out on either side, so that a filler or another adjective does
    not shift all that follows, as it does where texts are compared place by place.
    """
    total = len(first) + len(second)
    return 2.0 * _longest_common(first, second) / total if total else 0.0


def _longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of the table in the bits of one integer.

    H. Hyyro, "Bit-parallel LCS-length computation revisited" (2004).
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    everything = (1 << len(first)) - 1
    row = everything
    for word in second:
        matching = row & places.get(word, 0)
        row = ((row + matching) | (row - matching)) & everything
    return len(first) - row.bit_count()
