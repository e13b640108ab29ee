"""Placement: strokes on words, nothing over another, nothing outside."""

from hypothesis import given, settings
from hypothesis import strategies as st

from motion.timeline import MODEL_FPS, ChunkSpan
from retrieval.context import anchor_seconds
from retrieval.frame_ways import LEAD_SECONDS
from retrieval.matches import Candidate, Match, Query, RetrievalOptions, Score, Term
from retrieval.placement import place
from retrieval.ways import source_chunks
from tests.retrieval.worlds import StillClip, exemplar, label, talk

OPTIONS = RetrievalOptions()
WHOLE = RetrievalOptions(placement="whole_seconds")
A_FRAME = 1 / MODEL_FPS


def match(stress: float, *candidates: Candidate, importance: float = 1.0) -> Match:
    own = label("word", "iconic", max(stress - 0.2, 0.0))
    query = Query(own, "", 0, stress, None, importance)
    best = candidates[0]
    return Match(query, best.exemplar, best.score, 1, candidates, best.score.reason)


def candidate(
    entry: int, stroke: float | None, score: float = 5.0, start: float = 4.0
) -> Candidate:
    return Candidate(
        exemplar(entry, label(f"w{entry}", "iconic", start), stroke),
        Score.of(Term("label", score, "both are iconic")),
    )


def placed(matches: list[Match], seconds: float, options: RetrievalOptions = OPTIONS):
    return place(matches, talk("", seconds=seconds), StillClip, options)


candidates = st.builds(
    lambda entry, start, lead, known, score: candidate(
        entry, min(max(start + lead, 0.0), 9.99) if known else None, score, start
    ),
    st.integers(0, 30),
    st.floats(0, 9.5),
    st.floats(-0.6, 0.9),
    st.booleans(),
    st.floats(1, 9),
)


@settings(deadline=None, max_examples=60)
@given(
    talks=st.floats(0.3, 90).flatmap(
        lambda seconds: st.tuples(
            st.just(seconds),
            st.lists(
                st.tuples(
                    st.floats(0, seconds),
                    st.lists(candidates, min_size=1, max_size=4, unique_by=lambda c: c.exemplar.id),
                    st.floats(0.1, 2),
                ),
                max_size=12,
            ),
        )
    ),
    rule=st.sampled_from(["default", "whole_seconds", "published"]),
    gap=st.integers(0, 3),
)
def test_nothing_overlaps_everything_is_inside_and_nothing_is_lost(talks, rule, gap):
    seconds, queries = talks
    matches = [match(t, *own, importance=weight) for t, own, weight in queries]

    found = placed(matches, seconds, RetrievalOptions(placement=rule, minimum_gap_chunks=gap))

    end = 0
    for one in found.placed:
        assert end <= one.target.start < one.target.stop <= seconds + 1
        assert len(one.source) == len(one.target)
        assert one.source.stop <= 10
        end = one.target.stop + (0 if rule == "published" else gap)
    assert all(dropped.reason for dropped in found.dropped)
    assert len(found.placed) + len(found.dropped) == len(matches)
    assert [landing.placed for landing in found.landings] == list(found.placed)
    if rule == "whole_seconds":
        assert all(abs(landing.offset_seconds) <= 0.5 + 1e-9 for landing in found.landings)
        assert all(stroke_is_inside(landing) for landing in found.landings)
    if rule == "default":
        early = [landing.offset_seconds + LEAD_SECONDS for landing in found.landings]
        assert all(abs(each) <= A_FRAME / 2 + 1e-9 for each in early)
        assert all(one.source_seconds >= 0.0 for one in found.placed)
        assert all(shown_until(one) <= 10.0 + 1e-9 for one in found.placed)


def shown_until(placed_exemplar) -> float:
    """Where in its window what is held of an exemplar ends, in seconds."""
    one = placed_exemplar
    return one.source_seconds + one.end_seconds - one.start_seconds


def stroke_is_inside(landing) -> bool:
    source = landing.placed.source
    return source.start <= anchor_seconds(landing.match.exemplar) <= source.stop


def test_the_stroke_lands_where_the_offset_says():
    found = placed([match(17.3, candidate(1, 4.4))], 30).landings[0]

    one = found.placed
    assert abs(4.4 + one.start_seconds - one.source_seconds - 17.3 - found.offset_seconds) < 1e-9
    assert abs(found.offset_seconds + LEAD_SECONDS) < A_FRAME


def test_what_is_held_goes_from_before_the_stroke_to_behind_it_and_fades_inside_the_target():
    options = RetrievalOptions(before_seconds=0.6, after_seconds=0.4)

    one = placed([match(17.3, candidate(1, 4.4))], 30, options).placed[0]

    stroke = 4.4 + one.start_seconds - one.source_seconds
    assert abs(one.start_seconds - (stroke - 0.6)) < A_FRAME
    assert abs(one.end_seconds - (stroke + 0.4)) < A_FRAME
    assert one.target.frames.start <= one.frames.start - one.held.fade_frames
    assert one.frames.stop + one.held.fade_frames <= one.target.frames.stop


def test_nothing_is_held_for_which_the_exemplar_has_no_motion():
    one = placed([match(17.3, candidate(1, 0.2, start=0.1))], 30).placed[0]

    assert 0.0 <= one.source_seconds < A_FRAME


def test_in_whole_seconds_the_stroke_lands_where_the_offset_says():
    found = placed([match(17.3, candidate(1, 4.4))], 30, WHOLE).landings[0]

    shift = found.placed.target.start - found.placed.source.start
    assert abs(4.4 + shift - 17.3 - found.offset_seconds) < 1e-9
    assert abs(found.offset_seconds) < 0.11


def test_a_candidate_whose_stroke_fits_the_grid_beats_a_slightly_better_one():
    early, fitting = candidate(1, 4.85, score=5.0), candidate(2, 4.3, score=4.8)

    assert placed([match(17.3, early, fitting)], 30).landings[0].match.exemplar.id == 1
    found = placed([match(17.3, early, fitting)], 30, WHOLE).landings[0]
    assert found.match.exemplar.id == 2
    assert found.match.rank == 2
    assert "number 2 of 2" in found.match.reason
    assert "the best one's 0.45 s" in found.match.reason


def test_a_much_better_candidate_is_worth_a_little_lateness():
    found = placed([match(17.3, candidate(1, 4.5), candidate(2, 4.3, score=1.0))], 30).landings[0]

    assert found.match.exemplar.id == 1


def test_neighbours_are_trimmed_rather_than_pushed_off_their_words():
    matches = [match(10.4, candidate(1, 4.4)), match(12.4, candidate(2, 5.4, start=5.2))]

    found = placed(matches, 30)

    assert len(found.placed) == 2
    assert max(abs(landing.offset_seconds) for landing in found.landings) < 0.2


def test_where_there_is_room_for_one_the_important_one_stays_and_the_other_is_told_why():
    matches = [
        match(10.3, candidate(1, 4.3), importance=0.5),
        match(10.6, candidate(2, 4.6), importance=2.0),
    ]

    found = placed(matches, 30)

    assert [landing.match.exemplar.id for landing in found.landings] == [2]
    assert "no room" in found.dropped[0].reason


def test_a_gesture_is_not_shown_again_at_once_where_there_is_another():
    repeated, other = candidate(1, 4.4, score=5.0), candidate(2, 4.4, score=4.5)
    matches = [match(t, repeated, other) for t in (8.4, 14.4)]

    found = placed(matches, 30)

    assert [landing.match.exemplar.id for landing in found.landings] == [1, 2]
    assert "less than a minute before" in found.landings[1].match.reason


def test_the_source_covers_preparation_to_retraction():
    entry = candidate(1, 4.4, start=4.2).exemplar

    assert source_chunks(entry) == ChunkSpan(3, 5)


def test_a_talk_shorter_than_a_chunk_takes_an_exemplar_of_one_chunk():
    found = placed([match(0.2, candidate(1, 4.2))], 0.4)

    assert found.placed[0].target == ChunkSpan(0, 1)


def test_a_stroke_across_two_windows_of_the_denoiser_is_allowed():
    found = placed([match(9.1, candidate(1, 4.1))], 30)

    assert found.placed[0].target.overlaps(ChunkSpan(9, 10))


def test_an_hour_is_placed_in_seconds():
    matches = [
        match(3.0 * i + 0.37 * (i % 3), *(candidate(i % 40 * 5 + j, 4 + j / 5) for j in range(5)))
        for i in range(1200)
    ]

    found = placed(matches, 3600)

    assert len(found.placed) > 1000


def test_insertions_keep_their_gap_and_what_finds_no_room_is_told_why():
    matches = [match(t, candidate(i, 4.4)) for i, t in enumerate((10.4, 13.4, 16.4))]

    near = placed(matches, 30, RetrievalOptions(minimum_gap_chunks=0))
    far = placed(matches, 30, RetrievalOptions(minimum_gap_chunks=5))

    assert len(near.placed) == 3
    assert [one.target.start for one in far.placed] == [8, 16]
    assert "5 s stay free around it" in far.dropped[0].reason


def test_a_gesture_whose_score_says_that_it_was_shown_is_not_charged_twice():
    stale = Score.of(Term("label", 5.0, "both are iconic"), Term("recent", -0.2, "shown before"))
    first = candidate(1, 4.4)
    matches = [
        match(8.4, first),
        match(14.4, Candidate(first.exemplar, stale), candidate(2, 4.4, 4.0)),
    ]

    found = placed(matches, 30)

    assert [landing.match.exemplar.id for landing in found.landings] == [1, 1]
