"""Indexing one recording beside the others."""

import pytest

from annotations.corpus import Corpus
from indexing.build import IndexTools, build_index
from indexing.snapshot import open_index
from indexing.update import RecordingFiles, RecordingRefusedError, add_recording
from speech.audio import load_audio
from speech.transcript import Speech, Word
from tests.indexing.tiny_corpus import SCOTT, SOLOMON, WAYNE, FakeEmbedder, FakePipeline, words

NEW = "4_lawrence_0_1_1"


def files_of(root, name=SCOTT, recording_id=NEW) -> RecordingFiles:
    """A recording as it is uploaded: another's motion, sound and words."""
    speech = Speech(load_audio(root / "wave16k" / f"{name}.wav"), words(22.0))
    motion = (root / "smplxflame_30" / f"{name}.npz").read_bytes()
    return RecordingFiles(recording_id, motion, speech)


class Labeller:
    """Relations and gestures by the corpus that the speech was taken from."""

    def __init__(self, root) -> None:
        [self._recording] = [e for e in Corpus.open(root).recordings if e.id == SCOTT]

    def __call__(self, _speech):
        return self._recording.annotated()


def test_an_uploaded_recording_is_indexed_and_the_others_stay(sqlite, root, folder, tmp_path):
    build_index(Corpus.open(root), sqlite, folder, IndexTools(FakeEmbedder()))
    before = open_index(sqlite, folder, FakeEmbedder())
    files_of(root).put(tmp_path / "uploads")
    tools = IndexTools(FakeEmbedder(), FakePipeline(), Labeller(root))
    report = add_recording(sqlite, folder, tools, tmp_path / "uploads", [NEW])
    after = before.refreshed(report.version)

    assert report.problems == ()
    assert (report.recordings, report.speakers["lawrence"]) == (4, 6)
    kept = set(before.index.ids.tolist())
    assert kept < set(after.index.ids.tolist())
    [clip] = {
        after.clips(each.window).recording.motion_path
        for each in after.exemplars.every()
        if each.id not in kept
    }
    assert clip == tmp_path / "uploads" / "smplxflame_30" / f"{NEW}.npz"
    again = add_recording(sqlite, folder, tools, tmp_path / "uploads", [NEW])
    assert (again.version, again.unchanged) == (report.version, 1)


def test_some_recordings_of_a_corpus_are_indexed_alone(sqlite, root, folder):
    tools = IndexTools(FakeEmbedder())
    one = add_recording(sqlite, folder, tools, root, [WAYNE])
    two = add_recording(sqlite, folder, tools, root, [SOLOMON, SOLOMON])
    assert (one.recordings, two.recordings) == (1, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "lawrence"}, "id"),
        ({"id": "../../4_lawrence_0_1_1"}, "id"),
        ({"id": "99_lawrence_0_1_1"}, "id"),
        ({"motion": b"PK not really"}, "motion"),
    ],
)
def test_files_that_cannot_be_used_are_refused_and_leave_nothing(root, tmp_path, change, field):
    given = files_of(root)
    files = RecordingFiles(
        change.get("id", given.id), change.get("motion", given.motion), given.speech
    )
    with pytest.raises(RecordingRefusedError) as refused:
        files.put(tmp_path / "uploads")
    assert refused.value.field == field
    assert refused.value.remedy
    assert [path for path in tmp_path.rglob("*4_lawrence*") if path.is_file()] == []


def test_a_recording_without_words_or_of_no_folder_is_refused(sqlite, root, folder, tmp_path):
    given = files_of(root)
    with pytest.raises(RecordingRefusedError, match="timed words"):
        RecordingFiles(NEW, given.motion, Speech(given.speech.samples)).put(tmp_path / "uploads")
    with pytest.raises(RecordingRefusedError, match=NEW):
        add_recording(sqlite, folder, IndexTools(FakeEmbedder()), root, [NEW])


def test_an_upload_that_replaces_a_recording_is_cut_anew(sqlite, root, folder, tmp_path):
    uploads = tmp_path / "uploads"
    tools = IndexTools(FakeEmbedder(), FakePipeline(), Labeller(root))
    files_of(root).put(uploads)
    first = add_recording(sqlite, folder, tools, uploads, [NEW])
    given = files_of(root)
    spoken = tuple(Word(w.text, w.interval) for w in given.speech.words[:-1])
    RecordingFiles(NEW, given.motion, Speech(given.speech.samples, spoken)).put(uploads)
    second = add_recording(sqlite, folder, tools, uploads, [NEW])

    assert (second.unchanged, second.recordings) == (0, first.recordings)
