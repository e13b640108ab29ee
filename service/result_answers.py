"""A result as an answer: whole, in part, or not again to whoever has it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from service.errors import RangeError, UnavailableError

_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_RANGE = re.compile(r"\d{1,18}-\d{0,18}|-\d{1,18}")
FOR_GOOD = "private, max-age=31536000, immutable"
"""How long a result may be kept, of Cache-Control."""
MOST_RANGES = 20
"""In one request; with more the whole file is sent, as HTTP allows."""


class PartsOfFile(FileResponse):
    """A file, or those parts of it that are named here, whatever else was asked for."""

    parts: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts, or without any the whole file."""
        headers = [each for each in scope["headers"] if each[0] not in {b"range", b"if-range"}]
        if self.parts:
            headers.append((b"range", f"bytes={','.join(self.parts)}".encode()))
        await super().__call__({**scope, "headers": headers}, receive, send)


@dataclass(frozen=True)
class ResultFile:
    """One result file, named by its job; its content never changes."""

    job: str
    path: Path
    sha256: str
    media_type: str
    has_provenance: bool = False

    @property
    def described_by(self) -> tuple[str, ...]:
        """Where it stands what the file came from."""
        place = f"/v1/jobs/{self.job}"
        return (place, f"{place}/provenance.json") if self.has_provenance else (place,)

    @property
    def link(self) -> str:
        """The same as a header."""
        return ", ".join(f'<{place}>; rel="describedby"' for place in self.described_by)

    def found(self) -> Path:
        """Where it lies; 503 where it does not lie on this machine's disk."""
        if not self.path.is_file():
            raise self._missing()
        return self.path

    def answer(self, request: Request) -> Response:
        """The file as it was asked for."""
        headers = {
            "ETag": self._tag,
            "Cache-Control": FOR_GOOD,
            "Link": self.link,
        }
        if is_known(request, self._tag):
            return Response(status_code=304, headers=headers)
        found = self.found().stat()
        answer = PartsOfFile(
            self.path,
            media_type=self.media_type,
            headers=headers,
            filename=self.path.name,
            stat_result=found,
        )
        answer.parts = self._parts(request, found.st_size)
        return answer

    @property
    def _tag(self) -> str:
        return f'"{self.sha256}"'

    def _parts(self, request: Request, size: int) -> tuple[str, ...]:
        """The parts to send, of those asked for the ones that are there; none for all of it.

        Refuses where none is there. HEAD knows no parts.
        """
        unit, _, asked = request.headers.get("range", "").partition("=")
        if unit.strip().lower() != "bytes" or request.method == "HEAD":
            return ()
        if request.headers.get("if-range") not in {None, self._tag}:
            return ()
        ranges = [each.strip() for each in asked.split(",")]
        if not all(_is_range(each) for each in ranges):
            raise self._not_there(asked, size)
        if len(ranges) > MOST_RANGES:
            return ()
        there = tuple(each for each in ranges if _is_there(each, size))
        if not there:
            raise self._not_there(asked, size)
        return there

    def _not_there(self, asked: str, size: int) -> RangeError:
        error = RangeError(
            "range_invalid",
            f"{self.path.name} of job {self.job} has no bytes {asked[:100]}",
            field="Range",
            limit=f"bytes 0 to {size - 1}",
            found=asked[:100],
            remedy="ask for bytes=FIRST-LAST within the file, or leave Range out",
        )
        error.headers = {"Content-Range": f"bytes */{size}"}
        return error

    def _missing(self) -> UnavailableError:
        return UnavailableError(
            "result_missing",
            f"{self.path.name} of job {self.job} is not on this machine's disk",
            field="job",
            found=self.job,
            remedy="let all machines share one home folder, or send the request again",
        )


def provenance_answer(job: str, provenance: Mapping[str, Any], request: Request) -> Response:
    """All that is known of where a job's files came from; it never changes either."""
    content = json.dumps(provenance, ensure_ascii=False, sort_keys=True).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    link = f'</v1/jobs/{job}>; rel="describedby"'
    # packed or not
    headers = {"ETag": f"W/{tag}", "Cache-Control": FOR_GOOD, "Link": link}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller has the content of that tag already."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in _TAGS.findall(given)


def _is_range(asked: str) -> bool:
    """Whether it names bytes at all: a last one before the first makes the whole header void."""
    first, _, last = asked.partition("-")
    return bool(_RANGE.fullmatch(asked)) and not (first and last and int(last) < int(first))


def _is_there(asked: str, size: int) -> bool:
    first, _, last = asked.partition("-")
    return int(first) < size if first else int(last) > 0 and size > 0
