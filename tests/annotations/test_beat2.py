"""Annotation files: golden cases, round trips, and errors that name the place."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from annotations.beat2 import (
    SemLabel,
    gesture_labels,
    prominence_of,
    read_prom,
    read_relations,
    read_sem,
    read_split,
    read_whisper,
    sem_scores,
    write_prom,
    write_relations,
    write_sem,
    write_split,
    write_whisper,
)
from annotations.corpus import speaker_index
from annotations.fields import AnnotationFileError
from annotations.relations import RelationsFile, TokenRelation
from annotations.senses import SENSES, matching_sense, pdtb3_sense
from annotations.types import AnnotatedSpeech, GestureType, Prominence
from annotations.windows import Tiers, published_spans, tiers_within
from motion.body import foot_contact
from motion.parts import JOINTS
from motion.timeline import MODEL_FPS
from speech.transcript import Interval, Speech, Word, read_textgrid
from tests.parity import load_json, parity_folder

TIME = {"rel": 0, "abs": 1e-9}


class Case:
    """One clip of the golden files, read by our readers."""

    def __init__(self, name: str) -> None:
        folder = parity_folder() / "discourse_files"
        self.expected = load_json("discourse_files/expected")
        self.frames = self.expected["pose_frames_30fps"][name] // 2
        self.seconds = self.frames / MODEL_FPS
        self.id = self.expected["clip_names"][name]
        self.file = read_relations(folder / f"{name}_whisper_relations.json")
        self.sem = read_sem(folder / f"{name}_sem.txt")
        self.gestures = gesture_labels(self.sem, self.seconds)
        self.prominences = read_prom(folder / f"{name}.prom")

    def tiers(self, span: Interval) -> Tiers:
        speech = Speech(np.zeros(1, np.float32), self.file.tokens)
        tiers = AnnotatedSpeech(speech, (), self.gestures, self.prominences)
        return tiers_within(tiers, span)

    def text(self, span: Interval) -> str:
        return " ".join(word.text for word in self.file.words if word.interval.inside(span))


def assert_window(found: Case, span: Interval, expected: dict) -> None:
    tiers = found.tiers(span)
    assert_words(tiers.words, expected["text_segments"])
    assert_gestures(tiers.gestures, expected["gesture_labels"])
    assert_prominences(tiers.prominences, expected["prominence"])
    relations = [
        (r.connective, r.sense, r.arg1, r.arg2, *_times(r, span.start))
        for r in found.file.within(span)
    ]
    assert_relations(relations, expected["discourse"])


def _times(relation, start):
    whole, connective = relation.interval, relation.connective_interval
    return [t - start for t in (whole.start, whole.end, connective.start, connective.end)]


def assert_words(found, expected):
    assert [word.text for word in found] == [text for _, text in expected]
    for word, (span, _) in zip(found, expected, strict=True):
        assert [word.interval.start, word.interval.end] == pytest.approx(span, **TIME)


def assert_gestures(found, expected):
    assert [(g.type.value, g.word) for g in found] == [(e["name"], e["word"]) for e in expected]
    for label, e in zip(found, expected, strict=True):
        span = [label.interval.start, label.interval.end]
        assert span == pytest.approx([e["start"], e["end"]], **TIME)


def assert_prominences(found, expected):
    assert [p.word for p in found] == [word for word, *_ in expected]
    for p, (_, *numbers) in zip(found, expected, strict=True):
        assert [p.interval.start, p.interval.end, p.value] == pytest.approx(numbers, **TIME)


def assert_relations(found, expected):
    assert [f[0] for f in found] == [e[0] for e in expected]
    for f, e in zip(found, expected, strict=True):
        assert list(f[1:4]) == [pdtb3_sense(e[1]) or e[1], *e[2:4]]
        assert list(f[4:]) == pytest.approx(e[4:], **TIME)


def test_parity_tokens_lose_the_blanks_inside_them():
    case = Case("main")
    found = [(t.text, t.interval.start, t.interval.end) for t in case.file.tokens]
    assert [f[0] for f in found] == [e[0] for e in case.expected["tokens"]]
    for f, e in zip(found, case.expected["tokens"], strict=True):
        assert f[1:] == pytest.approx(tuple(e[1:3]), **TIME)
        assert f[2] - f[1] == pytest.approx(e[3], **TIME)


def test_parity_relations_of_every_window_are_those_whose_connective_lies_inside():
    case = Case("main")
    assert case.expected["relations"]
    for window in case.expected["relations"]:
        span = Interval(window["start"], window["end"])
        found = case.file.within(span)
        kept = [r for r in window["expected"] if r["conn_start"] >= span.start]
        kept = [r for r in kept if r["conn_end"] <= span.end]
        assert [r.connective for r in found] == [e["connective"] for e in kept]
        for r, e in zip(found, kept, strict=True):
            numbers = (e["start"], e["end"], e["conn_start"], e["conn_end"])
            assert _times(r, 0.0) == pytest.approx(list(numbers), **TIME)
            assert (r.arg1, r.arg2) == (e["Arg1"]["text"], e["Arg2"]["text"])
            assert r.sense == (pdtb3_sense(e["sense"]) or e["sense"])


def test_parity_argument_spans_are_clamped_to_the_window():
    case = Case("main")
    for window in case.expected["relations"]:
        span = Interval(window["start"], window["end"])
        relations = [r for r in case.file.relations if case.file.argument_interval(r.tokens, span)]
        expected = {(e["connective"], e["conn_start"]): e for e in window["expected"]}
        for r in relations:
            first = case.file.tokens[min(r.tokens)].interval.start
            e = expected.get((r.connective, first))
            for tokens, name in ((r.arg1, "Arg1"), (r.arg2, "Arg2")):
                interval = case.file.argument_interval(tokens, span)
                if e is None or interval is None or e[name]["start"] > e[name]["end"]:
                    continue
                numbers = [e[name]["start"], e[name]["end"]]
                assert [interval.start, interval.end] == pytest.approx(numbers, **TIME)


@pytest.mark.parametrize("kind", ["test_windowed", "test_full"])
def test_parity_test_windows_hold_the_published_annotations(kind):
    case = Case("main")
    length = case.expected[kind][0]["frames"]
    spans = published_spans(case.file.words, case.frames, length, length)
    assert len(spans) == len(case.expected[kind])
    for i, (span, expected) in enumerate(zip(spans, case.expected[kind], strict=True)):
        assert expected["name"] == f"{case.id}/{i}"
        assert round(span.start * 30) == expected["first_source_frame"]
        assert case.text(span) == expected["text"]
        assert_window(case, span, expected)
        assert speaker_index(case.id) == expected["speaker_index"]


def test_parity_semantic_scores_are_those_of_the_first_label_at_each_frame():
    case = Case("main")
    scores = sem_scores(case.sem, case.frames)
    windows = [w for w in case.expected["test_windowed"] if w["sem_score"] is not None]
    assert windows
    for window in windows:
        first = window["first_source_frame"] // 2
        found = scores[first : first + window["frames"]]
        np.testing.assert_allclose(found, window["sem_score"], atol=1e-9)


def test_parity_feet_rest_where_the_next_frame_is_near():
    case = Case("main")
    feet = load_file(parity_folder() / "discourse_files/feet.safetensors")
    name = next(key for key in feet if "main" in key or len(feet) == 1)
    positions = feet[name]
    body = torch.zeros(len(positions), JOINTS, 3)
    body[:, [7, 8, 10, 11]] = positions
    contact = foot_contact(body)
    for window in case.expected["test_windowed"]:
        first = window["first_source_frame"] // 2
        found = contact[first : first + window["frames"]].int().tolist()
        assert found == window["contact"]


def test_parity_training_windows_start_every_five_frames():
    case = Case("main")
    spans = published_spans(case.file.words, case.frames, stride=5)
    assert len(spans) == case.expected["train_count"]
    assert case.expected["train_windows"]
    for index, expected in case.expected["train_windows"].items():
        span = spans[int(index)]
        assert expected["name"] == f"{case.id}/{index}"
        assert span.start == pytest.approx(int(index) * 5 / MODEL_FPS, **TIME)
        assert case.text(span) == expected["text"]
        assert_window(case, span, expected)


def test_parity_one_window_without_words_drops_the_whole_clip():
    counts = load_json("discourse_files/expected")["both_clips_counts"]
    for name in counts["train"]:
        case = Case(name)
        whole = case.frames // MODEL_FPS * MODEL_FPS
        found = {
            "train": published_spans(case.file.words, case.frames, 5),
            "test_windowed": published_spans(case.file.words, case.frames, 150),
            "test_full": published_spans(case.file.words, case.frames, whole, whole),
        }
        assert {kind: len(spans) for kind, spans in found.items()} == {
            kind: count[name] for kind, count in counts.items()
        }


def test_parity_textgrid_words():
    expected = load_json("discourse_files/expected")["textgrid"]["words"]
    found = read_textgrid(parity_folder() / "discourse_files/main.TextGrid")
    spoken = [[[start, end], text] for start, end, text in expected if text]
    assert_words([word for word in found if word.text], spoken)


def test_parity_long_form_chunks_hold_what_lies_wholly_inside_them():
    case = Case("main")
    full = case.expected["test_full"][0]
    whole = published_spans(case.file.words, case.frames, full["frames"], full["frames"])[0]
    speech = Speech(np.zeros(1, np.float32), case.tiers(whole).words)
    annotated = AnnotatedSpeech(
        speech, case.file.within(whole), case.tiers(whole).gestures, case.tiers(whole).prominences
    )
    chunks = load_json("longform")["annotation_windows"]["chunks"]
    assert chunks
    for chunk in chunks:
        span = Interval(chunk["start_frame"] / MODEL_FPS, chunk["end_frame"] / MODEL_FPS)
        tiers = tiers_within(annotated, span, "whole")
        assert_words(tiers.words, chunk["text_segments"])
        assert_gestures(tiers.gestures, chunk["gesture_labels"])
        assert_prominences(tiers.prominences, chunk["prominence"])
        relations = [
            (r.connective, r.sense, r.arg1, r.arg2, *_times(r, 0.0)) for r in tiers.relations
        ]
        assert_relations(relations, chunk["discourse"])


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
