"""Connectives, senses and arguments found in text."""

import gzip
import json
from pathlib import Path

import pytest

from annotations.cues import plain
from annotations.discourse import shipped_discourse
from annotations.gum import FREE_GENRES, GumDocument, build_lexicon
from annotations.lexicon import Lexicon, shipped_lexicon
from annotations.relations import TokenRelation
from annotations.senses import SENSES, matching_sense
from annotations.training.texts import TaggedText, read_entries

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "discourse"


TEXTS = [
    ("We stayed at home because it rained.", "because", "Contingency.Cause.Reason"),
    ("I like it, for example, when it rains.", "for example", "Expansion.Instantiation"),
    ("It was cold. However, we went out.", "however", "Comparison.Concession"),
    ("it was late so we went home", "so", "Contingency.Cause.Result"),
    ("He was tired, although he had slept.", "although", "Comparison.Concession"),
    ("If you come, we will swim.", "if", "Contingency.Condition"),
    ("After we had eaten, we slept.", "after", "Temporal.Asynchronous.Succession"),
    ("We hurried so that we would not miss it.", "so that", "Contingency.Purpose"),
]


def relations(text: str) -> tuple[TokenRelation, ...]:
    return shipped_discourse()(text.split())


def phrases(text: str) -> list[tuple[str, str, str]]:
    words = text.split()
    return [
        tuple(" ".join(words[i] for i in span) for span in (r.tokens, r.arg1, r.arg2))
        for r in relations(text)
    ]


@pytest.mark.parametrize(("text", "connective", "sense"), TEXTS)
def test_a_connective_is_found_with_its_sense(text, connective, sense):
    found = [(plain(r.connective), matching_sense(r.sense)) for r in relations(text)]
    assert (connective, sense) in found


def test_a_repeated_connective_is_found_at_each_of_its_places():
    assert [r.tokens for r in relations("We sang, and we danced, and we laughed.")] == [(2,), (5,)]


def test_parts_of_one_connective_may_stand_apart():
    assert phrases("If it rains tomorrow then we stay at home.") == [
        ("If then", "it rains tomorrow", "we stay at home.")
    ]
    (hands,) = relations("on the one hand it was huge on the other hand it was hard")
    assert hands.tokens == (0, 1, 2, 3, 7, 8, 9, 10)
    assert matching_sense(hands.sense) == "Comparison.Contrast"


def test_words_that_only_look_like_connectives_are_left_alone():
    assert phrases("The boy with bread and butter looked for a while at my next house.") == []


def test_arguments_are_the_clauses_around():
    assert phrases("It is late. We stayed because it rained. We slept.") == [
        ("because", "We stayed", "it rained.")
    ]
    assert phrases("Because it rained, we stayed at home.") == [
        ("Because", "we stayed at home.", "it rained,")
    ]
    assert phrases("It was cold. However, we went out.") == [
        ("However,", "It was cold.", "we went out.")
    ]


def test_every_relation_says_how_sure_it_is():
    for relation in relations("We left because it rained, but we came back."):
        assert 0.0 < relation.probability <= 1.0
        assert relation.sense in SENSES


def test_given_connectives_are_kept_and_get_sense_and_arguments():
    words = ["we", "left", "because", "it", "rained", "and", "so", "on"]
    found = shipped_discourse()(words, given=[(5,), (2,)])
    assert [r.tokens for r in found] == [(5,), (2,)]
    assert found[1].sense == "Contingency.Cause.Reason"
    assert (found[1].arg1, found[1].arg2[:2]) == ((0, 1), (3, 4))


def test_a_long_pause_ends_a_sentence_that_has_no_full_stop():
    words = ["we", "stayed", "because", "it", "rained", "the", "movie", "was", "long"]
    (relation,) = shipped_discourse()(words, pauses=[5])
    assert relation.arg2 == (3, 4)


def test_split_and_glued_tokens_are_read_alike():
    split = relations("I did n't go , because it rained .")
    glued = relations("I didn't go, because it rained.")
    assert [r.tokens for r in split] == [(5,)]
    assert [r.tokens for r in glued] == [(3,)]
    assert split[0].probability == pytest.approx(glued[0].probability, abs=0.02)


@pytest.mark.parametrize(
    "words", [[], [""], ["", "and", " "], ["🙂"], ["42"], ["...", ","], ["и", "но"]]
)
def test_odd_words_are_no_trouble(words):
    for relation in shipped_discourse()(words):
        assert all(words[token] for token in relation.tokens)


def test_a_text_has_the_same_relations_in_a_longer_one():
    text = ["We", "stayed", "at", "home", "because", "it", "rained."]
    filler = ["The", "red", "house", "at", "the", "corner", "was", "old."] * 40
    found = shipped_discourse()([*filler, *text, *filler])
    assert [r.tokens for r in found] == [(len(filler) + 4,)]


def test_the_shipped_lexicon_survives_saving_and_loading(tmp_path: Path):
    shipped_lexicon().save(tmp_path / "lexicon.json")
    assert Lexicon.load(tmp_path / "lexicon.json") == shipped_lexicon()


def entry(genre: str, sentence: str, connective: list[int], sense: str) -> dict:
    tokens = [{"surface": t, "upos": "PUNCT" if t in ",.()" else "X"} for t in sentence.split(" ")]
    span = {"TokenList": connective}
    relations = [{"Type": "Explicit", "Sense": [sense], "Connective": span}] if connective else []
    return {
        "meta": {"genre": genre, "has_text": True},
        "sentences": [{"tokens": tokens}],
        "relations": relations,
    }


def write_training(folder: Path, entries: list[dict]) -> None:
    with gzip.open(folder / "gum_train.json.gz", "wt", encoding="utf-8") as file:
        json.dump(entries, file)


def test_the_lexicon_counts_free_genres_only(tmp_path: Path):
    reason = "Contingency.Cause.Reason"
    write_training(
        tmp_path,
        [
            entry("news", "we left because it rained .", [2], reason),
            entry("news", "it is because of that .", [], reason),
            entry("fiction", "we left whilst it rained .", [2], "Temporal.Synchronous"),
            entry("bio", "it was wet for ages since it rained .", [5], "Temporal.Synchrony"),
        ],
    )
    lexicon = build_lexicon(tmp_path)
    names = {connective.text for connective in lexicon.connectives}
    assert {"because", "since"} <= names
    assert "whilst" not in names
    because = next(c for c in lexicon.connectives if c.text == "because")
    assert (because.total.uses, because.total.occurrences) == (1, 2)
    assert because.sense == (reason, 1.0)
    since = next(c for c in lexicon.connectives if c.text == "since")
    assert since.sense[0] == "Temporal.Synchronous"


def test_clitics_and_marks_are_glued_to_the_word_before():
    document = GumDocument.of(
        entry("news", "he did n't go , but ( we ) left .", [5], "Comparison.Contrast")
    )
    assert document.words == ("he", "didn't", "go,", "but", "(", "we)", "left.")
    assert document.connectives[0].words == (3,)


@pytest.mark.parametrize(
    ("name", "bare", "least"),
    [("gum_dev", False, 84.0), ("gum_dev", True, 82.0), ("tedm_dev", False, 72.0)],
)
def test_connectives_of_real_documents_are_found(name, bare, least):
    path = DATA / f"{name}.json.gz"
    if not path.is_file():
        pytest.skip(f"no annotated documents at {path}")
    right = found = marked = 0
    for text in map(TaggedText.of, read_entries(path)[::2]):
        read = text.bare() if bare else text
        spans = {r.tokens for r in shipped_discourse()(read.surfaces, read.starts)}
        gold = {relation.tokens for relation in read.relations}
        right, found, marked = right + len(spans & gold), found + len(spans), marked + len(gold)
    score = 200 * right / (found + marked)
    print(f"{name}, bare words {bare}: F1 {score:.1f}")  # noqa: T201
    assert score >= least


def test_the_shipped_lexicon_is_what_the_training_data_give():
    if not DATA.is_dir():
        pytest.skip(f"no training data at {DATA}")
    assert "reddit" not in FREE_GENRES
    assert build_lexicon(DATA) == shipped_lexicon()
