"""A server that answers as it was told to: drops connections, refuses, cuts bodies short."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOB = {
    "id": "a1",
    "kind": "gestures",
    "state": "queued",
    "attempt": 0,
    "created_at": "2026-01-02T03:04:05Z",
    "links": {"self": "/v1/jobs/a1"},
}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, bytes]:
        """Parts of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser(policy=policy.HTTP).parsebytes(head + self.body).iter_parts()
        return {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in parts
        }


@dataclass(frozen=True)
class Say:
    """An answer; ``cut`` closes the connection after so many bytes of the body."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


DROP = Say(0)
"""No answer at all."""


def said(content: object, status: int = 200, **headers: str) -> Say:
    return Say(status, json.dumps(content).encode(), headers)


def refused(status: int, kind: str, code: str, retryable: bool = False, **more: str) -> Say:
    error = {"type": kind, "code": code, "message": code, "retryable": retryable} | more
    return said({"error": error}, status)


@dataclass
class Nasty:
    """What the server saw, and what it says next."""

    answer: Callable[["Nasty", Seen], Say]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)


@contextmanager
def nasty(*script: Say, answer: Callable[[Nasty, Seen], Say] | None = None) -> Iterator[Nasty]:
    """A server that says each of ``script`` once and repeats the last one."""
    told = list(script)

    def by_script(_server: Nasty, _seen: Seen) -> Say:
        return told.pop(0) if len(told) > 1 else told[0]

    server = Nasty(answer or by_script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, body)
            server.seen.append(seen)
            self.say(server.answer(server, seen))

        do_GET = do_POST = do_DELETE = take  # noqa: N815  names of the standard library

        def say(self, told: Say) -> None:
            if told is DROP:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content[: told.cut])
            self.close_connection = self.close_connection or told.cut is not None

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
