"""The reference: every route as OpenAPI, and a page to try them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from service.openapi import document_of

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def openapi(request: Request) -> dict[str, Any]:
    """Every route, parameter and answer."""
    return document_of(request.app)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """A page that lists the routes and calls them."""
    return get_swagger_ui_html(openapi_url="/openapi.json", title=request.app.title)
