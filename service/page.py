"""The curator's page: files that were built into `service/static`, served at `/`.

They stand before the gate: they are the same for everybody and hold no data. Whatever the page
shows comes from routes behind the gate. Only files that were there when `index.html` was last
read are served, by their exact names; it is read again once it was built anew. The page keeps its
state in the query and the fragment of `/`.
"""

import hashlib
import mimetypes
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.content_answers import taken_encodings

STATIC = Path(__file__).parent / "static"
"""Where `make web` puts what it builds; shipped in the wheel."""
HASHED = "/assets/"
"""Names below it change with their content."""
_FRONT = ("/", "/index.html")
_SETTLED_NANOSECONDS = 1_000_000_000
"""A file that was written so lately may not be whole."""
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The better one first."""
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_SAFETY = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Chironomia: the page is not built</title>
<h1>The page is not built</h1>
<p>This is Chironomia; its REST interface works and is described at <a href="/docs">/docs</a>.</p>
<p>The curator's page is built by <code>make web</code> in a checkout, with Node 20 or newer, and is
then here. A wheel from a release has it.</p>
</html>
"""
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".glb": "model/gltf-binary"}


@dataclass(frozen=True)
class PageFile:
    """One file of the page, with its compressed forms."""

    content: bytes
    media_type: str
    packed: Mapping[str, bytes] = field(default_factory=dict)
    """Content by encoding."""

    @property
    def tag(self) -> str:
        """Of the plain content."""
        return f'W/"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def answer(self, headers: Headers, path: str) -> Response:
        """The file in the best form that the caller takes, or that the caller has it."""
        given = {
            **_SAFETY,
            "ETag": self.tag,
            "Vary": "Accept-Encoding",
            "Cache-Control": (
                "public, max-age=31536000, immutable" if path.startswith(HASHED) else "no-cache"
            ),
        }
        if self.tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=given)
        taken = taken_encodings(headers)
        for encoding, content in self.packed.items():
            if encoding in taken:
                given["Content-Encoding"] = encoding
                return Response(content, media_type=self.media_type, headers=given)
        return Response(self.content, media_type=self.media_type, headers=given)


class BuiltPage:
    """What `make web` built into a folder, read again once it was built anew."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read what is there."""
        self._folder = folder or STATIC
        self._built: int | None = None
        self._read: Mapping[str, PageFile] = {}
        self.files: Mapping[str, PageFile] = {}
        """The files by their addresses, also those of the build before: a page that is open still
        asks for them."""
        if built := self._built_at():
            self._take(built)

    def file(self, path: str) -> PageFile | None:
        """The file at an address."""
        if path in _FRONT or (path.startswith(HASHED) and path not in self.files):
            self._look()
        return self.files.get(path)

    def _look(self) -> None:
        """Read the folder where something was built in it; not while that may still go on."""
        built = self._built_at()
        if built is None or built == self._built:
            return
        if not 0 <= time.time_ns() - built < _SETTLED_NANOSECONDS:
            self._take(built)

    def _take(self, built: int) -> None:
        with suppress(OSError):  # built anew at this moment
            found = page_files(self._folder)
            self._built, self._read, self.files = built, found, {**self._read, **found}

    def _built_at(self) -> int | None:
        """When something of the page was written last; none where there is no page."""
        index = self._folder / "index.html"
        assets = index.with_name(HASHED.strip("/"))
        try:
            return max(each.stat().st_mtime_ns for each in (index, assets))
        except OSError:
            return None


def page_files(folder: Path) -> dict[str, PageFile]:
    """The files of the page by their addresses; none where it is not built."""
    if not (folder / "index.html").is_file():
        return {}
    found = {path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder)}
    packed = {path for path in found if path.suffix in _ENCODINGS.values()}
    files = {f"/{path.relative_to(folder).as_posix()}": _file(path) for path in found - packed}
    return files | {"/": files["/index.html"]}


def _file(path: Path) -> PageFile:
    beside = {name: path.with_name(path.name + end) for name, end in _ENCODINGS.items()}
    packed = {name: each.read_bytes() for name, each in beside.items() if each.is_file()}
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return PageFile(path.read_bytes(), guessed or "application/octet-stream", packed)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


@dataclass(frozen=True)
class Page:
    """Answers the addresses of the page, and passes every other on to the gate."""

    app: ASGIApp
    built: BuiltPage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file of the page, or let somebody else answer."""
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        found = self.built.file(scope["path"]) if asked else None
        if found is not None:
            await found.answer(Headers(scope=scope), scope["path"])(scope, receive, send)
        elif asked and scope["path"] == "/":
            await _not_built()(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _not_built() -> Response:
    """An honest answer; 503, as it is there once somebody has built it."""
    headers = _SAFETY | {"Cache-Control": "no-store"}
    return Response(_NOT_BUILT, 503, headers, "text/html; charset=utf-8")
