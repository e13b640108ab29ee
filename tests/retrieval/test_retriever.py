"""From annotated speech to placed exemplars, with reasons."""

import dataclasses

import pytest

from annotations.types import Prominence, Source
from retrieval.embedding import SentenceEmbedder
from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars, RetrievalOptions
from retrieval.retriever import Retriever
from retrieval.weights import Weights
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


def held(exemplars) -> HeldExemplars:
    return HeldExemplars({e.id: e for e in exemplars})


def retriever(exemplars=EXEMPLARS, embedder=None) -> Retriever:
    embedder = embedder or LetterEmbedder()
    index = FaissIndex.build(exemplars, embedder)
    return Retriever(index, embedder, held(exemplars), StillClip)


def chosen(matches) -> dict[str, int]:
    return {match.query.annotation.word: match.exemplar.id for match in matches}


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_the_same_word_of_the_same_sense_is_found(scorer):
    options = RetrievalOptions(scorer=scorer)

    assert chosen(retriever().retrieve(TALK, 3, options)) == {"because": 1, "fish": 5, "here": 8}


TWICE = talk(
    "we left because it rained and we stayed because it snowed",
    relation("because", REASON, 1.0),
    relation("because", REASON, 9.0),
    seconds=20.0,
)


def because(entry: int, recording: str):
    return exemplar(entry, relation("because", REASON, 4.0), 4.1, recording=recording)


def test_a_gesture_shown_a_moment_ago_gives_way_to_another():
    entries = (because(1, "a"), because(2, "b"), because(3, "c"))

    first, second = retriever(entries).retrieve(TWICE, 0, RetrievalOptions(method="discourse"))

    assert first.exemplar.id != second.exemplar.id
    stale = next(r for r in second.rivals if r.exemplar.id == first.exemplar.id)
    assert "shown 8 s before" in stale.score.reason


def test_what_an_earlier_request_showed_counts_as_shown():
    entries = (because(1, "a"), because(2, "b"), because(3, "c"))
    options = RetrievalOptions(method="discourse", recently_used={1: 5.0, 2: 50.0})

    first = retriever(entries).retrieve(TWICE, 0, options)[0]

    assert [r.exemplar.id for r in first.rivals] == [3, 2, 1]


def test_weights_are_the_servers_unless_the_call_brings_its_own():
    entries = (because(1, "a"), exemplar(2, relation("as", REASON, 4.0), 4.1, speaker=3))
    world = dataclasses.replace(retriever(entries), weights=Weights(speaker=90.0))

    servers = world.retrieve(TWICE, 3, RetrievalOptions())
    own = world.retrieve(TWICE, 3, RetrievalOptions(weights=Weights(speaker=0.0)))

    assert (servers[0].exemplar.id, own[0].exemplar.id) == (2, 1)


@pytest.mark.parametrize(
    ("method", "asked"), [("discourse", {"because"}), ("gesture_type", {"fish", "here"})]
)
def test_a_method_asks_by_its_own_annotations_only(method, asked):
    assert chosen(retriever().retrieve(TALK, 3, RetrievalOptions(method=method))).keys() == asked


def test_only_labels_of_a_language_model_ask_under_llm_and_without_any_it_is_said_what_to_set():
    options, world = RetrievalOptions(method="llm"), retriever()
    written = dataclasses.replace(
        TALK, gestures=(dataclasses.replace(TALK.gestures[0], source=Source.LLM), TALK.gestures[1])
    )

    assert chosen(world.retrieve(written, 3, options)).keys() == {"fish"}
    assert world.place((), written, options).notes == ()
    assert "CHIRONOMIA_LLM_URL" in world.place((), TALK, options).notes[0]


def test_a_recording_is_known_where_the_index_holds_something_of_it():
    assert retriever().knows_recording("a")
    assert not retriever().knows_recording("rec9")


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
