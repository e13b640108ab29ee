"""One bad recording never stops the rest: it is left out with its reason, the others come in."""

import os
import shutil
import signal
from dataclasses import dataclass

import numpy as np
import pytest

from annotations.corpus import Corpus
from annotations.repository import Repository
from indexing.build import BuildOptions, IndexTools, build_index
from indexing.snapshot import open_index
from motion.files import read_npz, write_npz
from tests.indexing.tiny_corpus import (
    SCOTT,
    SOLOMON,
    WAYNE,
    FakeEmbedder,
    FakePipeline,
    write_recording,
)

TOOLS = IndexTools(FakeEmbedder())


def changed_motion(root, change) -> None:
    path = root / "smplxflame_30" / f"{WAYNE}.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    change(arrays)
    np.savez(path, **arrays)


def not_a_number(arrays):
    arrays["poses"][5, 5] = np.nan


def frames_missing(arrays):
    arrays["trans"] = arrays["trans"][:-7]


def no_rate(arrays):
    del arrays["mocap_frame_rate"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (not_a_number, "poses holds values that are not finite"),
        (frames_missing, "trans must have shape"),
        (no_rate, "mocap_frame_rate"),
    ],
)
def test_a_motion_that_cannot_be_used_is_left_out_with_its_reason(
    sqlite, root, folder, change, reason
):
    changed_motion(root, change)
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    [problem] = report.problems
    assert (problem.recording_id, report.recordings) == (WAYNE, 2)
    assert reason in problem.message


def test_a_sound_that_cannot_be_read_is_left_out_with_its_reason(sqlite, root, folder):
    path = root / "wave16k" / f"{WAYNE}.wav"
    path.write_bytes(path.read_bytes()[:20])
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    [problem] = report.problems
    assert (problem.recording_id, problem.file, report.recordings) == (WAYNE, path, 2)


def test_damage_is_stored_with_the_recording_and_mended_by_the_next_build(sqlite, root, folder):
    changed_motion(root, not_a_number)
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with sqlite.reading() as session:
        assert "not finite" in Repository(session).recording(WAYNE).problem
    assert report.recordings == 2

    write_recording(root, WAYNE)
    mended = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    assert mended.problems == ()
    assert (mended.recordings, mended.unchanged) == (3, 2)


def test_a_recording_that_breaks_later_leaves_the_index_and_comes_back(sqlite, root, folder):
    before = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    path = root / "smplxflame_30" / f"{WAYNE}.npz"
    whole = path.read_bytes()
    changed_motion(root, not_a_number)
    after = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert (before.recordings, after.recordings) == (3, 2)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    assert WAYNE not in {e.window.recording for e in snapshot.exemplars.every()}
    path.write_bytes(whole)
    again = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    assert again.labels == before.labels
    ids = open_index(sqlite, folder, FakeEmbedder()).index.ids
    assert (
        ids.tolist()
        == open_index(sqlite, folder, FakeEmbedder(), before.version).index.ids.tolist()
    )


def test_a_sound_much_longer_than_its_motion_is_used_as_far_as_both_go_and_noted(
    sqlite, root, folder
):
    path = root / "smplxflame_30" / f"{SCOTT}.npz"
    write_npz(read_npz(path).sliced_seconds(0.0, 12.0), path)
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert report.problems == ()
    [note] = [each for each in report.notes if "frame count" in each]
    assert note.startswith(f"{SCOTT}: motion lasts 12.00 s, sound 22.00 s")
    assert any("lie behind the recording's 12.00 s" in each for each in report.notes)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    ends = [
        each.window.start_seconds + each.annotation.focus.end
        for each in snapshot.exemplars.every()
        if each.window.recording == SCOTT
    ]
    assert max(ends) <= 12.0


def test_a_recording_without_annotations_is_noted(sqlite, root, folder):
    for tier in (f"sem/{WAYNE}.txt", f"discourse_rels/{WAYNE}_whisper_relations.json"):
        (root / tier).unlink()
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert report.recordings == 2
    assert any(note.startswith(f"{WAYNE}: holds no discourse") for note in report.notes)


def test_two_corpora_share_an_index_but_not_an_id(sqlite, root, folder, tmp_path):
    only_wayne = shutil.copytree(root, tmp_path / "second")
    for path in only_wayne.rglob(f"*{SOLOMON}*"):
        path.unlink()
    for path in root.rglob("*wayne*"):
        path.unlink()
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    report = build_index(Corpus.open(only_wayne), sqlite, folder, TOOLS)

    clashes = [p for p in report.problems if "already indexed from" in p.message]
    assert [problem.recording_id for problem in clashes] == [SCOTT]
    assert report.recordings == 3


def test_missing_tiers_are_filled_and_a_broken_one_is_noted(sqlite, root, folder):
    (root / "sem" / f"{SCOTT}.txt").write_text("one\ttwo\n")
    (root / "prom" / f"{WAYNE}.prom").unlink()
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert report.recordings == 3
    assert any(note.startswith(f"{SCOTT}: unreadable") for note in report.notes)


@dataclass(frozen=True)
class Deadly:
    """An annotator that fails for short recordings, in one way or another."""

    kill: bool

    def __call__(self, speech):
        if speech.seconds < 10:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise ZeroDivisionError("nobody thought of this")
        raise AssertionError("only the short recording lacks a tier")


@pytest.mark.parametrize(
    ("kill", "jobs", "reason"),
    [(False, 1, "ZeroDivisionError: nobody thought"), (True, 2, "killed the process")],
)
def test_whatever_happens_to_one_recording_the_others_are_indexed(
    sqlite, root, folder, kill, jobs, reason
):
    (root / "sem" / f"{SOLOMON}.txt").unlink()
    tools = IndexTools(FakeEmbedder(), annotate=Deadly(kill))
    report = build_index(Corpus.open(root), sqlite, folder, tools, BuildOptions(jobs=jobs))

    [problem] = report.problems
    assert (problem.recording_id, report.recordings) == (SOLOMON, 2)
    assert reason in problem.message


class PickyPipeline(FakePipeline):
    """Weights that do not know every speaker."""

    def invert(self, clips):
        if any(clip.speaker == 2 for clip in clips):
            raise ValueError("speaker 2 is unknown to these weights")
        return super().invert(clips)


def test_a_clip_that_cannot_be_inverted_is_told_of_and_the_others_are_inverted(
    sqlite, root, folder
):
    tools = IndexTools(FakeEmbedder(), PickyPipeline())
    report = build_index(Corpus.open(root), sqlite, folder, tools)

    assert {problem.recording_id for problem in report.problems} == {SOLOMON}
    assert all("unknown to these weights" in problem.message for problem in report.problems)
    assert (report.recordings, report.inverted) == (3, len(tools.pipeline.inverted))
