"""Judging relations against gold ones."""

import pytest

from annotations.lexicon import shipped_lexicon
from annotations.relation_documents import RelationsDocument
from annotations.relations import TokenRelation
from evaluation.discourse import StringPrior, bare, gold_of, judged, scores
from tests.annotations.small_trees import document

REASON = "Contingency.Cause.Reason"


def perfect(tokens, sentence_starts=None, given=None):  # noqa: ARG001
    spans = given or [(i,) for i, token in enumerate(tokens) if token == "because"]
    return tuple(
        TokenRelation("because", (at,), REASON, (at - 2, at - 1), (at + 1, at + 2))
        for (at,) in spans
    )


def half_right(tokens, sentence_starts=None, given=None):  # noqa: ARG001
    if given is None:
        return (TokenRelation("because", (2,), REASON), TokenRelation("we", (0,), REASON))
    wrong = "Contingency.Cause.Result"
    return tuple(
        TokenRelation("because", span, wrong, (span[0] - 1,), (span[0] + 1, span[0] + 2))
        for span in given
    )


def test_a_perfect_annotator_has_full_marks():
    found = scores([judged(RelationsDocument.of(document()), perfect)])
    assert {score.value for score in found.values()} == {100.0}
    assert {score.low for score in found.values()} == {100.0}


def test_each_measure_counts_what_it_says():
    found = scores([judged(RelationsDocument.of(document(2)), half_right)])
    values = {name: score.value for name, score in found.items()}
    assert values["detection precision"] == values["detection recall"] == 50.0
    assert values["detection F1"] == 50.0
    assert (values["sense level 1"], values["sense level 2"], values["sense full"]) == (100, 100, 0)
    assert values["Arg1 token F1"] == pytest.approx(66.67)
    assert values["Arg2 token F1"] == 100.0


def test_intervals_hold_the_value_and_narrow_with_more_sentences():
    few, many = (
        scores([judged(RelationsDocument.of(document(n)), half_right)])["detection recall"]
        for n in (4, 40)
    )
    assert few.low <= few.value <= few.high
    assert few.high - few.low > many.high - many.low


def test_the_official_tags_are_the_gold_where_there_are_any():
    entry = document(1)
    tags = ["B", "O", "B", "I", "O", "O"]
    for token, tag in zip(entry["sentences"][0]["tokens"], tags, strict=True):
        token["conn_tag"] = tag
    assert gold_of(RelationsDocument.of(entry)).connectives == {(0,), (2, 3)}


def test_bare_words_keep_their_relations():
    text = bare(RelationsDocument.of(document(2)))
    assert text.tokens == ("we", "left", "because", "it", "rained") * 2
    assert [span for span, *_ in gold_of(text).relations] == [(2,), (7,)]


def test_the_floor_knows_strings_only():
    floor = StringPrior(shipped_lexicon())
    words = ["we", "left", "because", "it", "rained", "and", "we", "came"]
    assert (2,) in {relation.tokens for relation in floor(words)}
    (given,) = floor(words, given=[(2,)])
    assert given.sense == REASON
