"""Why each moment got what it got, as plain values."""

import json

import pytest

from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars, RetrievalOptions
from retrieval.retriever import Retriever
from tests.retrieval.worlds import LetterEmbedder, StillClip, exemplar, label, talk

WORDS = ("fish", "boat", "dish")
ENTRIES = tuple(
    exemplar(i, label(word, "iconic", 3.0), 3.2, recording=f"r{i}")
    for i, word in enumerate(WORDS, 1)
)
TALK = talk(
    "the fish and the boat came back over here",
    label("fish", "iconic", 0.5),
    label("boat", "iconic", 4.0),
    label("back", "iconic", 4.5),
    label("here", "deictic", 8.0),
    seconds=12.0,
)


def explanation(**options):
    held = HeldExemplars({each.id: each for each in ENTRIES})
    index = FaissIndex.build(ENTRIES, LetterEmbedder())
    world = Retriever(index, LetterEmbedder(), held, StillClip)
    return world.explain(TALK, 0, RetrievalOptions(**options))


@pytest.mark.parametrize("scorer", ["default", "published"])
@pytest.mark.parametrize("rule", ["default", "published"])
def test_every_moment_is_either_placed_or_says_why_not(scorer, rule):
    found = explanation(scorer=scorer, placement=rule)

    assert [moment.word for moment in found.moments] == ["fish", "boat", "back", "here"]
    assert all(moment.reason for moment in found.moments)
    assert any(moment.placed for moment in found.moments)
    assert found.moments[-1].placed is None
    assert "no entry of deictic" in found.moments[-1].reason


def test_candidates_come_with_terms_that_add_up_and_how_far_they_lie_behind():
    moment = explanation().moments[0]

    best, second, *_ = moment.candidates
    assert (best.word, best.behind) == ("fish", 0.0)
    assert moment.margin == pytest.approx(second.behind)
    for row in moment.candidates:
        assert row.total == pytest.approx(sum(term.value for term in row.terms))


def test_what_was_cut_and_where_it_was_laid_is_told():
    moment = explanation(exclude_recordings=("r1",)).moments[0]

    assert moment.cut.recording == 1
    assert moment.placed is not None
    assert abs(moment.placed.offset_seconds) <= 0.5
    assert moment.placed.rank <= len(moment.candidates)


def test_it_can_be_written_as_json():
    found = explanation()

    read = json.loads(json.dumps(found.as_json(), allow_nan=False))

    assert read["method"] == "auto"
    assert read["weights"] == found.weights
    terms = read["moments"][0]["candidates"][0]["terms"]
    assert {term["name"]: term["value"] for term in terms}["label"] == found.weights["label"]
