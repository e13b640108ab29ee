"""Annotation files: round trips, and errors that name the place."""

import json
from pathlib import Path

import pytest

from annotations.beat2 import (
    SemLabel,
    gesture_labels,
    prominence_of,
    read_prom,
    read_relations,
    read_sem,
    read_split,
    read_whisper,
    write_prom,
    write_relations,
    write_sem,
    write_split,
    write_whisper,
)
from annotations.fields import AnnotationFileError
from annotations.relations import RelationsFile, TokenRelation
from annotations.senses import SENSES, matching_sense, pdtb3_sense
from annotations.types import GestureType, Prominence
from speech.transcript import Interval, Word


def words(text: str, seconds: float = 0.5) -> tuple[Word, ...]:
    return tuple(
        Word(word, Interval(i * seconds, (i + 1) * seconds)) for i, word in enumerate(text.split())
    )


def test_relations_survive_writing_and_reading(tmp_path: Path):
    tokens = words("we stayed because it rained")
    written = RelationsFile(
        tokens,
        (TokenRelation("because", (2,), "Contingency.Cause.Reason", (0, 1), (3, 4)),),
    )
    write_relations(written, tmp_path / "a.json")
    assert read_relations(tmp_path / "a.json") == written


def test_punctuation_is_glued_to_its_word_and_indices_follow():
    so = Interval(1.0, 1.2)
    tokens = (Word("Yes", Interval(0, 0.5)), Word(",", Interval(0, 0.5)), Word("so", so))
    tokens += (Word("go", Interval(1.2, 1.5)),)
    file = RelationsFile(tokens, (TokenRelation("so", (2,), "Contingency.Cause.Result"),))
    assert [word.text for word in file.words] == ["Yes,", "so", "go"]
    (relation,) = file.within(Interval(0.0, 2.0))
    assert relation.tokens == (1,)
    assert relation.connective_interval == so


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda c: c.pop("relations"), "relations"),
        (lambda c: c["relations"][0].update(Sense=[]), "Sense"),
        (lambda c: c["relations"][0]["Connective"].update(TokenList=[]), "Connective.TokenList"),
        (lambda c: c["relations"][0]["Arg1"].update(TokenList=[99]), "Arg1.TokenList"),
        (lambda c: c["sentences"][0]["tokens"][1].update(endSec="x"), "tokens[1].endSec"),
        (lambda c: c["sentences"][0]["tokens"][1].update(endSec=-1), "tokens[1].endSec"),
        (lambda c: c["sentences"][0]["tokens"][1].pop("surface"), "tokens[1]"),
    ],
)
def test_a_broken_relations_file_is_named_with_its_field(tmp_path: Path, change, named):
    path = tmp_path / "a.json"
    relation = TokenRelation("because", (2,), "Contingency.Cause.Reason", (0, 1), (3, 4))
    write_relations(RelationsFile(words("we stayed because it rained"), (relation,)), path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(AnnotationFileError) as caught:
        read_relations(path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)


def test_json_that_is_none_is_named_with_its_line(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text('{"sentences": [],\n oops}')
    with pytest.raises(AnnotationFileError, match=r"a\.json, line 2"):
        read_relations(path)


def test_sem_lines_may_use_blanks_and_lack_keywords(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text(
        "01_beat_align\t0\t3\t3\t0.1\n07_iconic_h 3 4.5 1.5 0.7 Monday through Friday\n"
        "habit\t4.5\t5\t0.5\t0\t\n00_nogesture\t5\t6\t1\t0\nneed_cut\t6\t7\t1\t0\n"
    )
    labels = read_sem(path)
    assert labels[1] == SemLabel("07_iconic_h", Interval(3, 4.5), 0.7, "Monday through Friday")
    found = gesture_labels(labels, 4.0)
    assert [(g.type, g.word) for g in found] == [
        (GestureType.BEAT, ""),
        (GestureType.ICONIC, "Monday through Friday"),
    ]
    assert found[1].interval == Interval(3, 4.0)


def test_sem_survives_writing_and_reading(tmp_path: Path):
    labels = (SemLabel("10_metaphoric_h", Interval(0.25, 1.5), 1.0, "whole idea"),)
    labels += (SemLabel("01_beat_align", Interval(1.5, 2.0), 0.1),)
    write_sem(labels, tmp_path / "a.txt")
    assert read_sem(tmp_path / "a.txt") == labels


def test_nothing_but_a_line_feed_ends_a_line(tmp_path: Path):
    said = "one\u2028two\u2029three\x85four\x0bfive"
    labels = (SemLabel("10_metaphoric_h", Interval(0.25, 1.5), 1.0, said),)
    write_sem(labels, tmp_path / "a.txt")
    assert read_sem(tmp_path / "a.txt") == labels
    written = (Prominence(said, Interval(0.0, 0.25), 2.0, 0.0),)
    write_prom(written, "1_wayne_0_1_1", tmp_path / "a.prom")
    assert read_prom(tmp_path / "a.prom") == written


def test_a_label_too_short_for_a_frame_is_dropped():
    blink = SemLabel("05_iconic_h", Interval(13.21, 13.23), 0.7, "blink")
    glance = SemLabel("05_iconic_h", Interval(13.19, 13.21), 0.7, "glance")
    assert [g.word for g in gesture_labels((blink, glance), 20.0)] == ["glance"]
    assert gesture_labels((glance,), 13.2) == ()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("01_beat_align\t0\tx\t3\t0.1\t", "line 2: end"),
        ("01_beat_align\t3\t1\t3\t0.1\t", "line 2: end"),
        ("01_beat_align\t0\t1\t1\tnan\t", "line 2: score"),
        ("01_beat_align", "line 2: columns"),
    ],
)
def test_a_broken_sem_line_is_named(tmp_path: Path, line, named):
    path = tmp_path / "a.txt"
    path.write_text(f"01_beat_align\t0\t1\t1\t0.1\t\n{line}\n")
    with pytest.raises(AnnotationFileError, match=named):
        read_sem(path)


def test_prom_survives_writing_and_reading(tmp_path: Path):
    written = (
        Prominence("so", Interval(0.0, 0.25), 2.1595, 0.2),
        Prominence("", Interval(0.25, 0.3), 0.0, 0.0),
    )
    write_prom(written, "1_wayne_0_1_1", tmp_path / "a.prom")
    assert read_prom(tmp_path / "a.prom") == written


def test_a_broken_prom_line_is_named(tmp_path: Path):
    path = tmp_path / "a.prom"
    path.write_text("id\t0\t1\tso\thigh\t0\n")
    with pytest.raises(AnnotationFileError, match="line 1: prominence"):
        read_prom(path)


def test_a_connective_is_as_prominent_as_its_words_at_its_own_time():
    spoken = words("and for example and so on and")
    prominences = tuple(Prominence(w.text, w.interval, float(i)) for i, w in enumerate(spoken))
    assert prominence_of("and", spoken[3].interval, prominences) == 3.0
    assert prominence_of("For example,", Interval(0.0, 3.5), prominences) == 1.5
    assert prominence_of("however", Interval(0.0, 3.5), prominences) is None


def test_split_and_whisper_survive_writing_and_reading(tmp_path: Path):
    splits = {"1_wayne_0_1_1": "test", "1_wayne_0_9_9": "val"}
    write_split(splits, tmp_path / "s.csv")
    assert read_split(tmp_path / "s.csv") == splits
    write_whisper(words("so it goes"), tmp_path / "w.json")
    assert read_whisper(tmp_path / "w.json") == words("so it goes")


def test_an_unknown_split_is_named(tmp_path: Path):
    (tmp_path / "s.csv").write_text("id,type\n1_wayne_0_1_1,dev\n")
    with pytest.raises(AnnotationFileError, match=r"line 2: type: expected one of train.*'dev'"):
        read_split(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Temporal.Synchrony", "Temporal.Synchronous"),
        ("Expansion.Alternative.Chosen alternative", "Expansion.Substitution.Arg2-as-subst"),
        ("Expansion.Restatement.Specification", "Expansion.Level-of-detail.Arg2-as-detail"),
        ("contingency.cause.REASON", "Contingency.Cause.Reason"),
        ("Expansion.level_of_detail", "Expansion.Level-of-detail"),
        ("Contingency.Cause.Whatever", "Contingency.Cause"),
        ("Comparison", "Comparison"),
        ("contrast between ideas", None),
        ("Comparison.Whatever", None),
    ],
)
def test_both_generations_of_sense_names_are_read(written, read):
    assert pdtb3_sense(written) == read


def test_every_sense_is_its_own_name():
    assert [pdtb3_sense(sense) for sense in SENSES] == list(SENSES)


def test_senses_match_down_to_where_the_gesture_changes():
    assert matching_sense("Contingency.Condition.Arg2-as-cond") == "Contingency.Condition"
    assert matching_sense("Contingency.Cause.Reason") == "Contingency.Cause.Reason"
    assert matching_sense("Contingency.Cause+Belief.Reason+Belief") == "Contingency.Cause.Reason"
    assert matching_sense("Comparison") == "Comparison"
