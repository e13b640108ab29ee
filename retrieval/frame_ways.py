"""Ways of laying candidates to the frame: the stroke of each where the query's word wants it.

What is held of an exemplar is its stroke with preparation and retraction; around that it fades into
the motion that the speech itself asks for. Whole chunks only bound what it may touch.
"""

from collections.abc import Iterator

from annotations.types import Held
from motion.timeline import (
    CHUNK_FRAMES,
    MODEL_FPS,
    WINDOW_CHUNKS,
    WINDOW_FRAMES,
    ChunkSpan,
    FrameSpan,
)
from retrieval.context import anchor_seconds
from retrieval.matches import Candidate, Match
from retrieval.options import RetrievalOptions
from retrieval.ways import BEHIND, LAID, TRIMMED, Way

LEAD_SECONDS = 0.12
"""How long before the stressed syllable a stroke is fastest: people's are early (Loehr, 2012)."""
FADE_FRAMES = 9
"""Model frames over which an exemplar comes in and goes out."""
_LOST = 1.2
"""For each second that is wanted of an exemplar and finds no room."""


def frame_ways_of(match: Match, chunks: int, options: RetrievalOptions) -> list[Way]:
    """Every candidate with its stroke on the word, whole and trimmed; best first.

    None leaves the talk's ``chunks``.
    """
    best = max((rival.score.total for rival in match.rivals), default=0.0)
    ways = (
        way
        for rival in match.rivals
        for way in _ways(match, rival, best, FrameSpan(0, chunks * CHUNK_FRAMES), options)
    )
    return sorted(ways, key=lambda way: -way.value)


def _ways(
    match: Match, rival: Candidate, best: float, talk: FrameSpan, options: RetrievalOptions
) -> Iterator[Way]:
    stress, anchor = match.query.stress_seconds, anchor_seconds(rival.exemplar)
    moved = round((stress - LEAD_SECONDS - anchor) * MODEL_FPS)
    stroke, shift = anchor + moved / MODEL_FPS, round(moved / CHUNK_FRAMES)
    first, stop = (
        round(MODEL_FPS * (stroke + reach))
        for reach in (-options.before_seconds, options.after_seconds)
    )
    there = _within(moved, moved + WINDOW_FRAMES, talk)
    held = _within(first, stop, there)
    touched = _within(held.start - FADE_FRAMES, held.stop + FADE_FRAMES, talk).chunks
    worth = LAID * match.query.importance - BEHIND * (best - rival.score.total)
    for target in _runs_holding(int(max(stroke, 0.0)), touched):
        kept = held.clipped(target.frames.start, target.frames.stop)
        known = shift <= target.start and target.stop <= shift + WINDOW_CHUNKS
        if known and len(kept):
            lost = (stop - first - len(kept)) / MODEL_FPS
            shorter = len(touched) - len(target)
            yield Way(
                rival,
                ChunkSpan(target.start - shift, target.stop - shift),
                target,
                stroke - stress,
                worth - _LOST * lost - TRIMMED * shorter,
                delay_frames=moved - CHUNK_FRAMES * shift,
                held=Held(kept, FADE_FRAMES),
            )


def _within(start: int, stop: int, outer: FrameSpan) -> FrameSpan:
    """The frames from ``start``, which may be negative, up to ``stop`` that lie in ``outer``."""
    first = min(max(start, outer.start), outer.stop)
    return FrameSpan(first, max(first, min(stop, outer.stop)))


def _runs_holding(stroke: int, chunks: ChunkSpan) -> Iterator[ChunkSpan]:
    """The chunks that an exemplar touches, and all shorter runs of them that hold its stroke."""
    if len(chunks):
        middle = min(max(stroke, chunks.start), chunks.stop - 1)
        for start in range(chunks.start, middle + 1):
            for stop in range(middle + 1, chunks.stop + 1):
                yield ChunkSpan(start, stop)
