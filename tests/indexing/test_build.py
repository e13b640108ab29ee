import shutil
from collections import Counter

import numpy as np
import pytest
import torch
from sqlalchemy import func, select

from annotations.corpus import Corpus
from annotations.database import Database
from annotations.repository import Repository
from annotations.tables import Base
from indexing.build import BuildOptions, IndexTools, NothingToIndexError, build_index
from indexing.segment import SegmentOptions
from indexing.snapshot import NoIndexError, open_index
from motion.files import read_npz, write_npz
from tests.indexing.tiny_corpus import (
    SCOTT,
    SOLOMON,
    WAYNE,
    FakeEmbedder,
    FakePipeline,
    write_recording,
)

REASON = "Contingency.Cause.Reason"
TOOLS = IndexTools(FakeEmbedder())


def everything(database) -> dict[str, list]:
    """All rows of all tables; times and events aside."""
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(table.select())))
            for table in Base.metadata.sorted_tables
            if table.name != "events"
        }


def count(database, table: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Base.metadata.tables[table]))


def test_a_corpus_becomes_a_snapshot_that_knows_every_annotation(database, root, folder):
    report = build_index(Corpus.open(root), database, folder, TOOLS)
    snapshot = open_index(database, folder, FakeEmbedder())

    assert report.problems == ()
    assert report.recordings == 3
    assert report.labels == {REASON: 6, "iconic": 5}
    assert report.exemplars == 11 == len(snapshot.index) == len(snapshot.exemplars)
    assert Counter(e.annotation.label for e in snapshot.exemplars.values()) == report.labels
    assert snapshot.version == report.version
    assert snapshot.index.version == report.version.id


def test_strokes_lead_their_words_as_they_were_choreographed(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())

    leads = [e.annotation.focus.start - e.stroke_seconds for e in snapshot.exemplars.values()]
    assert leads == pytest.approx([0.1] * len(leads), abs=0.04)


def test_building_twice_changes_nothing(database, root, folder):
    first = build_index(Corpus.open(root), database, folder, TOOLS)
    rows, events = everything(database), count(database, "events")
    files = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    second = build_index(Corpus.open(root), database, folder, TOOLS)

    assert everything(database) == rows
    assert count(database, "events") == events
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")) == files
    assert second.version == first.version
    assert (first.unchanged, second.unchanged) == (0, 3)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("stage", ["cut", "embed", "invert", "write"])
def test_an_interrupted_build_resumes_and_ends_like_one_that_was_not(
    sqlite, root, folder, tmp_path, stage
):
    options = BuildOptions(embedding_batch=5, inversion_batch=2)

    def interrupt(at: str, done: int, _: int) -> None:
        if at == stage and done >= (2 if stage in ("cut", "invert") else 0):
            raise StoppedError

    first, second, whole = FakePipeline(), FakePipeline(), FakePipeline()
    tools = IndexTools(FakeEmbedder(), first)
    with pytest.raises(StoppedError):
        build_index(Corpus.open(root), sqlite, folder, tools, options, interrupt)
    with pytest.raises(NoIndexError):
        open_index(sqlite, folder, FakeEmbedder())
    tools = IndexTools(FakeEmbedder(), second)
    resumed = build_index(Corpus.open(root), sqlite, folder, tools, options)

    with Database.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        tools = IndexTools(FakeEmbedder(), whole)
        build_index(Corpus.open(root), other, tmp_path / "other", tools, options)
        for table in ("recordings", "windows", "exemplars", "embeddings"):
            assert everything(sqlite)[table] == everything(other)[table]
    assert sorted(first.inverted + second.inverted) == sorted(whole.inverted)
    assert resumed.unchanged == (2 if stage == "cut" else 3)
    assert resumed.inverted == len(second.inverted)


def test_a_corrupt_motion_file_is_reported_and_the_others_are_indexed(sqlite, root, folder):
    (root / "smplxflame_30" / f"{WAYNE}.npz").write_bytes(b"PK\x03\x04 not really")
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert [problem.recording_id for problem in report.problems] == [WAYNE]
    assert report.problems[0].file.name == f"{WAYNE}.npz"
    assert report.recordings == 2


def test_damage_inside_a_file_is_reported_too_and_mended_by_the_next_build(sqlite, root, folder):
    path = root / "smplxflame_30" / f"{WAYNE}.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["poses"][5, 5] = np.nan
    np.savez(path, **arrays)
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert [problem.recording_id for problem in report.problems] == [WAYNE]
    assert "not finite" in report.problems[0].message
    with sqlite.reading() as session:
        assert "not finite" in Repository(session).recording(WAYNE).problem
    assert report.recordings == 2

    write_recording(root, WAYNE)
    mended = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    assert mended.problems == ()
    assert (mended.recordings, mended.unchanged) == (3, 2)


def test_a_recording_that_breaks_later_leaves_the_index(sqlite, root, folder):
    before = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    (root / "smplxflame_30" / f"{WAYNE}.npz").write_bytes(b"")
    after = build_index(Corpus.open(root), sqlite, folder, TOOLS)

    assert (before.recordings, after.recordings) == (3, 2)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    assert WAYNE not in {e.window.recording for e in snapshot.exemplars.values()}


def test_only_the_chosen_splits_are_searched_also_after_a_build_of_all(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    report = build_index(
        Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(splits=("train", "val"))
    )
    snapshot = open_index(sqlite, folder, FakeEmbedder())

    assert report.recordings == 2
    assert {e.window.recording for e in snapshot.exemplars.values()} == {SCOTT, WAYNE}
    assert SOLOMON not in str(snapshot.exemplars)


def test_other_options_cut_again_and_ids_of_equal_exemplars_stay(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    before = open_index(sqlite, folder, FakeEmbedder()).exemplars
    published = BuildOptions(segment=SegmentOptions(beats=True, every_window=True))
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS, published)
    after = open_index(sqlite, folder, FakeEmbedder()).exemplars

    assert report.labels["beat"] > 0
    assert len(after) > len(before)
    assert before.items() <= after.items()


def test_a_changed_motion_makes_other_exemplars_and_another_trajectory(sqlite, root, folder):
    pipeline = FakePipeline()
    tools = IndexTools(FakeEmbedder(), pipeline)
    build_index(Corpus.open(root), sqlite, folder, tools)
    before = open_index(sqlite, folder, FakeEmbedder())
    (key,) = {e.window.key for e in before.exemplars.values() if e.window.recording == SOLOMON}
    old = before.trajectories(pipeline.weights_id).get(key).latents.clone()

    path = root / "smplxflame_30" / f"{SOLOMON}.npz"
    motion = read_npz(path)
    write_npz(motion.__class__(motion.poses * 0.5, motion.translation, motion.expression, 30), path)
    pipeline.inverted.clear()
    report = build_index(Corpus.open(root), sqlite, folder, tools)
    after = open_index(sqlite, folder, FakeEmbedder())

    assert pipeline.inverted == [key]
    assert not torch.equal(after.trajectories(pipeline.weights_id).get(key).latents, old)
    assert (report.recordings, report.unchanged) == (3, 2)
    assert len(before.exemplars.keys() - after.exemplars.keys()) == 2
    assert len(after.exemplars.keys() - before.exemplars.keys()) == 2


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


def test_a_corpus_without_an_annotation_is_refused_with_the_reason(sqlite, root, folder):
    for tier in ("sem", "discourse_rels"):
        shutil.rmtree(root / tier)
    with pytest.raises(NothingToIndexError, match="at least one discourse relation"):
        build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with pytest.raises(NoIndexError, match="chironomia index build"):
        open_index(sqlite, folder, FakeEmbedder())


def test_progress_runs_through_every_stage_to_its_end(sqlite, root, folder):
    seen = []
    tools = IndexTools(FakeEmbedder(), FakePipeline())
    report = build_index(
        *(Corpus.open(root), sqlite, folder, tools),
        progress=lambda *step: seen.append(step),
    )

    assert list(dict.fromkeys(stage for stage, _, _ in seen)) == ["cut", "embed", "invert", "write"]
    last = {stage: (done, total) for stage, done, total in seen}
    windows = report.inverted
    assert last == {
        "cut": (3, 3),
        "embed": (report.exemplars, report.exemplars),
        "invert": (windows, windows),
        "write": (1, 1),
    }
