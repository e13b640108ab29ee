"""Finished windows of a long talk, kept in the home until its job has ended.

They lie under ``windows/<job>/<fingerprint>``, a file for each batch. The fingerprint covers all
that decides what is sampled, so that nothing of other weights, of another index, of another sound
or of another placement is taken over.
Files appear whole and are never changed: two workers that sample the same batch write the same.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import structlog
import torch
from safetensors.torch import load_file, save

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import Job
from diffusion.kept import Batch, Tokens
from diffusion.sampling import SamplingStoppedError
from service.engine import Durably
from service.storage import write_durably

_log = structlog.get_logger(__name__)


def at_once(work: Callable[[], None]) -> None:
    """Do a piece of work outside the durable engine."""
    work()


@dataclass(frozen=True)
class Fingerprint:
    """What decides the tokens of a job's windows, beside the talk that is sampled to."""

    job: Job
    weights_id: str
    index_version: int
    batch_windows: int

    def digest(self, talk: str) -> str:
        """Sixteen hex digits, for the talk of that digest."""
        request = dict(self.job.request)
        told = [request, self.weights_id, self.index_version, self.batch_windows, talk]
        content = json.dumps(told, sort_keys=True).encode()
        return hashlib.sha256(content).hexdigest()[:16]


@dataclass(frozen=True)
class Checkpoint:
    """Notes in the job's row that a part of it need not be done again."""

    database: Database
    job: Job
    done: Callable[[], None] = lambda: None
    """Called when a part was done by this worker."""

    def __call__(self) -> None:
        """Note it; ends the work where somebody else ended the job or has begun it again."""
        with self.database.session() as session:
            goes_on = JobRepository(session).keep(self.job.id, self.job.attempt)
        if not goes_on:
            raise SamplingStoppedError(f"job {self.job.id} was ended or begun again elsewhere")
        self.done()


@dataclass(frozen=True)
class StoredWindows:
    """Batches of one talk in a folder, each sampled in a durable step of its own."""

    folder: Path
    """Of the job; within it every talk has its own."""
    fingerprint: Fingerprint
    device: torch.device
    durably: Durably
    checkpoint: Callable[[], None]
    talk: str = ""
    """Digest of what is sampled to."""

    @property
    def batch_windows(self) -> int:
        """Windows in one batch."""
        return self.fingerprint.batch_windows

    def of(self, talk: str) -> Self:
        """Where batches of that talk lie."""
        return replace(self, talk=talk)

    def once(self, batch: Batch, sample: Callable[[], Mapping[int, Tokens]]) -> None:
        """Keep what ``sample`` gives for a batch, unless that is kept already."""
        failures: list[Exception] = []

        def work() -> None:
            # an error that the engine recorded would come back at every new start
            try:
                self._keep(batch, sample)
            except Exception as error:
                failures.append(error)

        self.durably(work)
        if failures:
            raise failures[0]
        # recorded as done by a worker with a home of its own, or before the folder was lost
        self._keep(batch, sample)

    def read(self, batch: Batch) -> Mapping[int, Tokens]:
        """Tokens of a kept batch by window, where the networks are."""
        found = load_file(self._path(batch), device=str(self.device))
        return {int(name): tokens for name, tokens in found.items()}

    def _keep(self, batch: Batch, sample: Callable[[], Mapping[int, Tokens]]) -> None:
        path = self._path(batch)
        if path.exists():
            return
        tokens = {str(index): each.contiguous().cpu() for index, each in sample().items()}
        write_durably(path, save(tokens))
        _log.info("windows kept", windows=len(tokens), file=path.name)
        self.checkpoint()

    def _path(self, batch: Batch) -> Path:
        folder = self.folder / self.fingerprint.digest(self.talk)
        return folder / f"{batch[0]:05}-{batch[-1]:05}.safetensors"
