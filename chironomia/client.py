"""The client of programs that wait."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from chironomia.batches import (
    Batch,
    BatchOrder,
    BatchWatch,
    Manifest,
    cancel_batch,
    get_batch,
    submit_batch,
    wait_batch,
)
from chironomia.downloads import download
from chironomia.operations import Address, Operations, Request, Watch, succeeded
from chironomia.options import Options
from chironomia.records import Info, Job, JobPage
from chironomia.results import place_of, query_of
from chironomia.retry import Retry
from chironomia.speech import Source, Speech
from chironomia.steps import Call, Flow, Lost, Outcome, Pause, Reply, Step, Stream
from chironomia.transport import Wire, reply_of, told, unsendable

T = TypeVar("T")


class Client:
    """A service at an address; it may be used by several threads at once.

    Address and key come from ``CHIRONOMIA_URL`` and ``CHIRONOMIA_KEY`` where they are not given.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retry: Retry | None = None,
        timeout: float = 60.0,
    ) -> None:
        """``timeout``: seconds that a connection may be silent."""
        self._wire = Wire(Address.of(url, key), timeout)
        self._operations = Operations(retry or Retry())
        self._http = httpx.Client(**self._wire.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def info(self) -> Info:
        """What the service runs and accepts."""
        return self._run(self._operations.info())

    def problems(self) -> tuple[str, ...]:
        """What keeps the service from serving; nothing where it is ready."""
        return self._run(self._operations.problems())

    def submit(
        self,
        speech: Speech | Source,
        *,
        speaker: int | None = None,
        options: Options | Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Ask for gestures; one call is one job, however often it has to be sent.

        A key of your own makes later calls of the same request the same job too.
        """
        return self._run(
            self._operations.submit(Request.of(speech, speaker, options, idempotency_key))
        )

    def job(self, job: str) -> Job:
        """A job as it stands."""
        return self._run(self._operations.job(job))

    def provenance(self, job: Job | str) -> Mapping[str, Any]:
        """Where the motion of a job came from: every match with its scores, span and place."""
        return self._run(self._operations.provenance(job.id if isinstance(job, Job) else job))

    def wait(
        self, job: Job | str, on_progress: Watch | None = None, timeout: float | None = None
    ) -> Job:
        """The job once it has ended; raise `JobEndedError` where it ended without a result."""
        return succeeded(self._run(self._operations.wait(job, on_progress, timeout)))

    def cancel(self, job: Job | str) -> Job:
        """End a job; one that has ended stays as it is."""
        return self._run(self._operations.cancel(job.id if isinstance(job, Job) else job))

    def jobs(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        batch: str | None = None,
        index_version: int | str | None = None,
    ) -> Iterator[Job]:
        """All jobs, newest first, fetched page by page."""
        page = self.page(state=state, kind=kind, batch=batch, index_version=index_version)
        yield from page.jobs
        while page.next_cursor is not None:
            page = self.page(
                state=state,
                kind=kind,
                batch=batch,
                index_version=index_version,
                cursor=page.next_cursor,
            )
            yield from page.jobs

    def page(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        batch: str | None = None,
        index_version: int | str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Some jobs, newest first, and where the list goes on."""
        return self._run(
            self._operations.page(
                query_of(
                    limit,
                    state=state,
                    kind=kind,
                    batch=batch,
                    index_version=index_version,
                    cursor=cursor,
                )
            )
        )

    def submit_batch(
        self, manifest: Manifest, *, name: str = "", idempotency_key: str | None = None
    ) -> Batch:
        """Ask for thousands of talks at once; the files that a manifest names are sent first.

        Raise `ManifestError` where one is not there, `InvalidInputError` with every bad line.
        """
        order = BatchOrder(manifest, name, idempotency_key or uuid4().hex)
        return self._run(submit_batch(self._operations, order))

    def batch(self, batch: str) -> Batch:
        """A batch as it stands; ``jobs(batch=...)`` has its jobs."""
        return self._run(get_batch(self._operations, batch))

    def wait_batch(
        self, batch: Batch, on_progress: BatchWatch | None = None, timeout: float | None = None
    ) -> Batch:
        """The batch once every job has ended, however each ended."""
        return self._run(wait_batch(self._operations, batch, on_progress, timeout))

    def cancel_batch(self, batch: Batch | str) -> Batch:
        """End every job of a batch that has not ended."""
        named = batch.id if isinstance(batch, Batch) else batch
        return self._run(cancel_batch(self._operations, named))

    def download(self, job: Job, kind: str, path: str | Path) -> Path:
        """A result file, e.g. ``glb``, at ``path``: whole and checked, or not at all."""
        place = place_of(job, kind)
        return self._run(download(self._operations, place.link, place.digest, Path(path)))

    def download_all(self, job: Job, folder: str | Path) -> tuple[Path, ...]:
        """All result files in a folder, under their own names."""
        return tuple(
            self.download(job, name.partition(".")[2], Path(folder) / name) for name in job.files
        )

    def generate(
        self,
        speech: Speech | Source,
        folder: str | Path,
        *,
        speaker: int | None = None,
        options: Options | Mapping[str, Any] | None = None,
        on_progress: Watch | None = None,
    ) -> Job:
        """Ask, wait, and download all files into a folder."""
        job = self.wait(self.submit(speech, speaker=speaker, options=options), on_progress)
        self.download_all(job, folder)
        return job

    def _run(self, flow: Flow[T]) -> T:
        """Do what an operation asks for until it has its result."""
        outcome: Outcome = None
        try:
            while True:
                outcome = self._done(flow.send(outcome))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            flow.close()

    def _done(self, step: Step) -> Outcome:
        match step:
            case Pause():
                time.sleep(step.seconds)
                return None
            case Call():
                return self._called(step)
            case Stream():
                return self._streamed(step)

    def _called(self, call: Call) -> Outcome:
        try:
            with self._wire.opened(call) as given:
                response = self._http.request(**given)
        except httpx.LocalProtocolError as error:
            raise unsendable(error) from None
        except httpx.TransportError as error:
            return Lost(told(error))
        return reply_of(response, response.content)

    def _streamed(self, step: Stream) -> Outcome:
        try:
            with self._wire.opened(step.call) as given, self._http.stream(**given) as response:
                return _fed(step, response)
        except httpx.LocalProtocolError as error:
            raise unsendable(error) from None
        except httpx.TransportError as error:
            return Lost(told(error))


def _fed(step: Stream, response: httpx.Response) -> Reply:
    """Give a body to the step that takes it, unless it is a refusal."""
    head = reply_of(response)
    if response.is_error:
        return reply_of(response, response.read())
    sink = step.begin(head)
    for piece in response.iter_bytes():
        if sink(piece):
            break
    return head
