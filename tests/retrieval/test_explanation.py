"""Why each moment got what it got, as plain values."""

import json

import pytest

from retrieval.index import FaissIndex
from retrieval.matches import Cut, HeldExemplars, RetrievalOptions
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


def explanation(entries=ENTRIES, **options):
    held = HeldExemplars({each.id: each for each in entries})
    index = FaissIndex.build(entries, LetterEmbedder())
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


def test_what_was_cut_is_named_best_first_with_what_it_would_have_scored():
    moment = explanation(exclude_recordings=("r1", "r3")).moments[0]

    (left,) = moment.candidates
    best, second = moment.cut_examples["recording"]
    assert (left.word, best.word, best.exemplar_id, best.recording) == ("boat", "fish", 1, "r1")
    assert second.word == "dish"
    assert best.total == pytest.approx(explanation().moments[0].candidates[0].total)
    assert best.behind == pytest.approx(left.total - best.total)
    assert best.behind < 0 < best.total - second.total


def test_exemplars_are_read_together_and_not_moment_by_moment():
    class Reads(HeldExemplars):
        count = 0

        def of(self, ids):
            ids = tuple(ids)
            Reads.count += bool(ids)
            return super().of(ids)

    entries = (*ENTRIES, exemplar(4, label("here", "deictic", 3.0), 3.2, recording="r4"))
    index = FaissIndex.build(entries, LetterEmbedder())
    world = Retriever(index, LetterEmbedder(), Reads({e.id: e for e in entries}), StillClip)
    world.explain(TALK, 0, RetrievalOptions(exclude_recordings=("r1",)))

    assert Reads.count == 2, "once for what can be chosen, once for what cannot"


def test_where_nothing_is_left_to_choose_what_was_cut_is_still_told():
    moment = explanation(exclude_exemplars=(1, 2, 3)).moments[0]

    assert not moment.candidates
    assert moment.cut == Cut(exemplar=3)
    assert moment.cut_examples["exemplar"][0].word == "fish"
    assert moment.cut_examples["exemplar"][0].behind is None


def test_of_another_type_the_nearest_are_named_and_never_more_than_a_handful():
    entries = tuple(
        exemplar(i, label("here" if i == 7 else "fish", "iconic", 3.0), recording=f"r{i}")
        for i in range(1, 10)
    )

    moment = explanation(entries).moments[-1]

    assert (moment.word, moment.cut) == ("here", Cut(label=9))
    named = moment.cut_examples["label"]
    assert [row.exemplar_id for row in named] == [7, 1, 2, 3, 4]
    assert {row.label for row in named} == {"iconic"}


def test_the_published_scorer_names_what_was_cut_without_a_score():
    moment = explanation(scorer="published", exclude_recordings=("r1",)).moments[0]

    (row,) = moment.cut_examples["recording"]
    assert (row.word, row.total, row.behind) == ("fish", None, None)


def test_another_speakers_exemplars_are_named_where_only_the_own_are_asked_for():
    others = tuple(
        exemplar(i, label(word, "iconic", 3.0), speaker=4, recording=f"s{i}")
        for i, word in enumerate(("fish", "boat"), 8)
    )

    moment = explanation((*ENTRIES, *others), speaker="only").moments[0]

    assert moment.cut.speaker == 2
    assert [(row.word, row.speaker) for row in moment.cut_examples["speaker"]] == [
        ("fish", 4),
        ("boat", 4),
    ]
