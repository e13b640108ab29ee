"""The API: an application without networks; a worker does the work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from dbos import DBOSClient
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from service.dependencies import Desk
from service.errors import GestureError, InvalidInputError, UnavailableError
from service.jobs import JobDesk
from service.routes import gestures, health, jobs
from service.settings import Settings
from service.storage import Storage

_log = structlog.get_logger(__name__)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The application over one database; the engine's tables must exist (`prepare_engine`)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = DBOSClient(system_database_url=settings.jobs_database)
        desk = JobDesk(database, engine, settings)
        app.state.desk = Desk(settings, Storage(settings.home), desk)
        desk.enqueue_waiting()
        yield
        engine.destroy()

    app = FastAPI(
        title="Chironomia",
        summary="Speech in, gesture out.",
        version="1",
        lifespan=lifespan,
    )
    app.add_exception_handler(GestureError, _gesture_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(SQLAlchemyError, _database_error)
    app.add_exception_handler(Exception, _unexpected_error)
    for router in (gestures.router, jobs.router, health.router):
        app.include_router(router)
    return app


def _gesture_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GestureError)
    headers = {"Retry-After": "5"} if error.retryable else {}
    return JSONResponse({"error": error.as_json()}, error.status_code, headers)


def _database_error(request: Request, error: Exception) -> JSONResponse:
    """A database that does not answer; its own words stay in the log."""
    _log.error("the database does not answer", path=request.url.path, problem=str(error))
    refused = UnavailableError(
        "database_unavailable",
        "the database does not answer",
        remedy="try again after the time in Retry-After",
    )
    return _gesture_error(request, refused)


def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    """Our own bug: the server logs its story, the client gets our form."""
    refused = GestureError(
        "unexpected",
        f"{type(error).__name__} in {request.method} {request.url.path}",
        remedy="the server's log has the whole story; tell its operator",
    )
    return _gesture_error(request, refused)


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's own refusals, in our form."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(place) for place in first["loc"][1:])
    message = f"{field}: {first['msg'].removeprefix('Value error, ')}"
    if "UploadFile" in message:
        message = f"{field} must be a file part of the form, found text"
    refused = InvalidInputError(
        "field_invalid",
        message,
        field=field,
        found=str(first.get("input"))[:200],
        remedy="see /docs for this route",
    )
    return _gesture_error(request, refused)
