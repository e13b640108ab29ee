"""Seconds, frames and chunks agree at every border."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.timeline import (
    CHUNK_FRAMES,
    CORPUS_FPS,
    MODEL_FPS,
    WINDOW_CHUNKS,
    WINDOW_FRAMES,
    WINDOW_SECONDS,
    ChunkSpan,
    FrameSpan,
    frames_in,
)

calm = settings(deadline=None)
spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(
    lambda ends: FrameSpan(min(ends), max(ends))
)


@pytest.mark.parametrize("ends", [(-1, 3), (4, 3)])
def test_impossible_spans_are_refused(ends):
    with pytest.raises(ValueError, match="must satisfy"):
        FrameSpan(*ends)


@calm
@given(spans, spans)
def test_spans_overlap_exactly_when_they_share_a_frame(a, b):
    shared = set(range(a.start, a.stop)) & set(range(b.start, b.stop))

    assert a.overlaps(b) == b.overlaps(a) == bool(shared)


@calm
@given(spans, st.integers(0, 300), st.integers(0, 200))
def test_clipping_keeps_exactly_the_frames_inside(span, start, length):
    clipped = span.clipped(start, start + length)
    inside = [i for i in range(span.start, span.stop) if start <= i < start + length]

    assert list(range(clipped.start, clipped.stop)) == inside
    assert start <= clipped.start <= clipped.stop <= start + length


@calm
@given(spans)
def test_the_chunks_of_a_span_are_the_fewest_that_cover_it(span):
    frames = span.chunks.frames

    assert frames.start <= span.start
    assert frames.stop >= span.stop
    if len(span):
        assert span.start - frames.start < CHUNK_FRAMES
        assert frames.stop - span.stop < CHUNK_FRAMES


@calm
@given(st.integers(0, 2000), st.integers(0, 300), st.sampled_from([15, 25, 30, 60]))
def test_whole_frames_are_covered_without_rounding_noise(start, length, fps):
    span = FrameSpan.covering(start / fps, (start + length) / fps, fps)

    assert span == FrameSpan(start, start + length)


def test_covering_takes_every_frame_that_is_touched():
    assert FrameSpan.covering(0.01, 0.99) == FrameSpan(0, MODEL_FPS)
    assert FrameSpan.covering(1.0, 1.0) == FrameSpan(MODEL_FPS, MODEL_FPS)


def test_a_chunk_is_a_second_and_a_window_ten():
    assert ChunkSpan(2, 5).start_seconds == 2.0
    assert ChunkSpan(2, 5).end_seconds == 5.0
    assert ChunkSpan(0, WINDOW_CHUNKS).frames == FrameSpan(0, WINDOW_FRAMES)
    assert WINDOW_SECONDS == 10.0
    assert frames_in(64.097, CORPUS_FPS) == 1923


def test_shifting_keeps_kind_and_length():
    shifted = ChunkSpan(1, 4).shifted(3)

    assert shifted == ChunkSpan(4, 7)
    assert shifted.slice == slice(4, 7)
