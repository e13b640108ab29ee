"""A small corpus written by the test, and the two real recordings where they are at hand."""

from pathlib import Path

import numpy as np
import pytest

from annotations.corpus import SPEAKERS, Corpus, CorpusError, speaker_index, windows_of
from annotations.types import GestureType
from motion.files import MotionFileError
from speech.transcript import write_textgrid
from tests.annotations.small_corpus import (
    SECONDS,
    annotate,
    named,
    words,
    write_motion,
    write_sound,
)
from tests.parity import load_json

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "beat2-mini"


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
    recording = named(Corpus.open(folder), "1_wayne_0_1_1")
    assert recording.seconds == pytest.approx(SECONDS - 0.5)
    assert recording.motion().seconds == pytest.approx(SECONDS - 0.5)
    assert recording.speech().seconds == pytest.approx(SECONDS - 0.5)
    write_textgrid(folder / "textgrid/1_wayne_0_1_1.TextGrid", words()[:10], 6.0)
    assert named(Corpus.open(folder), "1_wayne_0_1_1").seconds == pytest.approx(6.0)


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
    recording = named(Corpus.open(folder), "1_wayne_0_1_1")
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
