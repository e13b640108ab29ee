"""The index as it is opened: what it holds, and what is done about damaged files."""

import shutil

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from annotations.corpus import Corpus
from annotations.repository import Repository
from annotations.windows import windows_of
from diffusion.pipeline import GesturePipeline
from indexing.build import BuildOptions, IndexTools, build_index
from indexing.snapshot import open_index, rebuilt, version_folder
from motion.files import read_npz, write_npz
from motion.timeline import WINDOW_SECONDS
from retrieval.index import EmbedderMismatchError
from retrieval.vectors import exemplar_vectors
from speech.features import DefaultEncoder
from tests.indexing.tiny_corpus import SCOTT, WAYNE, FakeEmbedder

REASON = "Contingency.Cause.Reason"
TOOLS = IndexTools(FakeEmbedder())


def test_exemplars_find_their_clip_and_their_window_in_the_corpus(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    originals = {each.id: each for each in Corpus.open(root).recordings}

    for exemplar in snapshot.exemplars.values():
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
    windows = {e.window.key: e.window for e in snapshot.exemplars.values()}

    assert report.inverted == len(windows)
    assert report.version.weights_id == pipeline.weights_id
    assert stored.missing(windows) == ()
    key, window = next(iter(windows.items()))
    alone = pipeline.trajectory(snapshot.clips(window))
    torch.testing.assert_close(stored.get(key).latents, alone.latents, rtol=2e-2, atol=2e-2)


def test_the_snapshot_holds_what_sql_and_the_embedder_say(sqlite, root, folder):
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    ids = list(snapshot.exemplars)
    vectors = snapshot.index.vectors(ids)
    with sqlite.reading() as session:
        from_sql = rebuilt(Repository(session), report.version, snapshot.exemplars)

    np.testing.assert_array_equal(vectors, from_sql.vectors(ids))
    expected = exemplar_vectors(list(snapshot.exemplars.values()), FakeEmbedder())
    np.testing.assert_array_equal(vectors, expected)
    for vector in expected:
        searched = [index.search(vector, [REASON], 5) for index in (snapshot.index, from_sql)]
        assert searched[0] == searched[1]


@pytest.mark.parametrize("damage", ["gone", "vectors gone", "flipped", "foreign"])
def test_files_that_cannot_be_trusted_are_rebuilt_loudly(sqlite, root, folder, damage):
    report = build_index(Corpus.open(root), sqlite, folder, TOOLS)
    before = open_index(sqlite, folder, FakeEmbedder())
    place = version_folder(folder, report.version.id)
    (file,) = place.glob("*.faiss")
    match damage:
        case "gone":
            shutil.rmtree(place)
        case "vectors gone":
            file.unlink()
        case "flipped":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        case "foreign":
            before.index.__class__.build([], FakeEmbedder(), 99).save(place)

    with capture_logs() as logs:
        after = open_index(sqlite, folder, FakeEmbedder())
    assert [entry["log_level"] for entry in logs] == ["warning"]
    ids = list(before.exemplars)
    np.testing.assert_array_equal(after.index.vectors(ids), before.index.vectors(ids))
    with capture_logs() as logs:
        open_index(sqlite, folder, FakeEmbedder())
    assert logs == []


def test_an_older_version_still_opens_after_the_corpus_has_changed(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(label="staging"))
    before = open_index(sqlite, folder, FakeEmbedder(), "staging")
    write_npz(
        read_npz(root / "smplxflame_30" / f"{SCOTT}.npz").resampled(15).resampled(30),
        root / "smplxflame_30" / f"{WAYNE}.npz",
    )
    build_index(Corpus.open(root), sqlite, folder, TOOLS, BuildOptions(splits=("val",)))
    shutil.rmtree(version_folder(folder, before.version.id))

    again = open_index(sqlite, folder, FakeEmbedder(), "staging")
    assert again.exemplars == before.exemplars
    assert again.version != open_index(sqlite, folder, FakeEmbedder()).version


def test_another_embedder_is_refused_and_both_are_named(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, TOOLS)
    with pytest.raises(EmbedderMismatchError, match=r"fake@1.*other@2"):
        open_index(sqlite, folder, FakeEmbedder("other@2"))

    build_index(Corpus.open(root), sqlite, folder, IndexTools(FakeEmbedder("other@2", 5)))
    assert open_index(sqlite, folder, FakeEmbedder("other@2", 5)).version.embedder_id == "other@2"
