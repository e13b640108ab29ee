"""The published placement rule of RAG-Gesture (CVPR 2025), for one window and for a whole talk."""

from collections.abc import Sequence
from dataclasses import dataclass

from motion.timeline import (
    CHUNK_FRAMES,
    MODEL_FPS,
    OVERLAP_FRAMES,
    WINDOW_CHUNKS,
    WINDOW_FRAMES,
    WINDOW_SECONDS,
    ChunkSpan,
)
from retrieval.published import Method

BEFORE_SECONDS = 0.666
AFTER_SECONDS = 0.333
_LONG_SECONDS = 0.9
_LONG_BEFORE_SECONDS, _LONG_AFTER_SECONDS = 0.2, 0.1
HOP_CHUNKS = WINDOW_CHUNKS - OVERLAP_FRAMES // CHUNK_FRAMES
"""Windows of a long talk start this many chunks apart."""


@dataclass(frozen=True)
class Span:
    """A time span of a window that may end before it starts: such a query is skipped."""

    start: float
    end: float


@dataclass(frozen=True)
class PublishedPlace:
    """Which chunks of the exemplar's window go where in the query's."""

    source: ChunkSpan
    target: ChunkSpan


def place_one(
    query: Span, retrieved: Span, method: Method, occupied: int = 0
) -> PublishedPlace | None:
    """Chunks for one query; ``None`` where it is reversed or finds no room.

    ``occupied`` is the end of the insertion before: nothing is laid over it.
    """
    first, last = _frame(query.start), _frame(query.end)
    if last < first:
        return None
    source = _widened_chunks(retrieved, method)
    length = len(source)
    start = (first + last) // 2 // CHUNK_FRAMES - _half(length)
    start = max(min(start, WINDOW_CHUNKS - length), 0)
    if start < occupied:
        start = occupied
        length = min(length, WINDOW_CHUNKS - start)
    if length <= 0:
        return None
    return PublishedPlace(
        ChunkSpan(source.start, source.start + length), ChunkSpan(start, start + length)
    )


def _half(length: int) -> int:
    """Chunks before the middle one: even and odd lengths differ as published."""
    if length <= 2:
        return 0
    return length // 2 if length % 2 == 0 else length // 2 + 1


def _frame(seconds: float) -> int:
    return int(MODEL_FPS * min(max(seconds, 0.0), WINDOW_SECONDS))


def _widened_chunks(retrieved: Span, method: Method) -> ChunkSpan:
    """The span with its preparation and retraction, rounded outward to whole chunks."""
    long = method != "discourse" and retrieved.end - retrieved.start > _LONG_SECONDS
    before = _LONG_BEFORE_SECONDS if long else BEFORE_SECONDS
    after = _LONG_AFTER_SECONDS if long else AFTER_SECONDS
    first, last = _frame(retrieved.start - before), _frame(retrieved.end + after)
    if last == WINDOW_FRAMES:
        first, last = max(first - 1, 0), last - 1
    return ChunkSpan(min(first, last) // CHUNK_FRAMES, last // CHUNK_FRAMES + 1)


def place_window(
    points: Sequence[tuple[Span, Span]], method: Method
) -> tuple[PublishedPlace | None, ...]:
    """Places of (query, retrieved) spans in one window, in the order given."""
    occupied = 0
    places = []
    for query, retrieved in points:
        place = place_one(query, retrieved, method, occupied)
        occupied = place.target.stop if place else occupied
        places.append(place)
    return tuple(places)


def place_in_talk(
    points: Sequence[tuple[Span, Span, Method]], chunks: int
) -> tuple[PublishedPlace | None, ...]:
    """Places of (query, retrieved, method) on a talk of ``chunks`` chunks, by its windows.

    Each query is laid by the rule of the window it is in, behind whatever came before; what would
    stick out of the talk is cut.
    """
    windows = 1 + max(0, -(-(chunks - WINDOW_CHUNKS) // HOP_CHUNKS))
    occupied = 0
    places = []
    for query, retrieved, method in points:
        middle = max((query.start + query.end) / 2, 0.0)
        first = HOP_CHUNKS * min(int(middle // HOP_CHUNKS), windows - 1)
        local = Span(query.start - first, query.end - first)
        place = place_one(local, retrieved, method, max(occupied - first, 0))
        cut = _moved(place, first, chunks) if place else None
        occupied = cut.target.stop if cut else occupied
        places.append(cut)
    return tuple(places)


def _moved(place: PublishedPlace, first: int, chunks: int) -> PublishedPlace | None:
    target = place.target.shifted(first).clipped(0, chunks)
    if len(target) == 0:
        return None
    return PublishedPlace(ChunkSpan(place.source.start, place.source.start + len(target)), target)
