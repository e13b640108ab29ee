"""The default score, term by term."""

from dataclasses import replace

import pytest

from annotations.types import Prominence
from retrieval.matches import Query, Score, Shown
from retrieval.scoring import Asked, Entry, Likeness, default_score, sentence_words
from retrieval.weights import Weights
from speech.transcript import Interval
from tests.retrieval.worlds import exemplar, label, relation

WEIGHTS = Weights()
CONTRAST = "Comparison.Contrast"
ALIKE = Likeness(0.5, 0.5, 0.0, None)


def scored(word: str, found, *shown: Shown, text: str = "", seconds: float = 100.0) -> Score:
    own = relation(word, CONTRAST, seconds)
    query = Query(own, text, 0, seconds, method="discourse")
    asked = Asked(query, sentence_words(text), shown)
    return default_score(asked, Entry.of(found), ALIKE, WEIGHTS)


def contrast(word: str, **fields):
    return exemplar(1, relation(word, CONTRAST, 4.0), 4.1, **fields)


def value(score: Score, name: str) -> float:
    return sum(term.value for term in score.terms if term.name == name)


def test_the_same_connective_counts_most_then_its_family_then_any_other():
    same, family, other = (
        value(scored("on the other hand", contrast(word)), "word")
        for word in ("On the other hand,", "by contrast", "whereas")
    )

    assert same == pytest.approx(family + WEIGHTS.same_word - WEIGHTS.same_family)
    assert family == pytest.approx(other + WEIGHTS.same_family)


def test_sentences_that_run_alike_count_more():
    entry = contrast("but", text="it was cheap but it was slow and we left early")
    text = "the train was cheap but it was slow"

    assert value(scored("but", entry, text=text), "text") > 0.4
    assert value(scored("but", entry, text="nothing of the kind"), "text") < 0.2


def test_every_quality_flag_costs_and_is_named():
    clean = scored("but", contrast("but"))
    flagged = scored(
        "but", replace(contrast("but"), quality=("still_hands", "short_motion", "arms_cross"))
    )

    cost = WEIGHTS.still_hands + WEIGHTS.short_motion + WEIGHTS.curator_flag
    assert flagged.total == pytest.approx(clean.total - cost)
    assert "marked arms_cross" in flagged.reason


def test_a_gesture_shown_just_now_costs_less_the_longer_ago():
    entry = contrast("but", recording="a", start_seconds=30.0)
    now, before, long_ago = (
        value(scored("but", entry, Shown("a", 34.0, seconds)), "recent")
        for seconds in (100.0, 70.0, 30.0)
    )

    assert now == pytest.approx(-WEIGHTS.recent)
    assert before == pytest.approx(-WEIGHTS.recent / 2)
    assert long_ago == 0.0


def test_another_gesture_of_the_same_recording_is_fresh():
    entry = contrast("but", recording="a")

    assert value(scored("but", entry, Shown("a", 9.0, 99.0)), "recent") == 0.0


@pytest.mark.parametrize(("stroke", "share"), [(4.1, 1.0), (3.8, 1.0), (4.8, 0.0), (3.0, 0.0)])
def test_a_stroke_far_from_its_own_word_counts_nothing(stroke, share):
    found = replace(contrast("but"), stroke_seconds=stroke)

    assert value(scored("but", found), "stroke") == pytest.approx(share * WEIGHTS.stroke)


def test_without_a_stroke_there_is_no_term_for_it():
    found = replace(contrast("but"), stroke_seconds=None)

    assert value(scored("but", found), "stroke") == 0.0


def test_families_are_for_connectives_only():
    found = exemplar(1, label("by contrast", "metaphoric", 4.0), 4.1)

    assert value(scored("on the other hand", found), "word") == pytest.approx(0.5 * WEIGHTS.word)


@pytest.mark.parametrize(
    ("found", "extra"), [("enormous", WEIGHTS.same_family), ("tiny", -WEIGHTS.opposite), ("old", 0)]
)
def test_a_word_that_points_the_other_way_costs_what_its_likeness_earns(found, extra):
    asked = Asked(Query(label("huge", "metaphoric", 9.0), "", 0, 9.0), ())
    entry = Entry.of(exemplar(1, label(found, "metaphoric", 4.0), 4.1))

    score = default_score(asked, entry, ALIKE, WEIGHTS)

    assert value(score, "word") == pytest.approx(0.5 * WEIGHTS.word + extra)


def beside(word: str, strength: float, start: float) -> tuple[Prominence, ...]:
    """The word "but" at 4 s with prominence 1, and another word."""
    own = Prominence("but", Interval(4.0, 4.3), 1.0)
    return (own, Prominence(word, Interval(start, start + 0.3), strength))


@pytest.mark.parametrize(
    ("strength", "start", "share"),
    [(2.5, 4.4, 1.0), (1.75, 4.4, 0.5), (0.9, 4.4, 0), (2.5, 5.0, 0)],
)
def test_a_stronger_word_close_by_may_have_taken_the_hands(strength, start, share):
    score = scored("but", contrast("but", prominences=beside("never", strength, start)))

    assert value(score, "overshadowed") == pytest.approx(-share * WEIGHTS.overshadowed)
    assert ('"never" beside it' in score.reason) == (share > 0)


def test_a_stroke_on_the_stronger_word_is_that_words():
    found = replace(contrast("but", prominences=beside("never", 2.0, 4.4)), stroke_seconds=4.4)

    term = next(each for each in scored("but", found).terms if each.name == "stroke")
    assert (term.value, term.why) == (0.0, 'its stroke falls on "never"')


def test_weights_tell_their_limits_and_turn_into_json():
    assert Weights(word=3).as_json()["word"] == 3.0
    with pytest.raises(ValueError, match=r"word must be within 0..100, found -1"):
        Weights(word=-1)
    with pytest.raises(ValueError, match="recent_seconds must be within 1..3600"):
        Weights(recent_seconds=float("nan"))
