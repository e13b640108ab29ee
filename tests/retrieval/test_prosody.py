"""Asking by prominence alone: peaks, contours, and what answers."""

from dataclasses import replace

import pytest

from annotations.types import Prominence
from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars, RetrievalOptions
from retrieval.prosody import contour_at, contour_likeness, contour_of, peaks_of
from retrieval.query import moments_of
from retrieval.retriever import Retriever
from speech.transcript import Interval
from tests.retrieval.worlds import LetterEmbedder, StillClip, exemplar, label, relation, talk

PROSODY = RetrievalOptions(method="prosody")
WORDS = "one two three four five six seven eight nine ten eleven twelve"


def spoken(*strengths: float):
    """A talk whose words, half a second each, are as prominent as given."""
    annotated = talk(WORDS)
    tier = zip(annotated.prominences, strengths, strict=False)
    return replace(annotated, prominences=tuple(replace(p, value=s) for p, s in tier))


def rhythm(*strengths: float) -> tuple[Prominence, ...]:
    return tuple(
        Prominence(f"w{i}", Interval(2 + i / 2, 2.45 + i / 2), s) for i, s in enumerate(strengths)
    )


def beat(entry: int, *strengths: float, **fields):
    """A beat whose stroke is with the fourth word of its window."""
    own = label("", "beat", 2.0, 4.0)
    return exemplar(entry, own, 3.6, prominences=rhythm(*strengths), **fields)


def retriever(*exemplars) -> Retriever:
    index = FaissIndex.build(exemplars, LetterEmbedder())
    held = HeldExemplars({each.id: each for each in exemplars})
    return Retriever(index, LetterEmbedder(), held, StillClip)


def test_the_strongest_word_within_a_second_asks():
    annotated = spoken(0.2, 1.6, 2.2, 1.7, 0.1, 0.1, 0.3, 1.4, 0.2, 2.5)

    assert [peak.word for peak in peaks_of(annotated)] == ["three", "ten"]


def test_of_two_equally_strong_words_the_first_asks():
    assert [peak.word for peak in peaks_of(spoken(0.1, 2.0, 2.0, 0.1))] == ["two"]


def test_a_contour_is_the_same_wherever_it_is_spoken():
    early, late = rhythm(0.2, 1.0, 2.5, 0.3), rhythm(0.2, 1.0, 2.5, 0.3)
    late = tuple(replace(p, interval=p.interval.shifted(40.0)) for p in late)

    first, second = contour_at(early, 3.2), contour_at(late, 43.2)

    assert first == pytest.approx(second)
    assert contour_likeness(first, second) == pytest.approx(1.0)


def test_contours_are_less_alike_the_more_they_differ():
    asked = contour_at(rhythm(0.2, 0.3, 2.5, 0.3, 0.2), 3.2)
    near = contour_at(rhythm(0.3, 0.5, 2.2, 0.3, 0.2), 3.2)
    far = contour_at(rhythm(2.5, 2.5, 2.2, 2.4, 2.5), 3.2)

    assert 1.0 > contour_likeness(asked, near) > contour_likeness(asked, far) >= 0.0


def test_no_prominence_no_likeness():
    assert contour_at((), 3.0) == ()
    assert contour_likeness((), contour_at(rhythm(1.0), 2.2)) == 0.0


def test_an_exemplars_contour_is_around_the_word_of_its_stroke():
    entry = beat(1, 0.1, 0.2, 0.1, 2.4, 0.2)

    assert contour_of(entry, 3.6) == contour_at(entry.window.prominences, 3.5 + 0.4 * 0.45)


def test_the_beat_with_the_likest_rise_and_fall_answers():
    annotated = spoken(0.1, 0.1, 0.2, 2.4, 0.2, 0.1, 0.1)
    alone, crowd = beat(1, 0.1, 0.1, 0.2, 2.4, 0.2, 0.1), beat(2, 2.3, 2.4, 2.3, 2.4, 2.3, 2.4)
    other = beat(3, 0.0, 2.4, 0.0, 2.4, 0.0, 2.4)

    (match,) = retriever(crowd, other, alone).retrieve(annotated, 0, PROSODY)

    assert match.query.annotation.word == "four"
    assert match.exemplar.id == 1
    assert "prominence rises and falls alike" in match.reason
    terms = {term.name: term.value for term in match.score.terms}
    assert "context" not in terms
    assert terms["contour"] > 3.0


def test_without_beats_gestures_that_say_little_answer_and_the_placement_says_so():
    annotated = spoken(0.1, 0.1, 0.2, 2.4)
    light = [
        exemplar(i, relation("and", "Expansion.Conjunction", 3.5), 3.6, prominences=rhythm(1.0))
        for i in (1, 2, 3)
    ]
    world = retriever(*light, exemplar(9, label("throw", "iconic", 3.5), 3.6))

    (match,) = matches = world.retrieve(annotated, 0, PROSODY)

    assert match.exemplar.id in (1, 2, 3)
    assert "no beats" in match.reason
    assert any("no beats" in note for note in world.place(matches, annotated, PROSODY).notes)


def test_auto_mixes_what_asks_and_meaning_goes_before_prosody():
    annotated = replace(
        spoken(0.1, 0.2, 2.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 2.2, 0.1),
        relations=(relation("two", "Comparison.Contrast", 0.5),),
    )

    assert [q.method for q in moments_of(annotated, 0, RetrievalOptions()).queries] == ["discourse"]
    moments = moments_of(annotated, 0, RetrievalOptions(fill_with_prosody=True))

    assert [query.method for query in moments.queries] == ["discourse", "prosody"]
    assert moments.queries[1].contour
    assert moments.dropped[0].query.method == "prosody"
    assert '"two"' in moments.dropped[0].reason


@pytest.mark.parametrize("published", [{"scorer": "published"}, {"placement": "published"}])
def test_prosody_has_no_part_in_what_was_published(published):
    moments = moments_of(spoken(0.1, 2.4), 0, RetrievalOptions(**published))

    assert moments.queries == ()


def test_prosody_with_the_published_scorer_is_refused():
    with pytest.raises(ValueError, match="method must be one of .* found prosody"):
        RetrievalOptions(method="prosody", scorer="published")
