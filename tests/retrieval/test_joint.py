"""The joint choice of ways."""

from hypothesis import given, settings
from hypothesis import strategies as st

from motion.timeline import ChunkSpan
from retrieval.joint import best_ways
from retrieval.matches import Candidate, Score
from retrieval.ways import Way
from tests.retrieval.worlds import exemplar, label


def way(start: int, length: int, value: float) -> Way:
    candidate = Candidate(exemplar(1, label("w", "iconic", 4.0), 4.1), Score(1.0, ()))
    return Way(candidate, ChunkSpan(0, length), ChunkSpan(start, start + length), 0.0, value)


@st.composite
def queries(draw):
    """Ways of up to six queries that come one after another."""
    at, found = 0, []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 3))
        found.append(
            [
                way(at + draw(st.integers(0, 2)), draw(st.integers(1, 3)), draw(values))
                for _ in range(draw(st.integers(0, 4)))
            ]
        )
    return found


values = st.floats(-1.0, 6.0)


def total(choices) -> float:
    return sum(way.value for way in choices if way)


def fits(way: Way, end: int | None, gap: int) -> bool:
    return end is None or way.target.start >= end + gap


def greedy(ways, gap: int) -> float:
    """What taking the best way that fits, query by query, is worth."""
    end, worth = None, 0.0
    for own in ways:
        able = [each for each in own if each.value > 0 and fits(each, end, gap)]
        if able:
            best = max(able, key=lambda each: each.value)
            end, worth = best.target.stop, worth + best.value
    return worth


def exhaustive(ways, gap: int, end: int | None = None) -> float:
    """The best of all choices, by trying them."""
    if not ways:
        return 0.0
    taken = [
        each.value + exhaustive(ways[1:], gap, each.target.stop)
        for each in ways[0]
        if fits(each, end, gap)
    ]
    return max([exhaustive(ways[1:], gap, end), *taken])


@settings(deadline=None, max_examples=150)
@given(queries(), st.integers(0, 2))
def test_no_other_choice_is_worth_more_and_none_comes_too_near(ways, gap):
    choices = best_ways(ways, gap)

    assert len(choices) == len(ways)
    end = None
    for own, chosen in zip(ways, choices, strict=True):
        if chosen:
            assert chosen in own
            assert fits(chosen, end, gap)
            end = chosen.target.stop
    assert total(choices) >= greedy(ways, gap) - 1e-9
    assert abs(total(choices) - exhaustive(ways, gap)) < 1e-9


def test_a_way_worth_nothing_is_not_taken():
    assert best_ways([[way(0, 1, 0.0)], [way(3, 1, -0.5)]]) == [None, None]
