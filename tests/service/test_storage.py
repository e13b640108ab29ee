"""Uploads on disk: by content, whole or not at all."""

import hashlib
import io
import os

import pytest

from service.storage import Storage, flush_files

CONTENT = b"sound" * 500_000


class Breaking(io.BytesIO):
    """A file whose disk fails in the middle of the second reading."""

    def __init__(self) -> None:
        super().__init__(CONTENT)
        self.pieces = 0

    def read(self, size: int | None = -1) -> bytes:
        self.pieces += 1
        if self.pieces > 5:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_an_upload_is_kept_once_under_its_sha256(tmp_path):
    storage = Storage(tmp_path)
    digest = storage.put_upload_file(io.BytesIO(CONTENT))
    assert digest == hashlib.sha256(CONTENT).hexdigest() == storage.put_upload(CONTENT)
    path = storage.upload(digest)
    written = path.stat().st_ino
    assert path.read_bytes() == CONTENT
    assert storage.put_upload_file(io.BytesIO(CONTENT)) == digest
    assert path.stat().st_ino == written
    assert [each.name for each in path.parent.iterdir()] == [digest]


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="Input/output"):
        Storage(tmp_path).put_upload_file(Breaking())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_results_are_on_the_disk_before_they_are_published(tmp_path, monkeypatch):
    synced, real = [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), real(file))
    )
    storage = Storage(tmp_path)

    with storage.writing_results("job") as folder:
        (folder / "motion.npz").write_bytes(b"motion")
        flush_files(folder)
        assert set(synced) == {folder.stat().st_ino, (folder / "motion.npz").stat().st_ino}
        storage.publish_results(folder, "job")

    published = storage.results("job")
    assert published.parent.stat().st_ino in synced
    assert (published / "motion.npz").read_bytes() == b"motion"
