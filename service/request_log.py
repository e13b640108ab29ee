"""The outermost layer: gives every request an id, counts it, and writes one line about it."""

import re
import time
from dataclasses import dataclass
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import bound
from service.metrics.registry import METHODS, OTHER, Metrics

HEADER = "X-Request-Id"
VALID_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,127}")
"""Ids of callers that we go on with; any other is replaced."""
UNMATCHED = "unmatched"
"""Route of requests that no route answers, or that were refused before one was looked for."""
QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by machines every few seconds: written only where the level is debug."""
NO_ANSWER = 499
"""Status of a request whose caller left before there was an answer."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RequestLog:
    """Stands before the gate, so that refused requests are counted as well."""

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id, and tell how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(given_or_new(Headers(scope=scope).get(HEADER)), send)
        scope.setdefault("state", {})["request_id"] = answer.request_id
        started = time.perf_counter()
        with bound(request_id=answer.request_id):
            try:
                await self.app(scope, receive, answer.send)
            except Exception:
                answer.status = 500
                raise
            finally:
                self._tell(scope, answer.status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route, state = route_of(scope), scope["state"]
        method = scope["method"] if scope["method"] in METHODS else OTHER
        code = state.get("refusal")
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.request_seconds.labels(method, route).observe(seconds)
        if code is not None:
            self.metrics.refusals.labels(code).inc()
        told = {"caller": getattr(state.get("caller"), "name", None), "code": code}
        line = _log.debug if route in QUIET_ROUTES else _log.info
        line(
            "request",
            method=method,
            route=route,
            path=scope["path"],
            status=status,
            seconds=round(seconds, 4),
            **{name: value for name, value in told.items() if value is not None},
        )


@dataclass
class _Answer:
    """What is seen of an answer as it passes by."""

    request_id: str
    _send: Send
    status: int = NO_ANSWER

    async def send(self, message: Message) -> None:
        """Note the status and put the id among the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.request_id
        await self._send(message)


def given_or_new(given: str | None) -> str:
    """The caller's id where it is one, else a new one."""
    if given is not None and VALID_ID.fullmatch(given):
        return given
    return uuid4().hex


def route_of(scope: Scope) -> str:
    """The template of the route that answered: never the path, which callers make up."""
    route = scope.get("route")
    return getattr(route, "path", None) or UNMATCHED
