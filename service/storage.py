"""Files at the edge: uploads by content, results by job."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from motion.export.options import FORMATS, file_name

RESULT_NAMES = (*map(file_name, FORMATS), "explanation.json")
"""Files that a finished job may have."""


@dataclass(frozen=True)
class Storage:
    """Uploads and results under one folder."""

    root: Path

    def put_upload(self, content: bytes) -> str:
        """Keep uploaded bytes; returns their sha256, which is also their name."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.upload(digest)
        try:
            # needed again: the sweep leaves young files alone
            os.utime(path)
        except FileNotFoundError:
            _write_durably(path, content)
        return digest

    def upload(self, digest: str) -> Path:
        """Where the upload of that sha256 lies."""
        return self.root / "uploads" / digest[:2] / digest

    def results(self, job: str) -> Path:
        """Folder of a job's result files."""
        return self.root / "results" / job

    @contextmanager
    def writing_results(self, job: str) -> Iterator[Path]:
        """A folder to write a job's results into; leaving it makes them appear all at once."""
        aside = self.root / "results" / f".{job}.{os.getpid()}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        try:
            yield aside
            shutil.rmtree(self.results(job), ignore_errors=True)
            aside.rename(self.results(job))
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def result(self, job: str, name: str) -> Path:
        """One result file."""
        if name not in RESULT_NAMES:
            raise ValueError(f"unknown result {name!r}; there are {RESULT_NAMES}")
        return self.results(job) / name


def _write_durably(path: Path, content: bytes) -> None:
    """Write aside, flush to disk, then rename: a crash leaves the old state or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
