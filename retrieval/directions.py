"""Words that hands show along an axis, and whether two of them lie at the same end of it.

Embeddings put opposites side by side, since they are said in the same places ("here", "there");
hands move apart for them. The axes are those along which spatial, size and quantity gestures are
commonly described (McNeill, "Hand and Mind", 1992; Lakoff and Johnson's orientations).
"""

from enum import Enum
from functools import lru_cache

from retrieval.context import key_word
from retrieval.words import bases

_AXES: tuple[tuple[str, str], ...] = (
    (
        "big large huge enormous giant gigantic massive vast immense great",
        "small little tiny minute miniature wee",
    ),
    ("wide broad thick fat", "narrow thin slim slender"),
    ("long", "short brief"),
    ("high tall", "low"),
    ("deep", "shallow"),
    ("here nearby near close now today", "there far away distant yonder"),
    ("up upwards above over top upstairs", "down downwards below under bottom downstairs"),
    (
        "rise increase grow climb raise lift more higher bigger gain improve",
        "fall decrease shrink drop lower reduce sink less fewer smaller decline",
    ),
    ("left", "right"),
    ("front forward forwards ahead", "back backward backwards behind"),
    ("in inside into inner inwards enter", "out outside outer outwards exit leave"),
    ("open spread expand", "close shut"),
    (
        "all every everything everyone everybody whole entire everywhere always complete",
        "none nothing nobody nowhere never zero empty",
    ),
    ("many much lots plenty several", "few hardly scarcely"),
    ("begin start first open", "end finish stop last over"),
    ("push give throw send", "pull take catch receive"),
    ("together join unite combine connect", "apart separate split divide part break"),
    ("fast quick quickly rapid rapidly", "slow slowly gradual gradually"),
    ("i me my mine myself we us our", "you your yours yourself"),
)


class Direction(Enum):
    """How two words lie to each other."""

    SAME = "same"
    OPPOSITE = "opposite"
    UNRELATED = "unrelated"


@lru_cache(maxsize=1 << 14)
def directed(first: str, second: str) -> Direction:
    """Whether two words or phrases point the same way, opposite ways, or along no common axis."""
    one, other = ends_of(first), ends_of(second)
    if not one.isdisjoint(other):
        return Direction.SAME
    opposite = {(axis, not end) for axis, end in one}
    return Direction.UNRELATED if opposite.isdisjoint(other) else Direction.OPPOSITE


def ends_of(text: str) -> frozenset[tuple[int, bool]]:
    """The ends of axes that the words of a phrase name."""
    return frozenset(
        end
        for word in key_word(text).split()
        for base in bases(word)
        for end in _ENDS.get(base, ())
    )


def _ends() -> dict[str, tuple[tuple[int, bool], ...]]:
    found: dict[str, tuple[tuple[int, bool], ...]] = {}
    for number, axis in enumerate(_AXES):
        for end, words in zip((True, False), axis, strict=True):
            for word in words.split():
                found[word] = (*found.get(word, ()), (number, end))
    return found


_ENDS = _ends()
