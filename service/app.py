"""The API: an application without networks; a worker does the work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbos import DBOSClient
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from annotations.database import Database
from service.answers import (
    BodyRefusedError,
    body_error,
    database_error,
    file_error,
    gesture_error,
    invalid_request,
    route_error,
    unexpected_error,
)
from service.dependencies import Desk, key_scheme
from service.drain import Drain
from service.entrance import Entrance
from service.errors import GestureError
from service.gate import Gate
from service.jobs import JobDesk
from service.keys import KeyDesk
from service.metrics.registry import Metrics
from service.openapi import operation_id
from service.packing import Packing
from service.page import BuiltPage, Page
from service.refusals import CURATION_ERRORS, curation_error
from service.request_log import RequestLog
from service.routes import (
    annotations,
    batches,
    exemplars,
    explanations,
    gestures,
    health,
    jobs,
    joining,
    neighbours,
    playing,
    recordings,
    reference,
    tables,
    versions,
    watching,
    webhooks,
)
from service.settings import Settings
from service.storage import Storage


def create_app(settings: Settings, database: Database, drain: Drain | None = None) -> FastAPI:
    """The application over one database; the engine's tables must exist (`prepare_engine`).

    ``drain`` is what the server begins when it is told to stop.
    """
    metrics, leaving = Metrics(), drain or Drain()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = DBOSClient(system_database_url=settings.jobs_database)
        desk = JobDesk(database, engine, settings, metrics, leaving)
        app.state.desk = Desk(settings, Storage(settings.home), desk, metrics, leaving)
        expiring = asyncio.create_task(desk.expire_waiting())
        yield
        expiring.cancel()
        engine.destroy()

    app = FastAPI(
        title="Chironomia",
        summary="Speech in, gesture out.",
        version="1",
        lifespan=lifespan,
        dependencies=[Depends(key_scheme)],
        generate_unique_id_function=operation_id,
        # `routes.reference` has both
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    # each stands before those added earlier
    app.add_middleware(Packing)
    app.add_middleware(Entrance, settings=settings)
    app.add_middleware(Gate, keys=KeyDesk(database))
    app.add_middleware(Page, built=BuiltPage())
    app.add_middleware(RequestLog, metrics=metrics)
    app.add_exception_handler(GestureError, gesture_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, route_error)
    app.add_exception_handler(BodyRefusedError, body_error)
    app.add_exception_handler(SQLAlchemyError, database_error)
    app.add_exception_handler(OSError, file_error)
    app.add_exception_handler(Exception, unexpected_error)
    for kind in CURATION_ERRORS:
        app.add_exception_handler(kind, curation_error)
    # the tables come first: their addresses look like ids of exemplars
    shown = (tables, watching, neighbours, joining, exemplars)
    curated = (*shown, annotations, recordings, versions, explanations)
    for routes in (gestures, jobs, playing, batches, *curated, webhooks, health, reference):
        app.include_router(routes.router)
    return app
