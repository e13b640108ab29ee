"""A result file onto disk: whole or not at all, gone on with where it broke off, and checked."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from chironomia.errors import DamagedDownloadError
from chironomia.operations import Operations, checked
from chironomia.steps import Call, Flow, Lost, Pause, Reply, Sink, Stream

_BLOCK = 1 << 20


@dataclass
class Part:
    """A file that is not complete yet, beside the one it will be."""

    path: Path
    digest: str
    """Sha256 that the whole will have."""
    _file: BinaryIO | None = field(default=None, repr=False)

    @property
    def aside(self) -> Path:
        """Where it lies; another content lies elsewhere, so that two are never mixed."""
        return self.path.with_name(f".{self.path.name}.{self.digest[:16]}.part")

    def call(self, place: str) -> Call:
        """A request for what is missing."""
        headers = {"Accept-Encoding": "identity"}
        if have := self.size:
            headers |= {"Range": f"bytes={have}-", "If-Range": f'"{self.digest}"'}
        return Call("GET", place, headers=headers)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.aside.stat().st_size if self.aside.exists() else 0

    def begin(self, reply: Reply) -> Sink:
        """Go on where the answer goes on: behind what is there, or from the start."""
        self.close()
        found = reply.headers.get("etag", "").strip('"')
        if found != self.digest:
            raise DamagedDownloadError(
                f"{self.path.name} has the ETag {found!r}, its job says {self.digest!r}"
            )
        self.aside.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.aside.open("ab" if reply.status == 206 else "wb")
        return self._write

    def _write(self, piece: bytes) -> bool:
        assert self._file is not None, "`begin` comes first"
        self._file.write(piece)
        return False

    def close(self) -> None:
        """Flush what is there to disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Begin from nothing."""
        self.close()
        self.aside.unlink(missing_ok=True)

    def finish(self) -> Path:
        """Put it in its place; raise `DamagedDownloadError` where it is not what it should be."""
        self.close()
        found = sha256_of(self.aside)
        if found != self.digest:
            size = self.size
            self.discard()
            raise DamagedDownloadError(
                f"{self.path.name} has the sha256 {found} ({size} bytes), its ETag is {self.digest}"
            )
        self.aside.replace(self.path)
        return self.path


def download(operations: Operations, place: str, digest: str, path: Path) -> Flow[Path]:
    """A result at ``path``; what is there with that content is not fetched again."""
    if path.is_file() and sha256_of(path) == digest:
        return path
    part = Part(path, digest)
    try:
        yield from _fetched(operations, part, place)
    finally:
        part.close()
    return part.finish()


def _fetched(operations: Operations, part: Part, place: str) -> Flow[None]:
    """Fetch what is missing, over as many connections as it takes."""
    if part.size and sha256_of(part.aside) == part.digest:
        return
    attempt = 1
    while True:
        call, before = part.call(place), part.size
        outcome = yield Stream(call, part.begin)
        assert isinstance(outcome, (Reply, Lost))
        part.close()
        if isinstance(outcome, Reply) and outcome.status < 400:
            return
        if isinstance(outcome, Reply) and outcome.status == 416 and before:
            part.discard()
            continue
        # a connection that brought something on is a new beginning
        attempt = 1 if part.size > before else attempt
        pause = operations.retry.pause(attempt, outcome)
        if pause is None:
            checked(outcome, call)
            return
        yield Pause(pause)
        attempt += 1


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        seen = hashlib.sha256()
        while block := file.read(_BLOCK):
            seen.update(block)
        return seen.hexdigest()
