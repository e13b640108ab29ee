"""Connectives, senses and arguments found by the lexicon."""

import gzip
import json
from pathlib import Path

import pytest

from annotations.cues import plain
from annotations.discourse import annotate_discourse
from annotations.gum import FREE_GENRES, GumDocument, build_lexicon, read_documents
from annotations.lexicon import Lexicon, shipped_lexicon
from annotations.senses import SENSES, matching_sense
from annotations.types import Source
from speech.transcript import Interval, Word
from tests.annotations.spoken import spoken

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "discourse"


def found(text: str, pause: float = 0.0) -> list[tuple[str, str]]:
    relations = annotate_discourse(spoken(text, pause=pause))
    return [(r.connective, matching_sense(r.sense)) for r in relations]


@pytest.mark.parametrize(
    ("text", "connective", "sense"),
    [
        ("We stayed at home because it rained.", "because", "Contingency.Cause.Reason"),
        ("I like it, for example, when it rains.", "for example", "Expansion.Instantiation"),
        ("It was cold. However, we went out.", "however", "Comparison.Concession"),
        ("it was late so we went home", "so", "Contingency.Cause.Result"),
        ("He was tired, although he had slept.", "although", "Comparison.Concession"),
        ("If you come, we will swim.", "if", "Contingency.Condition"),
        ("After we had eaten, we slept.", "after", "Temporal.Asynchronous.Succession"),
    ],
)
def test_a_connective_gets_its_most_frequent_sense(text, connective, sense):
    assert (connective, sense) in found(text)


def test_a_repeated_connective_is_found_at_each_of_its_places():
    words = spoken("We sang, and we danced, and we laughed.")
    relations = annotate_discourse(words)
    assert [r.tokens for r in relations] == [(2,), (5,)]
    assert [r.connective_interval for r in relations] == [words[2].interval, words[5].interval]


def test_the_longest_match_wins():
    assert found("We hurried so that we would not miss it.")[0][0] == "so that"


def test_parts_of_one_connective_may_stand_apart():
    words = spoken("If it rains tomorrow then we stay at home.")
    (relation,) = annotate_discourse(words)
    assert (relation.connective, relation.tokens) == ("if then", (0, 4))
    assert relation.arg1 == "it rains tomorrow"
    assert relation.arg2 == "we stay at home."


def test_words_that_only_look_like_connectives_are_left_alone():
    assert found("The boy with bread and butter looked for a while at my next house.") == []


def test_arguments_are_the_clauses_around():
    (relation,) = annotate_discourse(spoken("It is late. We stayed because it rained. We slept."))
    assert relation.arg1 == "We stayed"
    assert relation.arg2 == "it rained."
    assert relation.interval.start == pytest.approx(relation.connective_interval.start - 0.8)
    assert relation.interval.end == pytest.approx(relation.connective_interval.end + 0.8)


def test_the_first_argument_of_a_fronted_clause_follows_its_comma():
    (relation,) = annotate_discourse(spoken("Because it rained, we stayed at home."))
    assert (relation.arg1, relation.arg2) == ("we stayed at home.", "it rained,")


def test_the_first_argument_of_an_opening_connective_is_the_sentence_before():
    (relation,) = annotate_discourse(spoken("It was cold. However, we went out."))
    assert (relation.arg1, relation.arg2) == ("It was cold.", "we went out.")


def test_a_long_pause_ends_a_sentence_that_has_no_full_stop():
    words = spoken("we stayed because it rained | the movie was long", pause=1.0)
    (relation,) = annotate_discourse(words)
    assert relation.arg2 == "it rained"


def test_every_relation_says_how_sure_it_is_and_who_says_so():
    for relation in annotate_discourse(spoken("We left because it rained, but we came back.")):
        assert 0.0 < relation.probability <= 1.0
        assert relation.source is Source.LEXICON
        assert relation.sense in SENSES


def test_no_words_give_no_relations():
    assert annotate_discourse(()) == ()


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


def f1(documents: tuple[GumDocument, ...], bare: bool) -> float:
    right = found_count = gold_count = 0
    for document in documents:
        texts = [plain(w) or w for w in document.words] if bare else document.words
        words = [Word(t, Interval(i * 0.3, i * 0.3 + 0.3)) for i, t in enumerate(texts)]
        spans = {relation.tokens for relation in annotate_discourse(words)}
        gold = {connective.words for connective in document.connectives}
        right += len(spans & gold)
        found_count += len(spans)
        gold_count += len(gold)
    return 2 * right / (found_count + gold_count)


@pytest.mark.parametrize(
    ("name", "bare", "least"),
    [
        ("gum_dev", False, 0.75),
        ("gum_dev", True, 0.71),
        ("tedm_dev", False, 0.72),
        ("tedm_dev", True, 0.65),
    ],
)
def test_connectives_of_real_documents_are_found(name, bare, least):
    path = DATA / f"{name}.json.gz"
    if not path.is_file():
        pytest.skip(f"no annotated documents at {path}")
    score = f1(read_documents(path), bare)
    print(f"{name}, bare words {bare}: F1 {score:.3f}")  # noqa: T201
    assert score >= least


def test_the_shipped_lexicon_is_what_the_training_data_give():
    if not DATA.is_dir():
        pytest.skip(f"no training data at {DATA}")
    assert "reddit" not in FREE_GENRES
    assert build_lexicon(DATA) == shipped_lexicon()
