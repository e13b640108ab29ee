"""The one place where requests are let in, before anything of their body is read."""

from dataclasses import dataclass

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
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        origin = Origin(
            peer=None if request.client is None else request.client.host,
            host=request.headers.get("host", ""),
            page=request.headers.get("origin"),
            forwarded=any(name in request.headers for name in _OF_PROXIES),
        )
        given = key.strip() if kind.lower() == "bearer" else None
        caller = self.keys.caller(given or None, origin)
        caller.check(request.scope["path"])
        return caller
