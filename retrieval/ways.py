"""The ways of laying the candidates of one match in whole seconds, and what each is worth.

Where motion is exchanged in whole chunks of one second, an exemplar can move by whole seconds only.
What remains between its stroke and the stressed syllable depends on where in a second its stroke
lies: among a query's kept candidates the one that fits is worth most. The default is finer, see
`retrieval.frame_ways`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from annotations.types import Exemplar, Held
from motion.timeline import WINDOW_CHUNKS, ChunkSpan, FrameSpan
from retrieval.context import anchor_seconds
from retrieval.matches import Candidate, Match
from retrieval.published_placement import AFTER_SECONDS, BEFORE_SECONDS

_PREPARATION_SECONDS = 0.5
"""Least motion before a stroke that makes it readable."""
_REACH_SECONDS = 2.0
"""Motion further than this from the stroke is another gesture."""

# What a way of laying an exemplar is worth; importance of a query is about 1.
LAID = 4.5
BEHIND = 0.35
"""For each point of score that a candidate lies behind the best."""
_LATE, _EARLY = 2.0, 1.0
"""A stroke may come before its syllable sooner than after it."""
TRIMMED, _MUTILATED = 0.15, 0.6


@dataclass(frozen=True)
class Way:
    """One way of laying one candidate of a match."""

    candidate: Candidate
    source: ChunkSpan
    target: ChunkSpan
    offset_seconds: float
    value: float
    repeated: bool = False
    """Whether the same gesture is shown shortly before."""
    delay_frames: int = 0
    held: Held | None = None
    """As `annotations.types.PlacedExemplar` has them."""


def ways_of(match: Match, chunks: int) -> list[Way]:
    """Every candidate at the whole second that brings its stroke nearest, whole and trimmed.

    None leaves the talk's ``chunks``; best first.
    """
    return sorted(_ways(match, chunks), key=lambda way: -way.value)


def _ways(match: Match, chunks: int) -> Iterator[Way]:
    best = max((rival.score.total for rival in match.rivals), default=0.0)
    for rival in match.rivals:
        anchor = anchor_seconds(rival.exemplar)
        shift = round(match.query.stress_seconds - anchor)
        offset = anchor + shift - match.query.stress_seconds
        worth = LAID * match.query.importance - BEHIND * (best - rival.score.total)
        worth -= offset * _LATE if offset > 0 else -offset * _EARLY
        for source in _trimmed(rival.exemplar):
            if source.start + shift >= 0 and source.stop + shift <= chunks:
                value = worth - _trimming_cost(rival.exemplar, source)
                yield Way(rival, source, source.shifted(shift), offset, value)


def source_chunks(exemplar: Exemplar) -> ChunkSpan:
    """The chunks from an exemplar's preparation to its retraction."""
    anchor, focus = anchor_seconds(exemplar), exemplar.annotation.focus
    start = max(min(anchor, focus.start) - BEFORE_SECONDS, anchor - _REACH_SECONDS)
    end = min(max(anchor, focus.end) + AFTER_SECONDS, anchor + _REACH_SECONDS)
    return _covering(start, end)


def _covering(start: float, end: float) -> ChunkSpan:
    frames = FrameSpan.covering(max(start, 0.0), max(end, 0.0))
    return frames.chunks.clipped(0, WINDOW_CHUNKS)


def _trimmed(exemplar: Exemplar) -> Iterator[ChunkSpan]:
    """The exemplar's chunks, and all shorter runs of them that still hold its stroke."""
    whole = source_chunks(exemplar)
    stroke = min(max(int(anchor_seconds(exemplar)), whole.start), whole.stop - 1)
    for start in range(whole.start, stroke + 1):
        for stop in range(stroke + 1, whole.stop + 1):
            yield ChunkSpan(start, stop)


def _trimming_cost(exemplar: Exemplar, source: ChunkSpan) -> float:
    anchor = anchor_seconds(exemplar)
    core = _covering(anchor - _PREPARATION_SECONDS, anchor + AFTER_SECONDS)
    missing = max(source.start - core.start, 0) + max(core.stop - source.stop, 0)
    shortened = len(source_chunks(exemplar)) - len(source)
    outside = anchor - _PREPARATION_SECONDS < 0 or anchor + AFTER_SECONDS > WINDOW_CHUNKS
    return _MUTILATED * (missing + outside) + TRIMMED * max(shortened - missing, 0)
