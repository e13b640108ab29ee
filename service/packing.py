"""JSON on its way out: compressed for whoever takes that, everything else as it was made."""

import gzip
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.content_answers import FASTEST, takes_gzip

LEAST_BYTES = 1024
"""A smaller answer fits into one packet anyway."""
_LARGE_BYTES = 1 << 17
"""A larger one is compressed beside the requests of others, which would wait for it."""


@dataclass(frozen=True)
class Packing:
    """Compresses answers that are JSON and made in one piece.

    Left alone are streams, as each of their pieces is waited for; files, as they are sent in parts
    too; and whatever has a strong ETag, which promises these very bytes.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its answer may come back smaller."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(takes_gzip(Headers(scope=scope)), send)
        await self.app(scope, receive, answer.send)


@dataclass
class _Answer:
    """An answer whose head waits for its body where that may be compressed."""

    packed_is_taken: bool
    _send: Send
    _head: Message | None = None

    async def send(self, message: Message) -> None:
        """Hold a head back until it is known what follows."""
        if message["type"] == "http.response.start" and _is_plain_json(
            Headers(raw=message["headers"])
        ):
            self._head = message
            return
        if self._head is not None:
            head, self._head = self._head, None
            if message["type"] == "http.response.body" and not message.get("more_body"):
                message = await self._packed(head, message)
            await self._send(head)
        await self._send(message)

    async def _packed(self, head: Message, body: Message) -> Message:
        """The whole body, and what the head says of it."""
        content: bytes = body.get("body", b"")
        if len(content) < LEAST_BYTES:
            return body
        headers = MutableHeaders(raw=head["headers"])
        headers.add_vary_header("Accept-Encoding")
        if not self.packed_is_taken:
            return body
        if len(content) < _LARGE_BYTES:
            packed = _gzipped(content)
        else:
            packed = await run_in_threadpool(_gzipped, content)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(packed))
        return {**body, "body": packed}


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, FASTEST, mtime=0)


def _is_plain_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        return False
    if {"content-encoding", "accept-ranges", "content-range"} & set(headers):
        return False
    return headers.get("etag", "W/").startswith("W/")
