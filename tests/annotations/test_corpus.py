"""A small corpus written by the test, and the two real recordings where they are at hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from annotations.beat2 import SemLabel, write_prom, write_relations, write_sem, write_split
from annotations.corpus import (
    SPEAKERS,
    Corpus,
    CorpusError,
    Recording,
    RecordingClip,
    speaker_index,
    windows_of,
)
from annotations.relations import RelationsFile, TokenRelation
from annotations.types import (
    AnnotatedSpeech,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
)
from motion.clip import Motion
from motion.files import MotionFileError, write_npz
from speech.audio import write_wav
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word, write_textgrid
from tests.parity import load_json

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "beat2-mini"
SECONDS = 12.0
SENTENCE = "we wanted to swim but the big river was cold and we went home "


def words() -> tuple[Word, ...]:
    texts = (SENTENCE * 2).split()
    step = SECONDS / len(texts)
    return tuple(
        Word(text, Interval(round(i * step, 3), round((i + 1) * step, 3)))
        for i, text in enumerate(texts)
    )


def write_sound(path: Path, seconds: float = SECONDS) -> None:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    write_wav(path, (0.2 * np.sin(2 * np.pi * 150 * time)).astype(np.float32))


def write_motion(path: Path, seconds: float = SECONDS) -> None:
    frames = round(seconds * 30)
    still = Motion.rest(frames, 30.0)
    poses = still.poses.clone()
    poses[:, 16, 2] = torch.arange(frames) / 1000
    write_npz(replace(still, poses=poses), path)


def write_annotations(root: Path, name: str) -> None:
    spoken = words()
    but = TokenRelation("but", (4,), "Comparison.Contrast", (0, 1, 2, 3), (5, 6, 7, 8, 9))
    write_relations(
        RelationsFile(spoken, (but,)), root / f"discourse_rels/{name}_whisper_relations.json"
    )
    label = SemLabel(
        "07_iconic_h", Interval(spoken[5].interval.start, spoken[7].interval.end), 0.7, "big river"
    )
    write_sem((label,), root / f"sem/{name}.txt")
    prominences = tuple(Prominence(w.text, w.interval, 1.5) for w in spoken)
    write_prom(prominences, name, root / f"prom/{name}.prom")


FOLDERS = ("wave16k", "smplxflame_30", "textgrid", "sem", "prom", "discourse_rels")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "beat_english_v2.0.0"
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    for name, split in (("1_wayne_0_1_1", "test"), ("28_tiffnay_0_9_9", "train")):
        write_sound(root / f"wave16k/{name}.wav")
        write_motion(root / f"smplxflame_30/{name}.npz", SECONDS - 0.5)
        write_textgrid(root / f"textgrid/{name}.TextGrid", words(), SECONDS)
        del split
    write_annotations(root, "1_wayne_0_1_1")
    write_sound(root / "wave16k/2_scott_0_4_4.wav")
    write_split(
        {"1_wayne_0_1_1": "test", "28_tiffnay_0_9_9": "train", "2_scott_0_4_4": "val"},
        root / "train_test_split.csv",
    )
    return root


def annotate(speech: Speech) -> AnnotatedSpeech:
    """An annotator that finds one beat on the first word."""
    first = speech.words[:1]
    beats = tuple(
        GestureLabel(GestureType.BEAT, w.text, w.interval, (0,), 1.0, Source.RULES) for w in first
    )
    return AnnotatedSpeech(speech, gestures=beats, notes=("guessed",))


def test_parity_speaker_index():
    expected = load_json("body_parts")["speaker_index"]
    assert expected
    for number, index in expected.items():
        assert speaker_index(int(number)) == index
        assert speaker_index(f"{number}_anyone_0_1_1") == index
    assert len(SPEAKERS) == len(expected)
    assert sorted(expected.values()) == [speaker.index for speaker in SPEAKERS]


@pytest.mark.parametrize("unknown", [0, 8, 31, "8_catherine_0_1_1", "talk", ""])
def test_an_unknown_speaker_is_refused_with_the_known_ones(unknown):
    with pytest.raises(ValueError, match=r"speaker numbers are 1, 2, 3.*30"):
        speaker_index(unknown)


@pytest.mark.parametrize("given", ["itself", "parent"])
def test_a_corpus_opens_from_its_folder_or_the_one_above(folder: Path, given):
    corpus = Corpus.open(folder if given == "itself" else folder.parent)
    assert [r.id for r in corpus.recordings] == [
        "1_wayne_0_1_1",
        "28_tiffnay_0_9_9",
        "2_scott_0_4_4",
    ]
    assert [(r.speaker, r.speaker_number, r.speaker_name) for r in corpus.recordings] == [
        (0, 1, "wayne"),
        (13, 28, "tiffnay"),
        (1, 2, "scott"),
    ]
    assert [r.split for r in corpus.recordings] == ["test", "train", "val"]
    assert [r.has_motion for r in corpus.recordings] == [True, True, False]
    assert corpus.problems == ()


def test_a_folder_of_something_else_is_refused(tmp_path: Path):
    with pytest.raises(CorpusError, match="expected a folder with wave16k"):
        Corpus.open(tmp_path)


def test_a_recording_is_as_long_as_its_shortest_file(folder: Path):
    recording = Corpus.open(folder).by_id["1_wayne_0_1_1"]
    assert recording.seconds == pytest.approx(SECONDS - 0.5)
    assert recording.motion().seconds == pytest.approx(SECONDS - 0.5)
    assert recording.speech().seconds == pytest.approx(SECONDS - 0.5)
    write_textgrid(folder / "textgrid/1_wayne_0_1_1.TextGrid", words()[:10], 6.0)
    assert Corpus.open(folder).by_id["1_wayne_0_1_1"].seconds == pytest.approx(6.0)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x00" * 4000])
def test_a_corrupt_motion_file_is_reported_and_the_rest_goes_on(folder: Path, content):
    path = folder / "smplxflame_30/1_wayne_0_1_1.npz"
    path.write_bytes(content)
    corpus = Corpus.open(folder)
    assert [r.id for r in corpus.recordings] == ["28_tiffnay_0_9_9", "2_scott_0_4_4"]
    (problem,) = corpus.problems
    assert (problem.recording_id, problem.file) == ("1_wayne_0_1_1", path)
    assert str(path) in problem.message


def test_a_truncated_motion_file_is_reported(folder: Path):
    path = folder / "smplxflame_30/1_wayne_0_1_1.npz"
    path.write_bytes(path.read_bytes()[:-2000])
    assert [p.recording_id for p in Corpus.open(folder).problems] == ["1_wayne_0_1_1"]


def test_motion_of_the_wrong_shape_is_reported(folder: Path):
    path = folder / "smplxflame_30/1_wayne_0_1_1.npz"
    np.savez(path, poses=np.zeros((10, 72)), mocap_frame_rate=np.array(30))
    (problem,) = Corpus.open(folder).problems
    assert "(frames, 165)" in problem.message
    assert "(10, 72)" in problem.message


def test_damage_inside_a_file_shows_when_everything_is_read(folder: Path):
    path = folder / "smplxflame_30/1_wayne_0_1_1.npz"
    frames = 300
    np.savez(
        path,
        poses=np.full((frames, 165), np.nan, np.float32),
        trans=np.zeros((frames, 3)),
        expressions=np.zeros((frames, 100)),
        mocap_frame_rate=np.array(30),
    )
    (folder / "sem/1_wayne_0_1_1.txt").write_text("01_beat_align\tx\n")
    recording = Corpus.open(folder).by_id["1_wayne_0_1_1"]
    assert [p.file.suffix for p in recording.problems()] == [".npz", ".txt"]
    with pytest.raises(MotionFileError, match="not finite"):
        recording.motion()


def test_what_is_no_recording_is_reported(folder: Path):
    write_sound(folder / "wave16k/8_catherine_0_1_1.wav", 1.0)
    write_sound(folder / "wave16k/notes.wav", 1.0)
    (folder / "wave16k/3_solomon_0_1_1.wav").write_bytes(b"no sound at all")
    write_motion(folder / "smplxflame_30/4_lawrence_0_1_1.npz", 1.0)
    corpus = Corpus.open(folder)
    assert len(corpus.recordings) == 3
    assert {p.recording_id for p in corpus.problems} == {
        "8_catherine_0_1_1",
        "notes",
        "3_solomon_0_1_1",
        "4_lawrence_0_1_1",
    }


def test_a_split_that_lists_absent_recordings_or_is_missing_is_reported_once(folder: Path):
    with (folder / "train_test_split.csv").open("a") as file:
        file.write("1_wayne_0_2_2,train\n1_wayne_0_3_3,train\n")
    (problem,) = Corpus.open(folder).problems
    assert "2 listed recordings" in problem.message
    (folder / "train_test_split.csv").unlink()
    corpus = Corpus.open(folder)
    assert [r.split for r in corpus.recordings] == [None, None, None]
    assert "without a split" in corpus.problems[0].message


def test_a_clip_holds_ten_seconds_and_stands_still_behind_the_end(folder: Path):
    recording = Corpus.open(folder).by_id["1_wayne_0_1_1"]
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
    recording = Corpus.open(folder).by_id["1_wayne_0_1_1"]
    recording.clip(0.0).motion().poses[:] = 7.0
    assert recording.clip(0.0).motion().poses[0, 16, 2] == 0.0


def test_a_clip_behind_the_motion_and_motion_of_a_query_are_refused(folder: Path):
    corpus = Corpus.open(folder)
    with pytest.raises(ValueError, match=r"begins behind the motion's 11\.500 s"):
        corpus.by_id["1_wayne_0_1_1"].clip(11.5).motion()
    with pytest.raises(ValueError, match="no motion; it can only be a query"):
        corpus.by_id["2_scott_0_4_4"].motion()


def test_tiers_come_from_the_corpus_files(folder: Path):
    def never(_: Speech) -> AnnotatedSpeech:
        raise AssertionError("every tier has a file")

    annotated = Corpus.open(folder).by_id["1_wayne_0_1_1"].annotated(never)
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
    recording = Corpus.open(folder).by_id["28_tiffnay_0_9_9"]
    annotated = recording.annotated(annotate)
    assert [label.source for label in annotated.gestures] == [Source.RULES]
    assert annotated.notes == ("guessed",)
    assert recording.annotated().gestures == ()


def test_a_broken_tier_is_noted_and_filled_by_the_annotator(folder: Path):
    (folder / "sem/1_wayne_0_1_1.txt").write_text("01_beat_align\tx\n")
    annotated = Corpus.open(folder).by_id["1_wayne_0_1_1"].annotated(annotate)
    assert [label.source for label in annotated.gestures] == [Source.RULES]
    assert len(annotated.relations) == 1
    assert "1_wayne_0_1_1.txt, line 1" in annotated.notes[0]


def test_a_sense_of_no_inventory_is_noted(folder: Path):
    file = RelationsFile(words(), (TokenRelation("but", (4,), "a turn of thought"),))
    write_relations(file, folder / "discourse_rels/1_wayne_0_1_1_whisper_relations.json")
    annotated = Corpus.open(folder).by_id["1_wayne_0_1_1"].annotated()
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
    return replace(Corpus.open(folder).by_id["1_wayne_0_1_1"], seconds=seconds)


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


@pytest.fixture(scope="module")
def real() -> Corpus:
    if not REAL.is_dir():
        pytest.skip(f"no real recordings at {REAL}")
    return Corpus.open(REAL)


def test_the_real_recordings_open(real: Corpus):
    assert real.problems == ()
    assert sum(r.has_motion for r in real.recordings) == len(
        list((REAL / "smplxflame_30").glob("*.npz"))
    )
    assert any(not r.has_motion for r in real.recordings)
    for recording in real.recordings:
        assert recording.problems() == ()
        annotated = recording.annotated(annotate)
        assert abs(annotated.speech.seconds - recording.seconds) < 1e-3
        assert len(annotated.speech.words) > 50


def test_the_real_labels_are_where_the_file_says(real: Corpus):
    labelled = [r for r in real.recordings if r.tiers.sem]
    assert labelled
    for recording in labelled:
        annotated = recording.annotated()
        iconic = [g for g in annotated.gestures if g.type is not GestureType.BEAT]
        assert iconic
        assert all(g.word and g.tokens for g in iconic)
        windows = windows_of(annotated, recording)
        assert sum(len(w.gestures) for w in windows) > len(iconic)
        clip = recording.clip(windows[-1].start_seconds)
        assert len(clip.motion()) == 300
        assert clip.speech().seconds == 10.0
