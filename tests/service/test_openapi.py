"""The committed OpenAPI document is that of the routes, and the routes keep to it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from typer.testing import CliRunner

from annotations.database import Database
from service.app import create_app
from service.cli import app as command
from service.openapi import document_of, written
from service.settings import Settings

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), weights="/nowhere")
    with Database(create_engine("sqlite://")) as database:
        return document_of(create_app(settings, database))


def test_the_committed_document_is_that_of_the_routes(document):
    same = COMMITTED.read_text(encoding="utf-8") == written(document)
    assert same, "the routes changed: run `chironomia openapi --out docs/openapi.json`"


def test_the_command_writes_the_document(document, tmp_path):
    out = tmp_path / "made" / "openapi.json"
    to_file = CliRunner().invoke(command, ["openapi", "--out", str(out)])
    to_terminal = CliRunner().invoke(command, ["openapi"])

    assert (to_file.exit_code, to_terminal.exit_code) == (0, 0)
    assert out.read_text(encoding="utf-8") == to_terminal.stdout == written(document)


def test_every_operation_tells_its_refusals_in_one_form(document):
    form = {"$ref": "#/components/schemas/ErrorAnswer"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            assert "500" in answers, (method, path)
            assert path in {"/healthz", "/readyz"} or {"401", "403", "503"} <= set(answers)
            for status, answer in answers.items():
                if int(status) >= 400 and (path, status) != ("/readyz", "503"):
                    assert answer["content"] == {"application/json": {"schema": form}}
    assert "HTTPValidationError" not in json.dumps(document)


def test_every_operation_has_a_name_of_its_own(document):
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
