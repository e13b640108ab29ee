"""Files at the edge: uploads by content, results by job."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from motion.export.options import FORMATS, file_name

RESULT_NAMES = (*map(file_name, FORMATS), "explanation.json", "speech.wav")
"""Files that a finished job may have."""
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Storage:
    """Uploads and results under one folder."""

    root: Path

    def put_upload(self, content: bytes) -> str:
        """Keep uploaded bytes; returns their sha256, which is also their name."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.renew_upload(digest):
            write_durably(self.upload(digest), content)
        return digest

    def put_upload_file(self, file: BinaryIO) -> str:
        """Keep an uploaded file, copied piece by piece; returns its sha256."""
        digest = _sha256_of_open(file)
        if not self.renew_upload(digest):
            file.seek(0)
            with _appearing(self.upload(digest)) as aside:
                shutil.copyfileobj(file, aside, _PIECE_BYTES)
        return digest

    def renew_upload(self, digest: str) -> bool:
        """Keep an upload as if it had come now, as the sweep leaves young ones; is it there?"""
        try:
            os.utime(self.upload(digest))
        except FileNotFoundError:
            return False
        return True

    def upload(self, digest: str) -> Path:
        """Where the upload of that sha256 lies."""
        return self.root / "uploads" / digest[:2] / digest

    def results(self, job: str) -> Path:
        """Folder of a job's result files."""
        return self.root / "results" / job

    @contextmanager
    def writing_results(self, job: str) -> Iterator[Path]:
        """A folder to write a job's results into, until they are published or dropped."""
        aside = self.root / "results" / f".{job}.{uuid4().hex}"
        aside.mkdir(parents=True)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def publish_results(self, written: Path, job: str) -> None:
        """Make a job's results appear all at once, in place of those of an earlier attempt.

        Call it in the transaction that ends the job: of two attempts only one may.
        """
        shutil.rmtree(self.results(job), ignore_errors=True)
        written.rename(self.results(job))
        _flush(self.root / "results")

    def windows(self, job: str) -> Path:
        """Folder of what a long talk has finished of itself."""
        return self.root / "windows" / job

    def forget_windows(self, job: str) -> None:
        """Remove what a job has kept for whoever goes on with it."""
        shutil.rmtree(self.windows(job), ignore_errors=True)

    def result(self, job: str, name: str) -> Path:
        """One result file."""
        if name not in RESULT_NAMES:
            raise ValueError(f"unknown result {name!r}; there are {RESULT_NAMES}")
        return self.results(job) / name


def flush_files(folder: Path) -> None:
    """Bring every file of a folder to the disk, so that a power cut leaves none of them torn."""
    for path in (*folder.iterdir(), folder):
        _flush(path)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that appears whole, or not at all."""
    with _appearing(path) as aside:
        aside.write(content)


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file written aside, flushed to disk, then renamed: a crash leaves the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _sha256_of_open(file: BinaryIO) -> str:
    seen = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        seen.update(piece)
    return seen.hexdigest()


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(folder: Path) -> dict[str, str]:
    """Sha256 of each file of a folder, by name."""
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
