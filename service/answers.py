"""Refusals as answers: every error leaves the service in one form."""

import json
from collections.abc import Mapping
from traceback import walk_tb
from typing import Any
from urllib.parse import unquote_plus

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from service.errors import (
    GestureError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    storage_error,
)
from service.openapi import methods_at

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


class _Refusal(JSONResponse):
    """A refusal may tell what was sent, half characters as question marks."""

    def render(self, content: Any) -> bytes:
        """The same JSON, as UTF-8 whatever it tells."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(errors="replace")


class BodyRefusedError(HTTPException):
    """A body that grew over its limit while it was read; FastAPI lets only its own kind through."""

    def __init__(self, refusal: GestureError) -> None:
        super().__init__(refusal.status_code, str(refusal))
        self.refusal = refusal


def gesture_error(request: Request, error: Exception) -> JSONResponse:
    """An expected failure."""
    assert isinstance(error, GestureError)
    # for the line about the request and the count of refusals
    request.state.refusal = error.body.code
    headers = dict(error.headers)
    if error.retryable:
        headers["Retry-After"] = str(error.retry_after)
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _Refusal({"error": error.as_json()}, error.status_code, headers)


def route_error(request: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals: no such route, no such method, a body that cannot be read."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return _no_such_method(request)
    if isinstance(error.__cause__, OSError):
        # a large body is laid down on the disk while it comes in
        return file_error(request, error.__cause__)
    if error.status_code == 404:
        refused: GestureError = NotFoundError(
            "route_unknown",
            f"{request.method} {request.url.path}: {error.detail}",
            found=f"{request.method} {request.url.path}",
            remedy="/docs lists every route with its methods",
        )
    elif (too_long := _field_over_limit(error)) is not None:
        refused = TooLargeError(
            "field_too_large",
            f"the form's field {too_long} is too long for a text",
            field=too_long,
            limit="1 MiB",
            found="more than 1 MiB",
            remedy="send a text of many words as a file; see /docs for this route",
        )
        return gesture_error(request, refused)
    else:
        refused = InvalidInputError(
            "body_invalid",
            f"the body of the request cannot be read: {error.detail}",
            field="body",
            limit="well-formed JSON or multipart/form-data, text fields of at most 1 MiB",
            found=str(error.detail),
            remedy="send a text of many words as a file; see /docs for this route",
        )
    refused.status_code = error.status_code
    answer = gesture_error(request, refused)
    answer.headers.update(error.headers or {})
    return answer


def _field_over_limit(error: HTTPException) -> str | None:
    """The field of a form whose text is longer than the framework takes, if that is the trouble.

    Its words do not name the field: only the parser knows which one it was reading.
    """
    trouble = error.__context__
    if not isinstance(trouble, MultiPartException) or "maximum size" not in trouble.message:
        return None
    for frame, _ in walk_tb(trouble.__traceback__):
        match frame.f_locals.get("self"):
            case MultiPartParser() as parser:
                return _shown(parser._current_part.field_name, 100)
            case FormParser() as parser:
                return _shown(unquote_plus(parser._field_name.decode("latin-1")), 100)
    return None


def _no_such_method(request: Request) -> JSONResponse:
    allowed = ", ".join(sorted(methods_at(request.app, request.url.path)))
    refused = NotFoundError(
        "method_unknown",
        f"{request.url.path} does not know {request.method}",
        field="method",
        limit=allowed or "GET",
        found=request.method,
        remedy="/docs lists every route with its methods",
    )
    refused.status_code = 405
    answer = gesture_error(request, refused)
    answer.headers["Allow"] = allowed or "GET"
    return answer


def body_error(request: Request, error: Exception) -> JSONResponse:
    """A body that grew over its limit while it was read."""
    assert isinstance(error, BodyRefusedError)
    return gesture_error(request, error.refusal)


def database_error(request: Request, error: Exception) -> JSONResponse:
    """A database that does not answer; its own words stay in the log."""
    _log.error("the database does not answer", path=request.url.path, problem=str(error))
    refused = UnavailableError(
        "database_unavailable",
        "the database does not answer",
        remedy="try again after the time in Retry-After",
    )
    return gesture_error(request, refused)


def file_error(request: Request, error: Exception) -> JSONResponse:
    """Files of ours that cannot be written or read; where they lie stays in the log."""
    assert isinstance(error, OSError)
    _log.error("a file cannot be used", path=request.url.path, problem=str(error))
    return gesture_error(request, storage_error(error))


def unexpected_error(request: Request, error: Exception) -> JSONResponse:
    """Our own bug: the server logs its story, the client gets our form."""
    refused = GestureError(
        "unexpected",
        f"{type(error).__name__} in {request.method} {request.url.path}",
        remedy="the server's log has the whole story; tell its operator",
    )
    answer = gesture_error(request, refused)
    # this answer passes by the layer that names the others
    answer.headers["X-Request-Id"] = request.state.request_id
    # the server hangs up behind an exception: who keeps connections must not send on this one
    answer.headers["Connection"] = "close"
    return answer


def invalid_request(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's own refusals of fields, in our form."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["loc"][0] == "path" and _elsewhere(request):
        return _no_such_method(request)
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


def _elsewhere(request: Request) -> bool:
    """Whether the path is that of another route, which does not know the method."""
    methods = methods_at(request.app, request.url.path)
    return bool(methods) and request.method not in methods


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
