"""Refusals as answers: every error leaves the service in one form."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.errors import GestureError, InvalidInputError, NotFoundError, UnavailableError

_BOUNDS = {
    "ge": "at least",
    "gt": "above",
    "le": "at most",
    "lt": "below",
    "min_length": "length at least",
    "max_length": "length at most",
    "expected": "one of",
    "expected_tags": "one of",
}
_log = structlog.get_logger(__name__)


def gesture_error(_request: Request, error: Exception) -> JSONResponse:
    """An expected failure."""
    assert isinstance(error, GestureError)
    headers = {"Retry-After": "5"} if error.retryable else {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"error": error.as_json()}, error.status_code, headers)


def route_error(request: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals: no such route, no such method, a form that cannot be read."""
    assert isinstance(error, HTTPException)
    refused = NotFoundError(
        {404: "route_unknown", 405: "method_unknown"}.get(error.status_code, "request_invalid"),
        f"{request.method} {request.url.path}: {error.detail}",
        found=f"{request.method} {request.url.path}",
        remedy="/docs lists every route with its methods",
    )
    refused.status_code = error.status_code
    answer = gesture_error(request, refused)
    answer.headers.update(error.headers or {})
    return answer


def database_error(request: Request, error: Exception) -> JSONResponse:
    """A database that does not answer; its own words stay in the log."""
    _log.error("the database does not answer", path=request.url.path, problem=str(error))
    refused = UnavailableError(
        "database_unavailable",
        "the database does not answer",
        remedy="try again after the time in Retry-After",
    )
    return gesture_error(request, refused)


def unexpected_error(request: Request, error: Exception) -> JSONResponse:
    """Our own bug: the server logs its story, the client gets our form."""
    refused = GestureError(
        "unexpected",
        f"{type(error).__name__} in {request.method} {request.url.path}",
        remedy="the server's log has the whole story; tell its operator",
    )
    return gesture_error(request, refused)


def invalid_request(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's own refusals of fields, in our form."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(place) for place in first["loc"][1:])
    message = _shown(f"{field}: {first['msg'].removeprefix('Value error, ')}", 1_000)
    if "UploadFile" in message:
        message = f"{field} must be a file part of the form, found text"
    if first["type"] == "extra_forbidden":
        message = f"there is no field {field!r}"
    refused = InvalidInputError(
        "field_invalid",
        message,
        field=field,
        limit=_limit(first),
        found=_shown(first.get("input")),
        remedy="see /docs for this route",
    )
    return gesture_error(request, refused)


def _limit(problem: Mapping[str, Any]) -> str:
    """What the field must be, in words."""
    if problem["type"] == "extra_forbidden":
        return "only fields that /docs lists"
    bounds = problem.get("ctx", {})
    known = [f"{words} {bounds[name]}" for name, words in _BOUNDS.items() if name in bounds]
    return ", ".join(known) or str(problem["msg"]).removeprefix("Value error, ")


def _shown(given: object, longest: int = 200) -> str:
    """The start of what was sent; half characters, which JSON may carry, as question marks."""
    return str(given)[:longest].encode(errors="replace").decode()
