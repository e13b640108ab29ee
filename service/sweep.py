"""Removes what is past its time: results that were kept long enough, uploads nobody needs."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from annotations.database import Database
from annotations.job_repository import JobRepository
from service.storage import Storage

SWEEP_SECONDS = 3600.0
"""Least time between two sweeps of one worker."""
UPLOADS = ("sound", "motion")
"""Fields of requests that name an upload."""
FRESH_SECONDS = 3600.0
"""Files younger than this stay: the job of an upload may be about to be written."""


def sweep(storage: Storage, database: Database) -> int:
    """Remove results of jobs whose time is over and uploads of no kept job; returns how many."""
    gone = 0
    with database.reading() as session:
        jobs = JobRepository(session)
        kept = jobs.kept(datetime.now(UTC))
        for folder in _children(storage.root / "results"):
            known = jobs.get(folder.name) is not None
            torn = folder.name.startswith(".") and _is_old(folder)
            if torn or (known and folder.name not in kept):
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    needed = {request.get(name) for request in kept.values() for name in UPLOADS}
    for shelf in _children(storage.root / "uploads"):
        for upload in _children(shelf):
            if upload.name not in needed and _is_old(upload):
                upload.unlink(missing_ok=True)
                gone += 1
    return gone


def _children(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.iterdir()) if folder.is_dir() else ())


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > FRESH_SECONDS
    except FileNotFoundError:
        return False
