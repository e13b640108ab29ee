"""What a retriever passes over: excluded recordings, what is gone, other speakers, other senses."""

import dataclasses

import pytest

from retrieval.matches import Cut, RetrievalOptions
from tests.retrieval.test_retriever import EXEMPLARS, REASON, RESULT, TALK, chosen, held, retriever
from tests.retrieval.worlds import exemplar, relation


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
    kept = held(e for e in EXEMPLARS if e.id != 1)

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


def test_what_the_filters_kept_out_is_counted_once_each():
    options = RetrievalOptions(
        exclude_recordings=("a",), speaker="only", exclude_exemplars=(1, 4), method="discourse"
    )
    entries = (*EXEMPLARS, exemplar(9, relation("for", REASON, 4.0), 4.1, speaker=3))

    (match,) = retriever(entries).retrieve(TALK, 3, options)

    # iconic 3, deictic 1; "because" is in recording a; "since" and "so" are by others; 4 is named
    assert match.cut == Cut(label=4, recording=1, speaker=2, exemplar=1)
    assert match.exemplar.id == 9


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_what_if_it_were_gone_is_what_retrieving_without_it_finds(scorer):
    world, options = retriever(), RetrievalOptions(scorer=scorer)
    for match in world.retrieve(TALK, 3, options):
        gone = (match.exemplar.id,)

        instead = world.what_if(match, gone, TALK, options)

        again = [
            each
            for each in world.without(gone).retrieve(TALK, 3, options)
            if each.query == match.query
        ]
        assert [instead] == (again or [None])
        assert instead is None or instead.exemplar.id == match.rivals[1].exemplar.id


@pytest.mark.parametrize("scorer", ["default", "published"])
def test_what_is_named_as_excluded_never_appears(scorer):
    options = RetrievalOptions(scorer=scorer, exclude_exemplars=(1, 5))

    found = retriever().retrieve(TALK, 3, options)

    assert {1, 5}.isdisjoint(r.exemplar.id for match in found for r in match.rivals)
    assert found
