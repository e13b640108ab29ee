"""From annotated speech to placed exemplars, with reasons."""

import dataclasses

import pytest

from annotations.types import Prominence
from retrieval.embedding import SentenceEmbedder
from retrieval.index import VectorIndex
from retrieval.matches import RetrievalOptions
from retrieval.retriever import Retriever
from speech.transcript import Interval
from tests.retrieval.worlds import LetterEmbedder, StillClip, exemplar, label, relation, talk

REASON, RESULT = "Contingency.Cause.Reason", "Contingency.Cause.Result"
EXEMPLARS = (
    exemplar(1, relation("because", REASON, 4.0), 4.1, recording="a", speaker=3),
    exemplar(2, relation("since", REASON, 5.0), 5.2, recording="b", speaker=4),
    exemplar(3, relation("so", RESULT, 3.0), 3.4, recording="b", speaker=4),
    exemplar(4, relation("as", REASON, 6.0), None, recording="c", speaker=3),
    exemplar(5, label("fish", "iconic", 2.0), 2.1, recording="a", speaker=3),
    exemplar(6, label("boat", "iconic", 7.0), 7.3, recording="c", speaker=5),
    exemplar(7, label("dish", "iconic", 3.0), 3.3, recording="d", speaker=4),
    exemplar(8, label("here", "deictic", 3.0), 3.3, recording="d", speaker=4),
)
TALK = talk(
    "we left because it rained and then the fish came back over here",
    relation("because", REASON, 1.0),
    label("fish", "iconic", 4.0),
    label("here", "deictic", 8.0),
    seconds=12.0,
)


def retriever(exemplars=EXEMPLARS, embedder=None) -> Retriever:
    embedder = embedder or LetterEmbedder()
    index = VectorIndex.build(exemplars, embedder)
    return Retriever(index, embedder, {e.id: e for e in exemplars}, StillClip)


def chosen(matches) -> dict[str, int]:
    return {match.query.annotation.word: match.exemplar.id for match in matches}


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_the_same_word_of_the_same_sense_is_found(scorer):
    options = RetrievalOptions(scorer=scorer)

    assert chosen(retriever().retrieve(TALK, 3, options)) == {"because": 1, "fish": 5, "here": 8}


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_an_excluded_recording_never_appears_not_even_as_a_rival(scorer):
    options = RetrievalOptions(scorer=scorer, exclude_recordings=("a",))

    matches = retriever().retrieve(TALK, 3, options)

    assert {"because", "fish"} <= chosen(matches).keys()
    found = {rival.exemplar.window.recording for match in matches for rival in match.rivals}
    assert "a" not in found


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_without_its_match_a_query_finds_the_next_rival(scorer):
    options = RetrievalOptions(scorer=scorer)
    first = retriever().retrieve(TALK, 3, options)[0]
    left = tuple(e for e in EXEMPLARS if e.id != first.exemplar.id)

    again = retriever(left).retrieve(TALK, 3, options)[0]

    assert again.exemplar.id == first.rivals[1].exemplar.id
    assert first.margin == pytest.approx(first.score.total - again.score.total)


def test_an_entry_gone_from_the_snapshot_is_never_found():
    whole = retriever()
    kept = {key: e for key, e in whole.exemplars.items() if key != 1}

    matches = dataclasses.replace(whole, exemplars=kept).retrieve(TALK, 3)

    assert 1 not in chosen(matches).values()


def test_only_the_speakers_own_gestures_where_that_is_demanded():
    matches = retriever().retrieve(TALK, 3, RetrievalOptions(speaker="only"))

    assert chosen(matches) == {"because": 1, "fish": 5}
    assert {r.exemplar.window.speaker for m in matches for r in m.rivals} == {3}


def test_the_speaker_term_is_gone_where_speakers_are_not_looked_at():
    matches = retriever().retrieve(TALK, 3, RetrievalOptions(speaker="any"))

    terms = [t for m in matches for t in m.score.terms if t.name == "speaker"]
    assert all(term.value == 0.0 for term in terms)


def test_a_sense_with_few_entries_falls_back_to_the_one_above_and_says_so():
    few = tuple(e for e in EXEMPLARS if e.id not in (2, 4))

    match = retriever(few).retrieve(TALK, 3)[0]

    senses = {rival.exemplar.annotation.label for rival in match.rivals}
    assert senses == {REASON, RESULT}
    assert f"{REASON} has only 1 to offer" in match.reason
    lower = next(r for r in match.rivals if r.exemplar.annotation.label == RESULT)
    assert "only Contingency.Cause in common" in lower.score.reason


def test_scores_are_the_sum_of_their_terms_and_every_term_says_why():
    for match in retriever().retrieve(TALK, 3):
        for rival in match.rivals:
            total = sum(term.value for term in rival.score.terms)
            assert rival.score.total == pytest.approx(total)
            assert all(term.why for term in rival.score.terms)
        totals = [rival.score.total for rival in match.rivals]
        assert totals == sorted(totals, reverse=True)


def test_one_gesture_in_two_overlapping_windows_is_one_candidate():
    twin = exemplar(
        9, label("fish", "iconic", 1.0), 1.1, recording="a", speaker=3, start_seconds=1.0
    )

    match = retriever((*EXEMPLARS, twin)).retrieve(TALK, 3)[1]

    assert [r.exemplar.id for r in match.rivals if r.exemplar.window.recording == "a"] == [5]


@pytest.mark.parametrize("scorer", ["default", "published"])
@pytest.mark.parametrize("rule", ["default", "published"])
def test_what_is_placed_and_what_is_not_is_told(scorer, rule):
    options = RetrievalOptions(scorer=scorer, placement=rule, exclude_recordings=("d",))
    world = retriever()

    placement = world.place(world.retrieve(TALK, 3, options), TALK, options)

    assert [row.word for row in placement.rows] == ["because", "fish"]
    assert [d.query.annotation.word for d in placement.dropped] == ["here"]
    assert "no entry of deictic" in placement.dropped[0].reason
    assert scorer == "published" or "left out by recording" in placement.dropped[0].reason
    row = placement.rows[0]
    assert (row.recording, row.exemplar_word, row.label) == ("a", "because", REASON)
    assert row.recording_seconds == pytest.approx(4.0)
    assert "same" in row.reason


def test_the_strength_of_the_options_reaches_every_placed_exemplar():
    options = RetrievalOptions(strength=0.7)
    world = retriever()

    placement = world.place(world.retrieve(TALK, 3, options), TALK, options)

    assert {one.strength for one in placement.placed} == {0.7}


def test_speech_that_asks_for_nothing_gets_nothing():
    silent = talk("", seconds=3.0)
    world = retriever()

    assert world.retrieve(silent, 0) == ()
    assert world.place((), silent).placed == ()


def test_an_empty_index_tells_why_nothing_was_found():
    world = retriever(())

    placement = world.place(world.retrieve(TALK, 3), TALK)

    assert len(placement.dropped) == 3
    assert all("no entry" in dropped.reason for dropped in placement.dropped)


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_the_published_scores_reach_a_user_through_the_same_call(scorer):
    names = {
        term.name
        for match in retriever().retrieve(TALK, 3, RetrievalOptions(scorer=scorer))
        for term in match.score.terms
    }

    assert ("context" in names) == (scorer == "default")


def test_options_outside_their_limits_are_refused():
    with pytest.raises(ValueError, match="candidates must be within 1..1000, found 0"):
        RetrievalOptions(candidates=0)


def test_with_the_real_embedder_meaning_decides_where_words_differ():
    """The published similarity would take the word that is spelled alike."""
    entries = (
        exemplar(1, label("house", "iconic", 2.0), 2.1, text="it was a house by the sea"),
        exemplar(2, label("mouse", "iconic", 2.0), 2.1, text="it was a mouse by the sea"),
    )
    annotated = dataclasses.replace(
        talk("it was a home by the sea", label("home", "iconic", 1.5)),
        prominences=(Prominence("home", Interval(1.5, 1.9), 1.0),),
    )

    matches = retriever(entries, SentenceEmbedder()).retrieve(annotated, 0)

    assert chosen(matches) == {"home": 1}
    likeness = {r.exemplar.id: r.score.total for r in matches[0].rivals}
    assert likeness[1] > likeness[2] + 0.2


def test_the_only_entry_of_a_sense_is_not_lost_among_many_of_the_sense_above():
    """Ninety entries of a neighbouring sense, all nearer in context, fill the search."""
    text = "we left because it rained and then the fish"
    crowd = tuple(
        exemplar(100 + i, relation("therefore", RESULT, 2.0), 2.1, speaker=3, text=text)
        for i in range(90)
    )
    alone = exemplar(1, relation("as", REASON, 4.0), 4.1, recording="a", speaker=3)

    assert chosen(retriever((alone, *crowd)).retrieve(TALK, 3))["because"] == 1


def test_the_same_word_in_another_sense_does_not_outweigh_the_sense():
    entries = (
        exemplar(1, relation("since", "Temporal.Asynchronous", 2.0), 2.1),
        exemplar(2, relation("because", REASON, 2.0), 2.1),
    )
    annotated = talk("we stayed since it rained", relation("since", REASON, 1.0))

    assert chosen(retriever(entries).retrieve(annotated, 0)) == {"since": 2}


def test_a_speaker_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="speakers must be within 0..24"):
        retriever().retrieve(TALK, 25)
