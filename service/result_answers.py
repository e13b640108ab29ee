"""A result file as an answer: whole, in part, or not again to whoever has it."""

import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from service.errors import RangeError, UnavailableError

_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_RANGES = re.compile(r"\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})\s*")
MOST_RANGES = 20
"""In one request; with more the whole file is sent, as HTTP allows."""


class WholeFile(FileResponse):
    """A file whatever part of it was asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it as if no range had been named."""
        headers = [each for each in scope["headers"] if each[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


@dataclass(frozen=True)
class ResultFile:
    """One result file, named by its job; its content never changes."""

    job: str
    path: Path
    sha256: str
    media_type: str

    def answer(self, request: Request) -> Response:
        """The file as it was asked for."""
        headers = {
            "ETag": self._tag,
            "Cache-Control": "private, max-age=31536000, immutable",
            "Link": f'</v1/jobs/{self.job}>; rel="describedby"',
        }
        if self._is_known(request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
        try:
            found = self.path.stat()
        except FileNotFoundError as error:
            raise self._missing() from error
        kind = FileResponse if self._in_part(request, found.st_size) else WholeFile
        return kind(
            self.path,
            media_type=self.media_type,
            headers=headers,
            filename=self.path.name,
            stat_result=found,
        )

    @property
    def _tag(self) -> str:
        return f'"{self.sha256}"'

    def _is_known(self, if_none_match: str | None) -> bool:
        given = if_none_match or ""
        return given.strip() == "*" or self._tag in _TAGS.findall(given)

    def _in_part(self, request: Request, size: int) -> bool:
        """Whether a part is to be sent; refuses one that is not there."""
        unit, _, asked = request.headers.get("range", "").partition("=")
        if unit.strip().lower() != "bytes":
            return False
        if request.headers.get("if-range") not in {None, self._tag}:
            return False
        ranges = asked.split(",")
        if not all(_RANGES.fullmatch(each) for each in ranges):
            raise self._not_there(asked, size)
        if len(ranges) > MOST_RANGES:
            return False
        if not all(_is_there(each, size) for each in ranges):
            raise self._not_there(asked, size)
        return True

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


def _is_there(asked: str, size: int) -> bool:
    first, _, last = asked.strip().partition("-")
    if not first:
        return int(last) > 0 and size > 0
    return int(first) < size and (not last or int(first) <= int(last))
