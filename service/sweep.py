"""Removes what is past its time: results, events of jobs, windows of ended ones, idle uploads."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotations.database import Database
from annotations.job_queries import JobQueries
from annotations.job_repository import JobRepository
from service.storage import Storage

SWEEP_SECONDS = 3600.0
"""Least time between two sweeps of one worker."""
UPLOAD_HOURS = 24.0
"""How long an upload of no job stays after its last use: the files of a batch are sent first."""
TORN_SECONDS = 3600.0
"""What an attempt leaves is looked at once it is so old: it may still be written."""


def sweep(storage: Storage, database: Database, kept_for: timedelta) -> int:
    """Remove results of jobs whose time is over and uploads of no kept job; returns how many.

    Jobs stay, as they ended; their events go with the results, or after as long a time.
    """
    gone, now = 0, datetime.now(UTC)
    with database.session() as session:
        JobRepository(session).forget_events(now, now - kept_for)
    with database.reading() as session:
        jobs = JobRepository(session)
        kept = JobQueries(session).kept(now)
        for folder in _children(storage.root / "results"):
            if folder.name not in kept and _is_over(folder, jobs):
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
        for folder in _children(storage.root / "windows"):
            job = jobs.get(folder.name)
            if job is None or job.state.final:
                storage.forget_windows(folder.name)
    needed = frozenset[str]().union(*kept.values())
    for shelf in _children(storage.root / "uploads"):
        for upload in _children(shelf):
            if upload.name not in needed and _is_old(upload, UPLOAD_HOURS * 3600.0):
                upload.unlink(missing_ok=True)
                gone += 1
    return gone


def _is_over(folder: Path, jobs: JobRepository) -> bool:
    """Whether it is of a job that needs it no more; what is of no job is not ours to remove."""
    return _is_torn(folder, jobs) or jobs.get(folder.name) is not None


def _is_torn(folder: Path, jobs: JobRepository) -> bool:
    """Whether it was left by an attempt at a job that has ended by now."""
    if not (folder.name.startswith(".") and _is_old(folder, TORN_SECONDS)):
        return False
    job = jobs.get(folder.name.split(".")[1])
    return job is None or job.state.final


def _children(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.iterdir()) if folder.is_dir() else ())


def _is_old(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False
