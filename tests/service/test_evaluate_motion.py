"""`chironomia evaluate RESULTS`, beside its sub-commands, and `chironomia compare`."""

import json

import pytest
import typer
from typer.testing import CliRunner

from service.cli import app
from service.commands.evaluate_motion import EvaluateGroup
from tests.evaluation.changes import noisy
from tests.evaluation.report.worlds import IDS, write_reference, write_system


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write_reference(tmp_path_factory.mktemp("reference") / "corpus", IDS[:2])


def evaluated(reference, results, out):
    done = run(
        "evaluate", results, "--reference", reference, "--out", out, "--videos", 0, "--jobs", 1
    )
    assert done.exit_code == 0, done.output
    return done


def test_a_folder_is_evaluated_and_two_reports_are_compared(reference, tmp_path):
    write_system(tmp_path / "good", names=IDS[:2])
    write_system(tmp_path / "bad", lambda motion: noisy(motion, 0.05), names=IDS[:2])
    for system in ("good", "bad"):
        done = evaluated(reference, tmp_path / system, tmp_path / f"{system} report")

    assert "wrist jerk median" in done.output
    assert "no network for FGD" in done.output
    content = json.loads((tmp_path / "bad report" / "report.json").read_text())
    assert content["system"] == "bad"
    assert "<table>" in (tmp_path / "bad report" / "report.html").read_text()
    compared = run("compare", tmp_path / "good report", tmp_path / "bad report")
    assert compared.exit_code == 0, compared.output
    assert "wrist jerk median" in compared.output
    assert "too few" in compared.output


def tiny_app():
    """The dispatch alone, with one sub-command beside the report."""
    tiny = typer.Typer(cls=EvaluateGroup)
    told = []

    @tiny.command("report")
    def report(results: str, reference: str = "none") -> None:
        told.append(("report", results, reference))

    @tiny.command("discourse")
    def discourse(gold: str) -> None:
        told.append(("discourse", gold))

    return tiny, told


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["results", "--reference", "x"], ("report", "results", "x")),
        (["--reference", "x", "results"], ("report", "results", "x")),
        (["report", "results"], ("report", "results", "none")),
        (["discourse", "gold"], ("discourse", "gold")),
        (["./discourse"], ("report", "./discourse", "none")),
    ],
)
def test_sub_commands_keep_their_names_and_anything_else_is_a_folder(arguments, called):
    tiny, told = tiny_app()

    done = CliRunner().invoke(tiny, arguments)

    assert done.exit_code == 0, done.output
    assert told == [called]


def test_help_lists_every_way():
    told = run("evaluate", "--help").output

    assert "chironomia evaluate RESULTS" in told
    for command in ("insertion", "discourse", "report"):
        assert command in told


def test_a_missing_reference_is_named(tmp_path):
    done = run("evaluate", tmp_path, "--reference", tmp_path / "nothing")
    assert "no folder at" in str(done.exception)


def test_too_many_videos_are_refused_before_anything_is_measured(reference, tmp_path):
    done = run("evaluate", tmp_path, "--reference", reference, "--videos", 99)
    assert "within 0..8" in str(done.exception)
