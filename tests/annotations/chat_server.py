"""A local chat endpoint for tests, and the ways in which it misbehaves."""

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers with each reply in turn, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[Reply] = []
        self.requests: list[dict] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.stop = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """Notes the request and replies."""

    server: Server

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        server.requests.append(json.loads(body))
        server.keys.append(self.headers.get("Authorization"))
        server.paths.append(self.path)
        server.replies[min(len(server.requests), len(server.replies)) - 1](self)

    def log_message(self, *_):
        pass


def status(code: int, body: bytes = b"", **headers: str) -> Reply:
    def reply(handler):
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def says(text: str) -> Reply:
    return status(200, json.dumps({"choices": [{"message": {"content": text}}]}).encode())


def labels(*spans: tuple[int, int, str]) -> Reply:
    rows = [{"first": a, "last": b, "type": kind} for a, b, kind in spans]
    return says(json.dumps({"labels": rows}))


def silent(handler):
    handler.server.stop.wait(5.0)


def dripping(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.stop.wait(0.05):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def hanging_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def torn(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')
    handler.close_connection = True
