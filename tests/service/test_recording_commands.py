"""Whole recordings on the command line."""

import sys
from contextlib import suppress

import pytest

from service import cli
from tests.indexing.tiny_corpus import WAYNE
from tests.service.curated import SCOTT, curated
from tests.service.world import make_world


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command as a shell would: what it printed, on both streams."""

    def run(*arguments: object) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["chironomia", "index", *map(str, arguments)])
        with suppress(SystemExit):
            cli.main()
        shown = capsys.readouterr()
        return shown.out, shown.err

    return run


def test_files_become_a_recording_of_the_index(command, tmp_path):
    settings = make_world(tmp_path)
    corpus, name = settings.corpus, "4_lawrence_0_6_6"
    files = (
        *("--motion", corpus / "smplxflame_30" / f"{WAYNE}.npz"),
        *("--sound", corpus / "wave16k" / f"{WAYNE}.wav"),
        *("--words", corpus / "textgrid" / f"{WAYNE}.TextGrid"),
    )
    lying = ("--home", settings.home, "--weights", settings.weights)
    added, _ = command("upload", name, *files, *lying)
    again, refused = command("upload", name, *files, *lying)
    listed, _ = command("recordings", "lawrence", "--home", settings.home)
    command("leave-out", name, "--home", settings.home)

    assert f"exemplars of {name}" in added
    assert again.strip() == ""
    assert "is in the index already" in refused
    assert "remedy: restore that one" in refused
    [line] = [each for each in listed.splitlines() if each.startswith(name)]
    assert "12.0 s" in line
    assert "exemplars" in line


@pytest.mark.parametrize("pointing", ["promote", "rollback"])
def test_the_empty_version_is_refused_by_command_as_well(command, tmp_path, pointing):
    curated(tmp_path)
    _, refused = command(pointing, "0", "--home", tmp_path)
    shown, _ = command("show", "--home", tmp_path)
    assert "version must be a version that has exemplars or had some" in refused
    assert "Traceback" not in refused
    assert "live means version 2 and follows the newest version" in shown


def test_a_recording_leaves_the_index_and_comes_back(command, tmp_path):
    curated(tmp_path)
    home = ("--home", tmp_path)
    out, _ = command("leave-out", SCOTT, "--reason", "licence", "--actor", "ada", *home)
    away, _ = command("recordings", "scott", *home)
    nothing, _ = command("leave-out", SCOTT, *home)
    back, _ = command("put-back", SCOTT, *home)
    _, unknown = command("leave-out", "9_nobody_0_1_1", *home)
    history, _ = command("history", *home)

    assert "5 exemplars left the index" in out
    assert "out of the index" in away
    assert "nothing was changed" in nothing
    assert "5 exemplars came back" in back
    assert "there is no recording 9_nobody_0_1_1" in unknown
    assert "ada: leave_out recording 2_scott_0_1_1  5 exemplars  licence" in history
