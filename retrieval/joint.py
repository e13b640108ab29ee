"""The joint choice: the ways, one a query, that are together worth most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.ways import Way

Choice = Way | None


@dataclass(frozen=True)
class _Chain:
    """Choices up to a query, linked backwards."""

    value: float
    way: Choice
    before: "_Chain | None"


def best_ways(ways: Sequence[Sequence[Way]], gap: int = 0) -> list[Choice]:
    """The ways of largest total value, at most one a query, in query order.

    None overlaps another, each begins at least ``gap`` chunks behind the one before, and a way
    worth nothing is not taken. Exact dynamic programming over the end of what is laid so far. An
    end before anything that is still to come counts as the earliest start to come, so only a few
    ends are ever open.
    """
    floors = _earliest_starts(ways)
    open_ends: dict[int, _Chain] = {0: _Chain(0.0, None, None)}
    for own, floor in zip(ways, floors[1:], strict=True):
        following: dict[int, _Chain] = {}
        for end, chain in open_ends.items():
            for link in _continued(chain, end, own):
                stop = max(link.way.target.stop + gap if link.way else end, floor)
                if stop not in following or link.value > following[stop].value:
                    following[stop] = link
        open_ends = following
    chain = max(open_ends.values(), key=lambda chain: chain.value)
    chosen: list[Choice] = []
    while chain.before is not None:
        chosen.append(chain.way)
        chain = chain.before
    return chosen[::-1]


def _continued(chain: _Chain, end: int, ways: Sequence[Way]) -> Iterator[_Chain]:
    """The chain without this query, and with each way that begins at or after ``end``."""
    yield _Chain(chain.value, None, chain)
    for way in ways:
        if way.target.start >= end and way.value > 0.0:
            yield _Chain(chain.value + way.value, way, chain)


def _earliest_starts(ways: Sequence[Sequence[Way]]) -> list[int]:
    """For each place in the order, the first chunk that anything from there on can begin at."""
    starts = [0] * (len(ways) + 1)
    earliest: int | None = None
    for position in range(len(ways) - 1, -1, -1):
        near = [way.target.start for way in ways[position]]
        earliest = min([*near, *([] if earliest is None else [earliest])], default=None)
        starts[position] = earliest or 0
    return starts
