import json
import shutil
from collections import Counter

import pytest
import torch
from sqlalchemy import func, select

from annotations.corpus import Corpus
from annotations.curation import Curation
from annotations.curation_records import Change, Relabel
from annotations.database import Database
from annotations.repository import Repository
from annotations.tables import Base
from annotations.types import Exemplar
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
)

REASON = "Contingency.Cause.Reason"
TOOLS = IndexTools(FakeEmbedder())


def held(snapshot) -> dict[int, Exemplar]:
    return {exemplar.id: exemplar for exemplar in snapshot.exemplars.every()}


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
    assert Counter(e.annotation.label for e in snapshot.exemplars.every()) == report.labels
    assert snapshot.version == snapshot.index.version == report.version


def test_strokes_lead_their_words_as_they_were_choreographed(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())

    leads = [e.annotation.focus.start - e.stroke_seconds for e in snapshot.exemplars.every()]
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
    options = BuildOptions(inversion_batch=2)

    def interrupt(at: str, done: int, _: int) -> None:
        if at == stage and done >= (2 if stage in ("cut", "invert") else 0):
            raise StoppedError

    first, second, whole = FakePipeline(), FakePipeline(), FakePipeline()
    tools = IndexTools(FakeEmbedder(), first)
    with pytest.raises(StoppedError):
        build_index(Corpus.open(root), sqlite, folder, tools, options, interrupt)
    left = open_index(sqlite, folder, FakeEmbedder())
    assert len({e.window.recording for e in left.exemplars.every()}) == (2 if stage == "cut" else 3)
    tools = IndexTools(FakeEmbedder(), second)
    resumed = build_index(Corpus.open(root), sqlite, folder, tools, options)

    with Database.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        tools = IndexTools(FakeEmbedder(), whole)
        build_index(Corpus.open(root), other, tmp_path / "other", tools, options)
        for table in ("recordings", "windows", "exemplars", "revisions", "embeddings"):
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


def test_only_the_chosen_splits_are_searched_also_after_a_build_of_all(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    report = build_index(
        Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(splits=("train", "val"))
    )
    snapshot = open_index(sqlite, folder, FakeEmbedder())

    assert report.recordings == 2
    assert {e.window.recording for e in snapshot.exemplars.every()} == {SCOTT, WAYNE}
    assert SOLOMON not in str(held(snapshot))


def test_other_options_cut_again_and_ids_of_equal_exemplars_stay(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    before = held(open_index(sqlite, folder, FakeEmbedder()))
    published = BuildOptions(segment=SegmentOptions(beats=True, every_window=True))
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS, published)
    after = held(open_index(sqlite, folder, FakeEmbedder()))

    assert report.labels["beat"] > 0
    assert len(after) > len(before)
    assert before.items() <= after.items()


def test_a_changed_motion_makes_other_exemplars_and_another_trajectory(sqlite, root, folder):
    pipeline = FakePipeline()
    tools = IndexTools(FakeEmbedder(), pipeline)
    build_index(Corpus.open(root), sqlite, folder, tools)
    before = open_index(sqlite, folder, FakeEmbedder())
    (key,) = {e.window.key for e in before.exemplars.every() if e.window.recording == SOLOMON}
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
    assert len(held(before).keys() - held(after).keys()) == 2
    assert len(held(after).keys() - held(before).keys()) == 2


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


def test_what_is_stored_does_not_depend_on_the_number_of_processes(sqlite, root, folder, tmp_path):
    one = build_index(Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(jobs=1))
    with Database.open(f"sqlite:///{tmp_path / 'two.db'}") as database:
        options = BuildOptions(jobs=2)
        two = build_index(Corpus.open(root), database, tmp_path / "two", TOOLS, options)
        assert everything(database) == everything(sqlite)
        assert count(database, "events") == count(sqlite, "events")
    assert (one.labels, one.speakers, one.version) == (two.labels, two.speakers, two.version)


def test_every_recording_is_one_event_and_one_version_with_all_its_vectors(sqlite, root, folder):
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with sqlite.reading() as session:
        repository = Repository(session)
        operations = [each.event.operation for each in repository.versions.events()]
        for version in range(1, report.version + 1):
            rows = repository.indexed_at(version)
            assert len(rows.recordings) == version
            assert repository.embeddings.missing(rows.pairs, FakeEmbedder().id) == ()
    assert operations == ["cut"] * 3


def test_edits_outlive_a_build_that_cuts_everything_anew(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    because = next(e for e in snapshot.exemplars.every() if e.annotation.label == REASON)
    with sqlite.session() as session:
        Curation(session, "mira").apply([Change(because.id, Relabel("Comparison.Contrast"))])
    published = BuildOptions(segment=SegmentOptions(beats=True, every_window=True))
    build_index(Corpus.open(root), sqlite, folder, TOOLS, published)

    after = open_index(sqlite, folder, FakeEmbedder()).exemplars.of([because.id])[because.id]
    assert after.annotation.label == "Comparison.Contrast"
    assert after.annotation.focus == because.annotation.focus


def test_the_report_counts_by_sense_type_and_speaker_and_names_what_was_skipped(
    sqlite, root, folder
):
    (root / "smplxflame_30" / f"{WAYNE}.npz").write_bytes(b"")
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    told = json.loads(json.dumps(report.as_json()))

    assert told["senses"] == {REASON: 4}
    assert told["types"] == {"iconic": 4}
    assert told["speakers"] == {"scott": 6, "solomon": 2}
    assert [each["recording"] for each in told["skipped"]] == [WAYNE]
    assert set(told["seconds"]) == {"cut", "embed", "invert", "write", "read", "annotate", "window"}
