"""Batches: thousands of requests in one, their files sent one by one and each only once."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chironomia.errors import ChironomiaError, NotFoundError, UnreachableError
from chironomia.operations import Operations
from chironomia.reading import read_record
from chironomia.records import Json, Problem
from chironomia.sendable import header_of, segment_of
from chironomia.steps import Call, Flow, Pause, Reply, Upload

Manifest = str | Path | Sequence[Mapping[str, Any]]
"""A file of JSON Lines, or its lines as mappings; see docs/batch.md for their fields."""
BatchWatch = Callable[["Batch"], None]
"""Called with a batch whenever its counts are news."""

POLL_SECONDS = 2.0
CHECK_SECONDS = 600.0
"""How much longer than usual the service may take to check a manifest."""
_FILES = ("sound", "words")
_UPLOADED = "sha256:"
_PIECE_BYTES = 1 << 22


@dataclass(frozen=True)
class BatchFailure:
    """A job of a batch that failed."""

    job: str
    error: Problem
    item: str | None = None


@dataclass(frozen=True)
class Batch:
    """Many jobs that were asked for at once, as they stand."""

    id: str
    name: str
    created_at: datetime
    done: bool
    total: int
    sound_seconds: float
    states: Json
    """Number of jobs in each state."""
    failures: tuple[BatchFailure, ...]
    """Those that failed first."""
    links: Mapping[str, str]

    @property
    def ended(self) -> int:
        """How many jobs will not change any more."""
        return self.total - int(self.states["queued"]) - int(self.states["running"])


class BatchWaitTooLongError(ChironomiaError):
    """The time to wait is over; the batch goes on."""

    def __init__(self, batch: Batch, seconds: float) -> None:
        super().__init__(
            f"batch {batch.id} has not ended after {seconds:g} s: {batch.ended} of {batch.total} "
            "jobs have; it goes on: wait again, or cancel it"
        )
        self.batch = batch


class BatchUnsentError(UnreachableError):
    """The service stopped answering before it was known to have the batch.

    Submit the same again with `idempotency_key`: files that it has are not sent again, and where it
    has the batch already, that one is the answer.
    """

    def __init__(self, problem: str, idempotency_key: str) -> None:
        super().__init__(
            f"{problem}; submit the same again with idempotency_key={idempotency_key!r}: files "
            "that the service has are not sent again, and no second batch is made"
        )
        self.idempotency_key = idempotency_key


class ManifestError(ChironomiaError):
    """A manifest cannot be sent: a line is no object, or a file that it names is not there."""


@dataclass(frozen=True)
class BatchOrder:
    """What a batch is to do."""

    manifest: Manifest
    name: str
    idempotency_key: str

    def lines(self) -> list[dict[str, Any]]:
        """The lines, their files named by paths that can be opened from here."""
        if not isinstance(self.manifest, (str, Path)):
            return [dict(line) for line in self.manifest]
        path = Path(self.manifest)
        lines = []
        for number, text in enumerate(path.read_text("utf-8-sig").split("\n"), 1):
            if text.strip():
                lines.append(_line(text, f"{path}, line {number}"))
        for line in lines:
            for field in _FILES:
                if isinstance(line.get(field), str) and not line[field].startswith(_UPLOADED):
                    line[field] = str(path.parent / line[field])
        return lines


def submit_batch(operations: Operations, order: BatchOrder) -> Flow[Batch]:
    """Send every file that the lines name and the service lacks, then the lines themselves."""
    header_of("idempotency_key", order.idempotency_key)
    lines = order.lines()
    missing = [path for path in _paths(lines) if not Path(path).is_file()]
    if missing:
        raise ManifestError(
            f"{len(missing)} of the files that the manifest names are not there, first {missing[0]}"
        )
    try:
        return _batch((yield from _sent(operations, order, lines)))
    except UnreachableError as error:
        raise BatchUnsentError(str(error), order.idempotency_key) from error


def _sent(operations: Operations, order: BatchOrder, lines: list[dict[str, Any]]) -> Flow[Reply]:
    sent = dict[str, str]()
    for line in lines:
        for field in _FILES:
            path = line.get(field)
            if isinstance(path, str) and not path.startswith(_UPLOADED):
                if path not in sent:
                    sent[path] = yield from _kept(operations, Path(path))
                line[field] = sent[path]
    text = "\n".join(json.dumps(line) for line in lines)
    form = (("manifest", Upload("manifest.jsonl", text.encode())),)
    key = {"Idempotency-Key": order.idempotency_key}
    call = Call(
        "POST", "/v1/batches", {}, key, {"name": order.name}, form, patience_seconds=CHECK_SECONDS
    )
    return (yield from operations.answered(call))


def _kept(operations: Operations, path: Path) -> Flow[str]:
    """The name of a file at the service, which is sent only where it is not there yet."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            yield Pause(0.0)
    name = f"{_UPLOADED}{digest.hexdigest()}"
    try:
        yield from operations.answered(Call("GET", f"/v1/uploads/{name}"))
    except NotFoundError:
        # a service that cannot be asked answers so as well
        return (yield from upload(operations, path))
    return name


def upload(operations: Operations, path: Path) -> Flow[str]:
    """Send a file for batches to name; the answer is its name there."""
    call = Call("POST", "/v1/uploads", uploads=(("file", Upload(path.name, path)),))
    reply = yield from operations.answered(call)
    return str(reply.json()["name"])


def get_batch(operations: Operations, batch: str) -> Flow[Batch]:
    """A batch as it stands."""
    call = Call("GET", f"/v1/batches/{segment_of('batch', batch)}")
    return _batch((yield from operations.answered(call)))


def cancel_batch(operations: Operations, batch: str) -> Flow[Batch]:
    """End every job that has not ended."""
    call = Call("POST", f"/v1/batches/{segment_of('batch', batch)}/cancel")
    return _batch((yield from operations.answered(call)))


def wait_batch(
    operations: Operations, batch: Batch, watch: BatchWatch | None, timeout: float | None
) -> Flow[Batch]:
    """The batch once every job has ended, however each ended."""
    started, told = time.monotonic(), None
    while True:
        if watch is not None and batch.states != told:
            told = batch.states
            watch(batch)
        if batch.done:
            return batch
        if timeout is not None and time.monotonic() - started >= timeout:
            raise BatchWaitTooLongError(batch, timeout)
        yield Pause(POLL_SECONDS)
        batch = yield from get_batch(operations, batch.id)


def _batch(reply: Reply) -> Batch:
    return read_record(Batch, reply.json())


def _paths(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    named = [line.get(field) for line in lines for field in _FILES]
    return [path for path in named if isinstance(path, str) and not path.startswith(_UPLOADED)]


def _line(text: str, place: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise ManifestError(f"{place} is no JSON: {error}") from error
    if not isinstance(line, dict):
        raise ManifestError(f"{place} must be a JSON object, found {text:.100}")
    return line
