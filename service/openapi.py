"""The OpenAPI document: what FastAPI knows of the routes, and the refusals that all share."""

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from service.keys import OPEN_ROUTES

Json = dict[str, Any]
_REFUSAL: Json = {
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
}
_OF_ALL = {"500": "A bug of ours; the log has its story"}
_BEHIND_THE_GATE = {
    "401": "No key, or one that is not known",
    "403": "The key lacks the scope that the route asks for",
    "503": "The database does not answer, or the server is about to stop",
}
_WITH_BODY = {
    "400": "The body cannot be read",
    "413": "The body is over a limit of /v1/info",
}


_PARAMETER = re.compile(r"\{[^}]+\}")
_WITH_HEAD = re.compile(r"/healthz|/readyz|/v1/jobs/[^/]+/(sound|provenance\.json|result\.[^/]+)")
"""Routes that answer HEAD too; the document keeps silent on it, as an answer without a body."""
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})


def operation_id(route: APIRoute) -> str:
    """The name of an operation for generated clients: that of its function."""
    return route.name


def document_of(app: FastAPI) -> Json:
    """The document of an application: every operation with every status it may answer with."""
    document: Json = app.openapi()
    for path, method, operation in _operations(document):
        operation["responses"] = _answers(operation["responses"], path, method)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
        if path in OPEN_ROUTES:
            operation["security"] = []
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for form in _forms(document):
        fields = schemas[form]["properties"].items()
        schemas[form]["properties"] = {name: _without_null(field) for name, field in fields}
    return document


def _answers(known: Json, path: str, method: str) -> Json:
    """Every status of an operation, the refusals in their one form."""
    shared = _OF_ALL if path in OPEN_ROUTES else _OF_ALL | _BEHIND_THE_GATE
    if method != "get":
        shared = shared | _WITH_BODY
    answers = {status: _REFUSAL | {"description": words} for status, words in shared.items()}
    for status, answer in known.items():
        refused = int(status) >= 400 and path not in OPEN_ROUTES
        answers[status] = answer | _REFUSAL if refused else answer
    return dict(sorted(answers.items()))


def methods_at(app: FastAPI, path: str) -> frozenset[str]:
    """Methods of the route that a path means; none where no route is documented there."""
    found = [
        template
        for template in app.openapi()["paths"]
        if re.fullmatch(_PARAMETER.sub("[^/]+", template), path)
    ]
    if not found:
        return frozenset()
    # `/v1/exemplars/bulk` is no exemplar
    meant = min(found, key=lambda template: template.count("{"))
    documented = frozenset(method.upper() for method in app.openapi()["paths"][meant])
    return documented | {"HEAD"} if _WITH_HEAD.fullmatch(path) else documented


def written(document: Json) -> str:
    """The document as it is committed: the same text for the same routes."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_null(schema: Json) -> Json:
    """A field as it is sent where null cannot be: in addresses, headers and forms."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _forms(document: Json) -> set[str]:
    """Names of the schemas of forms."""
    forms = set()
    for _, _, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        for kind in FORMS & set(content):
            forms.add(content[kind]["schema"]["$ref"].rpartition("/")[2])
    return forms


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
