"""The API: an application without networks; a worker does the work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbos import DBOSClient
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from annotations.database import Database
from service.answers import (
    database_error,
    gesture_error,
    invalid_request,
    route_error,
    unexpected_error,
)
from service.dependencies import Desk, key_scheme
from service.errors import GestureError
from service.gate import Gate
from service.jobs import JobDesk
from service.keys import KeyDesk
from service.refusals import CURATION_ERRORS, curation_error
from service.routes import (
    annotations,
    exemplars,
    explanations,
    gestures,
    health,
    jobs,
    recordings,
    reference,
    tables,
    versions,
)
from service.settings import Settings
from service.storage import Storage


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
        dependencies=[Depends(key_scheme)],
        # `routes.reference` has both
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.add_middleware(Gate, keys=KeyDesk(database))
    app.add_exception_handler(GestureError, gesture_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, route_error)
    app.add_exception_handler(SQLAlchemyError, database_error)
    app.add_exception_handler(Exception, unexpected_error)
    for kind in CURATION_ERRORS:
        app.add_exception_handler(kind, curation_error)
    # the tables come first: their addresses look like ids of exemplars
    curated = (tables, exemplars, annotations, recordings, versions, explanations)
    for routes in (gestures, jobs, *curated, health, reference):
        app.include_router(routes.router)
    return app
