"""Bytes that were made for a request, as an answer: whole, in part, or not again."""

import gzip
import re
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import Headers

from service.errors import RangeError

KEPT_SECONDS = 3600
"""How long a browser need not ask again."""
_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")
_REFUSED = re.compile(r";q=0(\.0*)?$")
FASTEST = 1
"""Level of compression: more of it saves little and takes far longer."""


@dataclass(frozen=True)
class Tag:
    """The ETag of what a request asks for, known before it is made."""

    digest: str

    @property
    def headers(self) -> dict[str, str]:
        """What every answer under it says."""
        return {
            "ETag": f'"{self.digest}"',
            "Cache-Control": f"private, max-age={KEPT_SECONDS}",
            "Vary": "Accept-Encoding, Authorization",
        }

    def known_answer(self, request: Request) -> Response | None:
        """304 for whoever has it already."""
        given = request.headers.get("if-none-match", "")
        if given.strip() == "*" or f'"{self.digest}"' in _TAGS.findall(given):
            return Response(status_code=304, headers=self.headers)
        return None

    def whole(self, request: Request, content: bytes, media_type: str) -> Response:
        """All of it, compressed for whoever takes that."""
        headers = self.headers
        if takes_gzip(request.headers):
            content = gzip.compress(content, FASTEST, mtime=0)
            headers["Content-Encoding"] = "gzip"
            # other bytes than those of the plain answer
            headers["ETag"] = f'W/"{self.digest}"'
        return Response(content, media_type=media_type, headers=headers)

    def part(self, request: Request, content: bytes, media_type: str) -> Response:
        """What one Range asks for; all of it without one, or with several."""
        headers = self.headers | {"Accept-Ranges": "bytes"}
        asked = request.headers.get("range", "")
        found = _RANGE.fullmatch(asked)
        unchanged = request.headers.get("if-range") in {None, f'"{self.digest}"'}
        if found is None or not unchanged or found[0].strip() == "bytes=-":
            return Response(content, media_type=media_type, headers=headers)
        first, last = _bounds(found[1], found[2], len(content))
        if first > last:
            raise _not_there(asked, len(content))
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Response(content[first : last + 1], 206, headers, media_type)


def packed(request: Request, content: bytes, media_type: str) -> Response:
    """An answer of the moment, compressed for whoever takes that; `service.packing` has JSON."""
    headers = {"Vary": "Accept-Encoding"}
    if takes_gzip(request.headers):
        content = gzip.compress(content, FASTEST, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=media_type, headers=headers)


def takes_gzip(headers: Headers) -> bool:
    """Whether the caller can unpack gzip."""
    return "gzip" in taken_encodings(headers)


def taken_encodings(headers: Headers) -> frozenset[str]:
    """Encodings that the caller names, those refused by a weight of 0 left out."""
    given = headers.get("accept-encoding", "").replace(" ", "").lower().split(",")
    return frozenset(each.partition(";")[0] for each in given if not _REFUSED.search(each))


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; the first behind the last where there is nothing."""
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _not_there(asked: str, size: int) -> RangeError:
    error = RangeError(
        "range_invalid",
        f"there are no bytes {asked[:100]}",
        field="Range",
        limit=f"bytes 0 to {size - 1}",
        found=asked[:100],
        remedy="ask for bytes=FIRST-LAST within it, or leave Range out",
    )
    error.headers = {"Content-Range": f"bytes */{size}"}
    return error
