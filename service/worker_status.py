"""What a worker of its own tells over HTTP: its metrics, and whether it is well."""

import errno
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import structlog

from service.errors import UnavailableError
from service.metrics.registry import CONTENT_TYPE, Metrics
from service.settings import Settings

ANSWER_SECONDS = 10.0
"""How long a caller may take over its request."""
_REMEDIES = {
    errno.EADDRINUSE: "end what listens there, or name another port",
    errno.EACCES: "name a port from 1024 on",
}
"""What to do about a port that cannot be had."""

_log = structlog.get_logger(__name__)


class WorkerStatus:
    """Serves ``/metrics`` and ``/readyz`` while it is entered; nothing where no port is set."""

    def __init__(self, settings: Settings, metrics: Metrics, is_ready: Callable[[], bool]) -> None:
        self._server: ThreadingHTTPServer | None = None
        if settings.metrics_port is None:
            return
        place = (settings.metrics_host, settings.metrics_port)
        try:
            self._server = ThreadingHTTPServer(place, _answering(metrics, is_ready))
        except OSError as error:
            raise _unusable(*place, error) from error

    @property
    def port(self) -> int | None:
        """Where it listens."""
        return None if self._server is None else self._server.server_address[1]

    def __enter__(self) -> Self:
        if self._server is not None:
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
            _log.info("metrics", port=self.port)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _unusable(host: str, port: int, error: OSError) -> UnavailableError:
    """The port is taken or not ours to take; else the address is at fault."""
    remedy = _REMEDIES.get(error.errno or 0)
    return UnavailableError(
        "metrics_port_unusable",
        f"the worker cannot tell its metrics on {host}:{port}: {error.strerror or error}",
        field="CHIRONOMIA_METRICS_HOST" if remedy is None else "CHIRONOMIA_METRICS_PORT",
        found=host if remedy is None else str(port),
        remedy=remedy or "name an address of this machine",
    )


def _answering(metrics: Metrics, is_ready: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        timeout = ANSWER_SECONDS

        def do_GET(self) -> None:  # noqa: N802  the library calls it so
            match self.path.partition("?")[0]:
                case "/metrics":
                    self._answer(HTTPStatus.OK, metrics.exposed(), CONTENT_TYPE)
                case "/readyz" if is_ready():
                    self._answer(HTTPStatus.OK, b"ready\n")
                case "/readyz":
                    self._answer(HTTPStatus.SERVICE_UNAVAILABLE, b"not ready\n")
                case _:
                    self._answer(HTTPStatus.NOT_FOUND, b"/metrics and /readyz are here\n")

        def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            """Nothing: machines ask every few seconds."""

    return Answering
