"""The shipped spaCy pipeline on tokens that somebody else has cut."""

import pytest
import spacy

from annotations.language import (
    LANGUAGE_FOLDER,
    MOST_TOKENS,
    LanguagePipelineError,
    Parser,
    shipped_parser,
)


def parse(words, starts=None):
    parser = shipped_parser()
    split = parser.tokenized(words)
    return parser.parsed(split, None if starts is None else split.spread(starts))


def test_words_are_cut_as_the_trees_were_and_keep_their_owner():
    parsed = parse(["I", "don't,", "really", "", "Eye tracking"])
    assert [t.text for t in parsed.doc] == ["I", "do", "n't", ",", "really", "Eyetracking"]
    assert parsed.owner == (0, 1, 1, 1, 2, 4)
    assert parsed.tokens_of((1,)) == (1, 2)
    assert parsed.owners_of((1, 2, 3, 4)) == (1, 2)


def test_tags_and_trees_are_read():
    doc = parse(["He", "bought", "a", "new", "house."]).doc
    assert [t.pos_ for t in doc] == ["PRON", "VERB", "DET", "ADJ", "NOUN", "PUNCT"]
    assert [t.head.text for t in doc[2:4]] == ["house", "house"]
    assert doc[1].dep_ == "ROOT"


def test_given_sentence_starts_are_kept():
    words = ["we", "left", "it", "rained", "all", "day", "long"]
    starts = [True, False, True, False, False, False, False]
    parsed = parse(words, starts)
    assert [sent.start for sent in parsed.doc.sents] == [0, 2]


def test_long_texts_are_parsed_in_stretches_as_short_ones_are():
    sentence = ["we", "left", "because", "it", "rained", "all", "day"]
    times = 2 * MOST_TOKENS // len(sentence)
    starts = ([True] + [False] * (len(sentence) - 1)) * times
    parsed = parse(sentence * times, starts)
    alone = parse(sentence, starts[: len(sentence)])
    assert len(parsed.doc) == len(sentence) * times
    assert [t.dep_ for t in parsed.doc[-len(sentence) :]] == [t.dep_ for t in alone.doc]


def test_no_words_are_no_trouble():
    assert len(parse([]).doc) == len(parse(["", " "]).doc) == 0


def test_a_pipeline_of_the_users_own_is_loaded_from_its_folder():
    assert Parser.load(str(LANGUAGE_FOLDER)).pipeline.meta["name"] == "chironomia_gum"


def test_a_pipeline_that_cannot_parse_is_refused(tmp_path):
    spacy.blank("en").to_disk(tmp_path)
    with pytest.raises(LanguagePipelineError, match="expected a tagger and a parser"):
        Parser.load(tmp_path)
    with pytest.raises(LanguagePipelineError, match="nowhere"):
        Parser.load("nowhere")
