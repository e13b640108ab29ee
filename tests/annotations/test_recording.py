"""What one recording of a small corpus gives: clips, tiers, windows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from annotations.beat2 import write_relations
from annotations.corpus import Corpus, Recording, RecordingClip, windows_of
from annotations.relations import RelationsFile, TokenRelation
from annotations.types import AnnotatedSpeech, DiscourseRelation, GestureType, Source
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word
from tests.annotations.small_corpus import SECONDS, annotate, named, words


def test_a_clip_holds_ten_seconds_and_stands_still_behind_the_end(folder: Path):
    recording = named(Corpus.open(folder), "1_wayne_0_1_1")
    clip = RecordingClip(recording, 5.0)
    motion, speech = clip.motion(), clip.speech()
    assert (len(motion), motion.fps, speech.seconds) == (300, 30.0, 10.0)
    moved = motion.poses[:, 16, 2] * 1000
    spoken_frames = round((SECONDS - 0.5 - 5.0) * 30)
    torch.testing.assert_close(moved[:spoken_frames], torch.arange(150.0, 150 + spoken_frames))
    assert (moved[spoken_frames:] == moved[spoken_frames - 1]).all()
    assert np.abs(speech.samples[: spoken_frames // 30 * SAMPLE_RATE]).max() > 0
    assert np.abs(speech.samples[7 * SAMPLE_RATE :]).max() == 0
    assert speech.words[0].interval.start == pytest.approx(0.0)
    assert (clip.key, clip.speaker) == ("1_wayne_0_1_1@5.000", 0)


def test_a_clip_is_a_copy_that_may_be_written_to(folder: Path):
    recording = named(Corpus.open(folder), "1_wayne_0_1_1")
    recording.clip(0.0).motion().poses[:] = 7.0
    assert recording.clip(0.0).motion().poses[0, 16, 2] == 0.0


def test_a_clip_behind_the_motion_and_motion_of_a_query_are_refused(folder: Path):
    corpus = Corpus.open(folder)
    with pytest.raises(ValueError, match=r"begins behind the motion's 11\.500 s"):
        named(corpus, "1_wayne_0_1_1").clip(11.5).motion()
    with pytest.raises(ValueError, match="no motion; it can only be a query"):
        named(corpus, "2_scott_0_4_4").motion()


def test_tiers_come_from_the_corpus_files(folder: Path):
    def never(_: Speech) -> AnnotatedSpeech:
        raise AssertionError("every tier has a file")

    annotated = named(Corpus.open(folder), "1_wayne_0_1_1").annotated(never)
    (relation,) = annotated.relations
    assert (relation.connective, relation.sense, relation.tokens) == (
        "but",
        "Comparison.Contrast",
        (4,),
    )
    (label,) = annotated.gestures
    assert (label.type, label.word, label.tokens) == (GestureType.ICONIC, "big river", (6, 7))
    assert {p.value for p in annotated.prominences} == {1.5}
    assert annotated.notes == ()


def test_tiers_without_a_file_come_from_the_annotator(folder: Path):
    recording = named(Corpus.open(folder), "28_tiffnay_0_9_9")
    annotated = recording.annotated(annotate)
    assert [label.source for label in annotated.gestures] == [Source.RULES]
    assert annotated.notes == ("guessed",)
    assert recording.annotated().gestures == ()


def test_a_broken_tier_is_noted_and_filled_by_the_annotator(folder: Path):
    (folder / "sem/1_wayne_0_1_1.txt").write_text("01_beat_align\tx\n")
    annotated = named(Corpus.open(folder), "1_wayne_0_1_1").annotated(annotate)
    assert [label.source for label in annotated.gestures] == [Source.RULES]
    assert len(annotated.relations) == 1
    assert "1_wayne_0_1_1.txt, line 1" in annotated.notes[0]


def test_a_sense_of_no_inventory_is_noted(folder: Path):
    file = RelationsFile(words(), (TokenRelation("but", (4,), "a turn of thought"),))
    write_relations(file, folder / "discourse_rels/1_wayne_0_1_1_whisper_relations.json")
    annotated = named(Corpus.open(folder), "1_wayne_0_1_1").annotated()
    assert "a turn of thought" in annotated.notes[0]


def relation(at: float) -> DiscourseRelation:
    span = Interval(at, at + 0.3)
    return DiscourseRelation(
        "so", "Contingency.Cause.Result", Interval(at - 3, at + 3), span, tokens=(0,)
    )


def speech_of(seconds: float) -> Speech:
    spoken = tuple(Word("so", Interval(s, s + 0.5)) for s in np.arange(0.0, seconds - 0.5, 1.0))
    return Speech(np.zeros(round(seconds * SAMPLE_RATE), np.float32), spoken)


def recording_of(folder: Path, seconds: float) -> Recording:
    return replace(named(Corpus.open(folder), "1_wayne_0_1_1"), seconds=seconds)


def test_windows_lie_every_five_seconds_and_count_time_from_their_start(folder: Path):
    annotated = AnnotatedSpeech(speech_of(21.0), (relation(12.0),))
    windows = windows_of(annotated, recording_of(folder, 21.0))
    assert [w.start_seconds for w in windows] == [0.0, 5.0, 10.0]
    assert [len(w.relations) for w in windows] == [0, 1, 1]
    (late,) = windows[2].relations
    assert late.connective_interval.start == pytest.approx(2.0)
    assert late.interval == Interval(0.0, 5.0)
    assert windows[2].key == "1_wayne_0_1_1@10.000"
    assert windows[2].text == " ".join(["so"] * 10)


def test_a_last_short_window_is_cut_only_for_what_no_other_one_holds(folder: Path):
    long = recording_of(folder, 21.0)
    with_more = windows_of(AnnotatedSpeech(speech_of(21.0), (relation(20.5),)), long)
    assert [w.start_seconds for w in with_more] == [0.0, 5.0, 10.0, 15.0]
    assert [len(w.relations) for w in with_more] == [0, 0, 0, 1]
    again = windows_of(AnnotatedSpeech(speech_of(21.0), (relation(18.5),)), long)
    assert [w.start_seconds for w in again] == [0.0, 5.0, 10.0]


def test_a_recording_shorter_than_a_window_gives_one(folder: Path):
    short = recording_of(folder, 6.0)
    assert len(windows_of(AnnotatedSpeech(speech_of(6.0), (relation(4.0),)), short)) == 1
    assert windows_of(AnnotatedSpeech(speech_of(6.0)), short) == ()
