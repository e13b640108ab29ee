"""Annotation files against golden cases of the published readers."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from annotations.beat2 import gesture_labels, read_prom, read_relations, read_sem, sem_scores
from annotations.corpus import speaker_index
from annotations.senses import pdtb3_sense
from annotations.types import AnnotatedSpeech
from annotations.windows import Tiers, published_spans, tiers_within
from motion.body import foot_contact
from motion.parts import JOINTS
from motion.timeline import MODEL_FPS
from speech.transcript import Interval, Speech, read_textgrid
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
