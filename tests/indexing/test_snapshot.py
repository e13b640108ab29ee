"""The index as it is opened: what it holds, and what is done about damaged files."""

import resource
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from annotations.corpus import Corpus
from annotations.curation import Curation
from annotations.curation_errors import UnknownVersionError
from annotations.curation_records import Change, Relabel, Remove, Reword
from annotations.database import Database
from annotations.repository import Repository
from annotations.windows import windows_of
from diffusion.pipeline import GesturePipeline
from indexing import snapshot as snapshots
from indexing.build import BuildOptions, IndexTools, build_index
from indexing.entries import VectorSizeError
from indexing.snapshot import IndexSource, NoIndexError, open_index
from motion.files import read_npz, write_npz
from motion.timeline import WINDOW_SECONDS
from retrieval.index import EmbedderMismatchError
from retrieval.vector_index import SearchFilter
from retrieval.vectors import exemplar_vectors
from speech.features import DefaultEncoder
from tests.indexing.synthetic import store
from tests.indexing.test_refresh import NAMES, assert_alike
from tests.indexing.tiny_corpus import SCOTT, WAYNE, FakeEmbedder

REASON = "Contingency.Cause.Reason"
TOOLS = IndexTools(FakeEmbedder())


def base_files(folder):
    [place] = (folder / "base").iterdir()
    return place


def edited(database, edit, place: int = 0) -> int:
    """Make one edit; the version after it."""
    with database.session() as session:
        exemplar = Repository(session).indexed_ids()[place]
        return Curation(session, "mira").apply([Change(exemplar, edit)]).version


def test_exemplars_find_their_clip_and_their_window_in_the_corpus(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    originals = {each.id: each for each in Corpus.open(root).recordings}

    for exemplar in snapshot.exemplars.every():
        recording = originals[exemplar.window.recording]
        clip = snapshot.clips(exemplar.window)
        assert clip.recording == recording
        assert clip.key == exemplar.window.key
        assert exemplar.window in windows_of(recording.annotated(), recording)
        assert clip.motion().seconds == WINDOW_SECONDS
        assert exemplar.annotation in (*exemplar.window.relations, *exemplar.window.gestures)


def test_every_window_with_an_exemplar_has_a_trajectory_of_its_clip(sqlite, root, folder):
    pipeline = GesturePipeline.tiny(DefaultEncoder())
    tools, options = IndexTools(FakeEmbedder(), pipeline), BuildOptions(splits=("val", "test"))
    report = build_index(Corpus.open(root), sqlite, folder, tools, options)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    stored = snapshot.trajectories(pipeline.weights_id)
    windows = {e.window.key: e.window for e in snapshot.exemplars.every()}

    assert report.inverted == len(windows)
    assert stored.missing(windows) == ()
    key, window = next(iter(windows.items()))
    assert stored.get(key).latents.dtype == torch.float16
    alone = pipeline.trajectory(snapshot.clips(window))
    torch.testing.assert_close(stored.get(key).latents, alone.latents, rtol=2e-2, atol=2e-2)


def test_the_snapshot_holds_what_the_embedder_says(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    exemplars = list(snapshot.exemplars.every())
    expected = exemplar_vectors(exemplars, FakeEmbedder())

    assert [each.id for each in exemplars] == snapshot.index.ids.tolist()
    np.testing.assert_array_equal(snapshot.index.vectors(snapshot.index.ids.tolist()), expected)
    for exemplar, vector in zip(exemplars, expected, strict=True):
        allowed = SearchFilter((exemplar.annotation.label,))
        assert exemplar.id in [found.id for found in snapshot.index.search(vector, allowed, 3)]


@pytest.mark.parametrize("damage", ["gone", "torn", "flipped", "manifest", "foreign"])
def test_files_that_cannot_be_trusted_are_rebuilt_loudly(sqlite, folder, tmp_path, damage):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    before = source.open()
    place = base_files(folder)
    file = place / "manifest.json" if damage == "manifest" else next(place.glob("*.f32"))
    match damage:
        case "gone":
            shutil.rmtree(place)
        case "torn":
            file.write_bytes(file.read_bytes()[:-100])
        case "flipped" | "manifest":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        case "foreign":
            other_folder = tmp_path / "other"
            with Database.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
                store(other, NAMES, seed=1)
                IndexSource(other, other_folder, FakeEmbedder()).open()
            shutil.rmtree(place)
            shutil.copytree(
                base_files(other_folder), folder / "base" / base_files(other_folder).name
            )

    with capture_logs() as logs:
        after = source.open()
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert logs[-1]["event"] == "the index is rebuilt from SQL"
    assert_alike(after, before)
    with capture_logs() as logs:
        assert_alike(source.open(), before)
    assert logs == []


def test_files_of_an_earlier_life_of_the_database_are_not_taken_for_ours(sqlite, folder, tmp_path):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    with sqlite.engine.connect() as connection:
        connection.connection.execute(f"VACUUM INTO '{tmp_path / 'backup.db'}'")
    edited(sqlite, Reword("volcano"))
    source.open().with_files()

    with Database.open(f"sqlite:///{tmp_path / 'backup.db'}") as restored:
        edited(restored, Reword("glacier"))
        again = IndexSource(restored, folder, FakeEmbedder())
        with capture_logs() as logs:
            opened = again.open()
        assert "another database" in logs[0]["problem"]
        first = int(opened.index.ids[0])
        assert opened.exemplars.of([first])[first].annotation.word == "glacier"
        expected = exemplar_vectors(list(opened.exemplars.of([first]).values()), FakeEmbedder())
        np.testing.assert_array_equal(opened.index.vectors([first]), expected)


@contextmanager
def small_files(most_bytes: int):
    """Every write that makes a file longer fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_keeps_the_files_before_and_the_index_goes_on_from_memory(sqlite, folder):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    opened = source.open()
    files = sorted((path, path.read_bytes()) for path in base_files(folder).iterdir())
    version = edited(sqlite, Relabel(REASON))
    later = opened.refreshed(version)

    with capture_logs() as logs, small_files(1000):
        unsaved = later.with_files()
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "the index was not saved" in logs[0]["problem"]
    assert sorted((path, path.read_bytes()) for path in base_files(folder).iterdir()) == files
    assert unsaved.changes == 1
    assert_alike(source.open(), unsaved)

    assert unsaved.with_files().changes == 0
    assert base_files(folder).name.startswith(f"{version}-")


def test_files_are_written_anew_when_much_has_changed_since(sqlite, folder, monkeypatch):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    first = source.open()
    monkeypatch.setattr(snapshots, "CHANGES_IN_MEMORY", 2)
    versions = [edited(sqlite, Reword(word), place) for place, word in enumerate("abc")]

    source.open(versions[1])
    assert base_files(folder).name.startswith(f"{first.version}-")
    source.open(versions[2])
    assert base_files(folder).name.startswith(f"{versions[2]}-")
    assert_alike(source.open(first.version), first)


def test_an_older_version_still_opens_after_the_corpus_has_changed(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with sqlite.session() as session:
        Curation(session, "mira").tag("show")
    before = open_index(sqlite, folder, FakeEmbedder(), "show")
    write_npz(
        read_npz(root / "smplxflame_30" / f"{SCOTT}.npz").resampled(15).resampled(30),
        root / "smplxflame_30" / f"{WAYNE}.npz",
    )
    build_index(Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(splits=("val",)))
    shutil.rmtree(folder / "base")

    again = open_index(sqlite, folder, FakeEmbedder(), "show")
    assert_alike(again, before)
    assert again.version != open_index(sqlite, folder, FakeEmbedder()).version


def test_live_follows_edits_until_it_is_rolled_back_and_promoted(sqlite, folder):
    store(sqlite, NAMES)
    source = IndexSource(sqlite, folder, FakeEmbedder())
    built = source.open()
    later = edited(sqlite, Remove())
    assert source.open().version == later
    with sqlite.session() as session:
        Curation(session, "mira").roll_back(built.version)
    assert_alike(source.open(), built)
    assert source.open("staging").version == later
    with sqlite.session() as session:
        Curation(session, "mira").promote(follow=True)
    assert len(source.open().index) == len(built.index) - 1


def test_nothing_indexed_and_versions_that_do_not_exist_are_told_apart(sqlite, folder):
    source = IndexSource(sqlite, folder, FakeEmbedder())
    with pytest.raises(NoIndexError, match="chironomia index build"):
        source.open()
    store(sqlite, NAMES)
    for name in ("premiere", 999):
        with pytest.raises(UnknownVersionError, match=str(name)):
            source.open(name)


def test_another_embedder_is_refused_and_both_are_named(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with pytest.raises(EmbedderMismatchError, match=r"fake@1.*other@2") as refused:
        open_index(sqlite, folder, FakeEmbedder("other@2"))
    assert "chironomia index build" in str(refused.value)

    build_index(Corpus.open(root), sqlite, folder, IndexTools(FakeEmbedder("other@2", 5)))
    assert open_index(sqlite, folder, FakeEmbedder("other@2", 5)).index.embedder_id == "other@2"


def test_an_embedder_of_another_size_under_the_same_id_is_refused(sqlite, folder):
    store(sqlite, NAMES)
    IndexSource(sqlite, folder, FakeEmbedder()).open()
    edited(sqlite, Reword("volcano"))
    for _ in range(2):
        with pytest.raises(VectorSizeError, match="43 numbers an entry, it makes 37"):
            open_index(sqlite, folder, FakeEmbedder(width=5))
        shutil.rmtree(folder / "base", ignore_errors=True)
    assert len(open_index(sqlite, folder, FakeEmbedder()).index) > 0
