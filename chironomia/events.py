"""Server-sent events of a job: lines in, progress out."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chironomia.errors import UnexpectedAnswerError
from chironomia.reading import read_record
from chironomia.records import Progress
from chironomia.sendable import segment_of
from chironomia.steps import Call, Reply, Sink

FINAL = frozenset({"succeeded", "failed", "canceled", "expired"})


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    id: str
    name: str
    content: str


@dataclass
class EventReader:
    """Bytes of ``text/event-stream`` into events, wherever the pieces are cut."""

    last_id: str = ""
    _rest: bytes = b""
    _name: str = ""
    _lines: list[str] = field(default_factory=list)

    def read(self, piece: bytes) -> Iterator[Event]:
        """The events that this piece completes."""
        *lines, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line:
                self._take(line.decode(errors="replace"))
            elif self._lines:
                yield Event(self.last_id, self._name or "message", "\n".join(self._lines))
                self.forget()

    def forget(self) -> None:
        """Drop an event that is not complete."""
        self._name = ""
        self._lines.clear()

    def restart(self) -> None:
        """Be ready for another stream that goes on after ``last_id``."""
        self._rest = b""
        self.forget()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self.last_id = value
            case "event":
                self._name = value
            case "data":
                self._lines.append(value)


@dataclass
class JobWatch:
    """Follows a job's events over as many connections as it takes."""

    watch: Callable[[Progress], None]
    until: float | None = None
    """On the monotonic clock."""
    ended: bool = False
    """Whether the job's last event was seen."""
    foreign: bool = False
    """Whether something else came in their place, as from a proxy that knows no streams."""
    _reader: EventReader = field(default_factory=EventReader)

    @property
    def late(self) -> bool:
        """Whether the time that was allowed is over."""
        return self.until is not None and time.monotonic() >= self.until

    def call(self, job: str) -> Call:
        """The stream from where it broke off."""
        last = {"Last-Event-ID": self._reader.last_id} if self._reader.last_id else {}
        headers = {"Accept": "text/event-stream"} | last
        return Call("GET", f"/v1/jobs/{segment_of('job', job)}/events", headers=headers)

    def begin(self, reply: Reply) -> Sink:
        """Take a new connection."""
        self.foreign = "event-stream" not in reply.headers.get("content-type", "")
        self._reader.restart()
        return self._take

    def _take(self, piece: bytes) -> bool:
        if not self.foreign:
            for event in self._reader.read(piece):
                self._tell(event)
        return self.ended or self.late or self.foreign

    def _tell(self, event: Event) -> None:
        try:
            content = json.loads(event.content)
        except ValueError as error:
            raise UnexpectedAnswerError(f"an event is no JSON: {event.content[:200]!r}") from error
        progress = content.get("progress")
        if progress is not None:
            self.watch(read_record(Progress, progress))
        self.ended = self.ended or content.get("state") in FINAL
