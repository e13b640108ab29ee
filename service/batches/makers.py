"""Who makes the motion of a batch: the networks of this process, or a service elsewhere."""

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from service.batches.manifest import Entry, Named
from service.batches.run import StoppedError
from service.errors import GestureError, UnavailableError
from service.results import Json, Origin, write_results
from service.settings import Settings

if TYPE_CHECKING:
    from annotations.database import Database
    from chironomia import Client, Job, JobEndedError, Problem
    from service.generator import Generator

POLL_SECONDS = 20.0
NOT_OF_ENTRIES = frozenset({"unauthenticated", "forbidden", "unavailable"})
"""Types of refusals that any entry would meet."""


@dataclass(frozen=True)
class Here:
    """One generator, loaded once; the windows of all entries share its batches."""

    settings: Settings
    generator: "Generator"
    index_version: int

    @classmethod
    def open(cls, settings: Settings, database: "Database") -> Self:
        """Weights and the live index version, which stays the same for the whole batch."""
        from service.loading import Loader

        loader = Loader(settings, database)
        snapshot = loader.snapshot()
        return cls(settings, loader.generator(snapshot), snapshot.version)

    @property
    def weights_id(self) -> str:
        """Of the weights in memory."""
        return self.generator.pipeline.weights_id

    def make(self, entry: Entry, key: str, folder: Path, stop: threading.Event) -> Json:
        """The main path for one entry."""
        from service.speaking import FILE_NAME, uttered

        def watch(_stage: str, _done: int, _total: int) -> None:
            if stop.is_set():
                raise StoppedError

        said = uttered(entry.given(), self.settings)
        generation = self.generator.generate(said.speech, entry.speaker, entry.options, watch)
        origin = Origin(
            weights_id=self.weights_id,
            index_version=self.index_version,
            speaker=entry.speaker,
            options=entry.options,
            precision=self.generator.pipeline.precision,
            job=key,
            sound=None if entry.sound is None else entry.sound.sha256,
            voice=said.voice,
        )
        if said.wav is not None:
            (folder / FILE_NAME).write_bytes(said.wav)
        provenance = write_results(generation, origin, folder)
        return provenance | {"seconds": generation.motion.seconds}


@dataclass(frozen=True)
class Elsewhere:
    """A service; its queue decides how fast it goes."""

    client: "Client"
    pause_seconds: float = 5.0
    """Between two tries while the queue is full."""

    @cached_property
    def _versions(self) -> tuple[str, int]:
        info = self.client.info()
        if info.weights_id is None or info.index_version is None:
            raise UnavailableError(
                "worker_missing",
                "the service has no worker that is ready",
                field="--server",
                remedy="start one there with `chironomia worker`",
            )
        return info.weights_id, info.index_version

    @property
    def weights_id(self) -> str:
        """Of the service's worker when the batch began."""
        return self._versions[0]

    @property
    def index_version(self) -> int:
        """Of the service's live index when the batch began."""
        return self._versions[1]

    def make(self, entry: Entry, key: str, folder: Path, stop: threading.Event) -> Json:
        """Send an entry, wait for it, fetch its files; a later run finds the same job."""
        from chironomia import AnswerError, ChironomiaError, JobEndedError

        try:
            job = self._ended(self._submitted(entry, key, stop), stop)
            self.client.download_all(job, folder)
        except JobEndedError as error:
            raise _ended_without(error) from error
        except AnswerError as error:
            if error.problem.type not in NOT_OF_ENTRIES:
                raise _told(error.problem) from error
            raise ConnectionError(f"{entry.id} was not taken: {error}") from error
        except ChironomiaError as error:
            # no answer, or none of the service's: nothing that the entry could be blamed for
            raise ConnectionError(f"{entry.id} was not made: {error}") from error
        return dict(job.result or {})

    def _submitted(self, entry: Entry, key: str, stop: threading.Event) -> "Job":
        """The entry's job, however long the queue is full."""
        from chironomia import OverloadedError, Speech

        while True:
            try:
                return self.client.submit(
                    Speech(_path(entry.sound), _path(entry.words), entry.text),
                    speaker=entry.speaker,
                    options=entry.options.as_json(),
                    idempotency_key=f"batch-{key}",
                )
            except OverloadedError:
                if stop.wait(self.pause_seconds):
                    raise StoppedError from None

    def _ended(self, job: "Job", stop: threading.Event) -> "Job":
        from chironomia import WaitTooLongError

        while True:
            try:
                return self.client.wait(job, timeout=POLL_SECONDS)
            except WaitTooLongError:
                if stop.is_set():
                    raise StoppedError from None


def _path(file: Named | None) -> Path | None:
    return None if file is None else file.path


def _ended_without(error: "JobEndedError") -> GestureError:
    """A job that failed, was canceled or has expired, as an error of its entry."""
    if error.problem is not None:
        return _told(error.problem)
    return GestureError(
        "job_ended", str(error), remedy="run the same command again with --retry-failed"
    )


def _told(problem: "Problem") -> GestureError:
    """A refusal of the service as one of ours."""
    return GestureError(
        problem.code,
        problem.message,
        field=problem.field,
        limit=problem.limit,
        found=problem.found,
        remedy=problem.remedy,
    )
