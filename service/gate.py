"""The one place where requests are let in, before anything of their body is read."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.answers import database_error, gesture_error
from service.dependencies import desk_of
from service.errors import GestureError
from service.keys import OPEN_ROUTES, Caller, KeyDesk, Origin

_OF_PROXIES = ("forwarded", "x-forwarded-for")
"""Headers by which a proxy says whom it speaks for."""
KEY_COOKIE = "chironomia-key"
"""Where the page leaves its key for what a browser plays by itself: it sends no Authorization."""
_PLAYED = re.compile(r"/v1/jobs/[^/]+/sound")


@dataclass(frozen=True)
class Gate:
    """Deny by default: every path but the open ones asks for a caller that is allowed there.

    It stands before the routes, so that pages, mounts and routes to come are behind it as well.
    """

    app: ASGIApp
    keys: KeyDesk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its caller, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served, found {scope['type']}")
        request = Request(scope)
        if scope["path"] not in OPEN_ROUTES:
            refusal = await self._refusal(request)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        """Note who calls, or say why they may not."""
        try:
            request.state.caller = await desk_of(request).at_front(self._caller, request)
        except GestureError as error:
            return gesture_error(request, error)
        except SQLAlchemyError as error:
            return database_error(request, error)
        return None

    def _caller(self, request: Request) -> Caller:
        origin = Origin(
            peer=None if request.client is None else request.client.host,
            host=request.headers.get("host", ""),
            page=request.headers.get("origin"),
            forwarded=any(name in request.headers for name in _OF_PROXIES),
        )
        caller = self.keys.caller(_key_of(request), origin)
        caller.check(request.scope["path"])
        return caller


def _key_of(request: Request) -> str | None:
    """The key that a request brings; one in a cookie opens nothing but the sound of a job."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind:
        return (key.strip() if kind.lower() == "bearer" else "") or None
    played = request.method in {"GET", "HEAD"} and _PLAYED.fullmatch(request.scope["path"])
    return unquote(request.cookies.get(KEY_COOKIE, "")) or None if played else None
