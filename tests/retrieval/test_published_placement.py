"""The published placement against the released code's own answers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from motion.parts import PARTS, Part
from motion.timeline import CHUNK_FRAMES
from retrieval.published_placement import PublishedPlace, Span, place_in_talk, place_window
from tests.parity import load_json

spans = st.tuples(st.floats(-1, 60), st.floats(0, 5)).map(lambda p: Span(p[0], p[0] + p[1]))
sources = st.tuples(st.floats(0, 10), st.floats(0, 4)).map(
    lambda p: Span(p[0], min(p[0] + p[1], 10.0))
)


def test_parity_every_case_is_placed_as_published():
    golden = load_json("placement")
    for case in golden["cases"]:
        points = [(Span(*p["query"][2:]), Span(*p["retrieved"][2:])) for p in case["points"]]
        found = place_window(points, case["method"])
        placed = [(str(i), place) for i, place in enumerate(found) if place]
        samples = [case["points"][int(i)]["sample"] for i, _ in placed]
        places = [place for _, place in placed]
        assert windows(placed, "source") == case["retrieved_windows"], case["tag"]
        assert windows(placed, "target") == case["query_windows"], case["tag"]
        inserted = tokens(places, (Part.UPPER, Part.HANDS), golden["latent_windows"])
        assert [row[0] for row in inserted] == case["guided_tokens"], case["tag"]
        everywhere = tokens(places, PARTS, golden["latent_windows"])
        assert [row[0] for row in everywhere] == case["occupied_tokens"], case["tag"]
        origins = [[target, samples[place], source] for target, place, source in inserted]
        assert origins == case["token_sources"], case["tag"]
        assert runs(places, samples) == case["frame_runs"], case["tag"]


def windows(placed: list[tuple[str, PublishedPlace]], which: str) -> dict[str, list[int]]:
    return {i: [getattr(p, which).start, getattr(p, which).stop] for i, p in placed}


def tokens(
    places: list[PublishedPlace], parts: tuple[Part, ...], chunks: int
) -> list[tuple[int, int, int]]:
    """Rows (target token, number of the place, source token), parts laid end to end."""
    rows = []
    for part in parts:
        first = PARTS.index(part) * (chunks + 1)
        for number, place in enumerate(places):
            for offset in range(len(place.target)):
                target, source = place.target.start + offset, place.source.start + offset
                rows.append((first + target, number, first + source))
    return sorted(rows)


def runs(places: list[PublishedPlace], samples: list[int]) -> list[list[int]]:
    return sorted(
        [
            place.target.start * CHUNK_FRAMES,
            sample,
            place.source.start * CHUNK_FRAMES,
            len(place.target) * CHUNK_FRAMES,
        ]
        for place, sample in zip(places, samples, strict=True)
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(spans, sources), max_size=12), st.integers(1, 60))
def test_on_a_long_talk_published_places_never_overlap_and_stay_inside(points, chunks):
    ordered = sorted(points, key=lambda point: point[0].start)
    found = place_in_talk([(q, r, "discourse") for q, r in ordered], chunks)

    end = 0
    for place in found:
        if place is not None:
            assert end <= place.target.start < place.target.stop <= chunks
            assert len(place.source) == len(place.target)
            assert place.source.stop <= 10
            end = place.target.stop
