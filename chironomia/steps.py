"""What an operation asks of whoever does its input and output, and what it is told.

An operation is a generator of steps: `Client` does them one way, `AsyncClient` another.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from chironomia.errors import ChironomiaError, UnexpectedAnswerError
from chironomia.reading import read_record
from chironomia.records import Problem
from chironomia.speech import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Upload:
    """A file part of a form."""

    name: str
    source: Source


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of a form."""
    uploads: tuple[tuple[str, Upload], ...] = ()
    """Field and file of a form."""
    body: Any = None
    """JSON, where it is no form."""
    patience_seconds: float = 0.0
    """How much longer than usual the answer may take."""


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    content: bytes = b""

    @property
    def problem(self) -> Problem | None:
        """What the service says is wrong; ``None`` where this is no refusal in its form."""
        if self.status < 400:
            return None
        try:
            return read_record(Problem, self.json()["error"])
        except (ChironomiaError, KeyError, TypeError):
            return None

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            start = self.content[:200].decode(errors="replace")
            raise UnexpectedAnswerError(
                f"an answer {self.status} that is no JSON: {start!r}; does the address lead to "
                "the service?"
            ) from error


@dataclass(frozen=True)
class Lost:
    """No answer, or half of one."""

    problem: str


@dataclass(frozen=True)
class Pause:
    """Wait for so long."""

    seconds: float


Sink = Callable[[bytes], bool]
"""Takes a piece of a body; true when no more is wanted."""


@dataclass(frozen=True)
class Stream:
    """A request whose body is taken piece by piece, where it is answered with success."""

    call: Call
    begin: Callable[[Reply], Sink]
    """Called with the answer's head; everything that follows goes to what it returns."""


Step = Call | Stream | Pause
Outcome = Reply | Lost | None
Flow = Generator[Step, Outcome, T]


def reusable(call: Call) -> Call:
    """The call with what can be read only once kept in memory, so that it can be sent again."""
    uploads = tuple((name, replace(each, source=_kept(each))) for name, each in call.uploads)
    return replace(call, uploads=uploads)


def _kept(upload: Upload) -> Source:
    source = upload.source
    if isinstance(source, (bytes, str, Path)) or source.seekable():
        return source
    return source.read()
