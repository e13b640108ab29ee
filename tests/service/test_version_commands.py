"""Versions of the index on the command line: numbers and homes that cannot be meant."""

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.errors import InvalidInputError
from tests.service.curated import curated

BEYOND = str(10**23)


@pytest.mark.parametrize(
    "command",
    [
        ("history", BEYOND),
        ("history", "0"),
        ("history", "--count", BEYOND),
        ("undo", BEYOND),
        ("undo", "0"),
        ("show", "--changes", BEYOND),
    ],
    ids=" ".join,
)
def test_a_number_that_the_database_cannot_hold_is_refused_with_its_limits(command, tmp_path):
    curated(tmp_path)

    ran = CliRunner().invoke(app, ["index", *command, "--home", str(tmp_path)])

    assert (ran.exit_code, type(ran.exception)) == (2, SystemExit), ran.exception
    assert "than or equal to" in ran.output


@pytest.mark.parametrize(
    "command",
    [("history",), ("show",), ("recordings",), ("check",), ("undo", "1"), ("promote",)],
    ids=" ".join,
)
@pytest.mark.parametrize("there", [True, False])
def test_a_home_that_nobody_filled_is_named_and_stays_as_it_is(command, there, tmp_path):
    home = tmp_path / "mistyped"
    if there:
        home.mkdir()

    ran = CliRunner().invoke(app, ["index", *command, "--home", str(home)])

    assert isinstance(ran.exception, InvalidInputError), ran.output
    assert str(home) in str(ran.exception)
    assert "chironomia index build" in (ran.exception.body.remedy or "")
    assert home.exists() == there
    assert not there or not any(home.iterdir())
