"""Index files: whole, or found out at load; a save that fails leaves the earlier one whole."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from retrieval.entries import Entries
from retrieval.index import FaissIndex
from retrieval.index_files import (
    FORMAT_VERSION,
    MANIFEST,
    EmbedderMismatchError,
    IndexFileError,
    IndexNotSavedError,
    read_manifest,
)
from retrieval.vector_index import Found, SearchFilter
from tests.retrieval.entry_worlds import (
    EMBEDDER,
    LABELS,
    WIDTH,
    entries_of,
    random_rows,
    with_faiss,
)
from tests.retrieval.savers import (
    killed_at_any_instant,
    read_beside_two_writers,
    with_little_room,
)

KINDS = ["vectors-*.f32", "entries-*.npz", MANIFEST]


def saved(folder: Path, count: int = 40, seed: int = 0, version: int = 5) -> FaissIndex:
    index = with_faiss(entries_of(random_rows(count, seed)), version)
    index.save(folder)
    return index


def answer(index: FaissIndex) -> tuple[Found, ...]:
    return index.search(np.arange(WIDTH, dtype=np.float32), SearchFilter(LABELS), 9)


def test_a_saved_index_gives_the_same_answers_when_loaded(tmp_path):
    index = saved(tmp_path / "new" / "index")
    loaded = FaissIndex.load(tmp_path / "new" / "index", EMBEDDER)

    assert answer(loaded) == answer(index)
    assert (loaded.version, loaded.embedder_id, loaded.width) == (5, EMBEDDER, WIDTH)
    assert loaded.label_counts == index.label_counts


def test_the_manifest_says_what_lies_beside_it(tmp_path):
    saved(tmp_path)
    manifest = read_manifest(tmp_path)

    assert (manifest.format_version, manifest.embedder_id) == (FORMAT_VERSION, EMBEDDER)
    assert (manifest.index_version, manifest.count, manifest.width) == (5, 40, WIDTH)
    assert {name.partition(":")[0] for name in manifest.files.values()} | {MANIFEST} == {
        path.name for path in tmp_path.iterdir()
    }


def test_saving_again_replaces_the_index_and_leaves_nothing_behind(tmp_path):
    saved(tmp_path, seed=1)
    for leftover in (".vectors.f32", ".manifest.json", "vectors-0123.faiss", "entries-4567.json"):
        (tmp_path / leftover).write_text("of a save that was cut short, or of an older format")
    (tmp_path / "notes.txt").write_text("not ours")
    saved(tmp_path, count=12, seed=2)

    assert len(FaissIndex.load(tmp_path)) == 12
    assert len(list(tmp_path.iterdir())) == 4
    assert (tmp_path / "notes.txt").exists()


def test_an_index_without_entries_survives_saving(tmp_path):
    with_faiss(Entries.none(WIDTH)).save(tmp_path)

    loaded = FaissIndex.load(tmp_path)
    assert (len(loaded), loaded.width, answer(loaded)) == (0, WIDTH, ())


def test_an_index_of_another_embedder_is_refused_with_both_names(tmp_path):
    saved(tmp_path)

    with pytest.raises(EmbedderMismatchError, match="letters@1, not other@2.*index build"):
        FaissIndex.load(tmp_path, "other@2")


@pytest.mark.parametrize("pattern", KINDS)
def test_any_flipped_bit_is_found_at_load(tmp_path, pattern):
    saved(tmp_path, count=3)
    path = next(tmp_path.glob(pattern))
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 97)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        if not same_meaning(path, whole, bytes(flipped)):
            with pytest.raises(IndexFileError, match="index build"):
                FaissIndex.load(tmp_path)


def same_meaning(path: Path, whole: bytes, flipped: bytes) -> bool:
    """Whether a flip left a manifest that says the same, as one space for another blank does."""
    try:
        return path.name == MANIFEST and json.loads(whole) == json.loads(flipped)
    except ValueError:
        return False


@pytest.mark.parametrize("pattern", KINDS)
@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_torn_file_is_found_at_load(tmp_path, pattern, part):
    saved(tmp_path)
    path = next(tmp_path.glob(pattern))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])

    with pytest.raises(IndexFileError, match=f"{re.escape(path.name)} (is damaged|cannot be read)"):
        FaissIndex.load(tmp_path)


@pytest.mark.parametrize("pattern", KINDS)
def test_a_missing_file_is_named(tmp_path, pattern):
    saved(tmp_path)
    path = next(tmp_path.glob(pattern))
    path.unlink()

    with pytest.raises(IndexFileError, match=re.escape(path.name)):
        FaissIndex.load(tmp_path)


def test_files_of_another_index_under_our_names_are_found_out(tmp_path):
    saved(tmp_path / "ours")
    saved(tmp_path / "theirs", seed=1)
    for kind in KINDS[:2]:
        ours, theirs = (next((tmp_path / whose).glob(kind)) for whose in ("ours", "theirs"))
        whole = ours.read_bytes()
        ours.write_bytes(theirs.read_bytes())
        with pytest.raises(IndexFileError, match="is damaged"):
            FaissIndex.load(tmp_path / "ours")
        ours.write_bytes(whole)

    assert len(FaissIndex.load(tmp_path / "ours")) == 40


@pytest.mark.parametrize(
    "manifest", ["", "null", "[]", "{}", '{"format_version": 2}', '{"format_version": 2, "x": 1}']
)
def test_a_foreign_manifest_is_refused(tmp_path, manifest):
    saved(tmp_path)
    (tmp_path / MANIFEST).write_text(manifest)

    with pytest.raises(IndexFileError, match="manifest.json"):
        FaissIndex.load(tmp_path)


def test_another_format_is_named(tmp_path):
    saved(tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))

    with pytest.raises(IndexFileError, match="format 99 is not 2"):
        FaissIndex.load(tmp_path)


def test_where_the_disk_takes_no_more_the_earlier_index_stays_whole(tmp_path):
    index = saved(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    told = run_saver(with_little_room, tmp_path)

    assert len(told) == 3
    for line in told:
        assert "the index was not saved (File too large); it takes 0.2 MB: free space" in line
        assert str(tmp_path) in line
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert answer(FaissIndex.load(tmp_path)) == answer(index)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    place = tmp_path / "file"
    place.write_text("in the way")

    with pytest.raises(IndexNotSavedError, match=r"was not saved.*save again.*file"):
        with_faiss(entries_of(random_rows(3))).save(place)


def test_a_save_that_is_killed_at_any_instant_leaves_a_whole_index(tmp_path):
    saved(tmp_path, count=300, version=300)

    assert run_saver(killed_at_any_instant, tmp_path) == ["whole"]
    saved(tmp_path, count=20)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_reader_beside_two_writers_always_gets_a_whole_index(tmp_path):
    saved(tmp_path, count=300, version=300)

    assert run_saver(read_beside_two_writers, tmp_path) == ["2 versions"]


def run_saver(saver: Callable[[Path], None], folder: Path) -> list[str]:
    """What a program of `tests.retrieval.savers` prints; it must end well."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.retrieval.savers", saver.__name__, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()
