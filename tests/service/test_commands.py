"""The command line."""

import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from motion.files import read_npz
from service import cli
from service.settings import environment_of
from tests.service.world import KEYS, spoken, words_json

COMMANDS = (
    (),
    ("demo-corpus",),
    ("index",),
    ("index", "build"),
    ("train",),
    ("train", "prepare"),
    ("train", "vae"),
    ("train", "denoiser"),
    ("import-published",),
    ("generate",),
    ("render",),
    ("serve",),
    ("worker",),
    ("demo",),
)
SLOW = {"torch", "faiss", "transformers", "sentence_transformers", "diffusers", "numpy", "fastapi"}


def loaded_by(statement: str) -> set[str]:
    """Slow modules that a fresh Python loads for a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return SLOW & set(ran.stderr.split())


def run(monkeypatch, *arguments: str) -> int:
    """Run the command as a shell would; returns its exit status."""
    monkeypatch.setattr(sys, "argv", ["chironomia", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code or 0


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command):
    shown = CliRunner().invoke(cli.app, [*command, "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_help_loads_nothing_slow():
    ask = "sys.argv = ['chironomia', '--help']\nfrom service.cli import main\n"
    assert loaded_by(f"{ask}try: main()\nexcept SystemExit: pass") == set()


def test_the_api_loads_no_networks():
    assert loaded_by("import service.app") <= {"numpy", "fastapi"}


def test_generate_writes_the_motion_and_tells_what_was_retrieved(
    settings, tmp_path, monkeypatch, capsys
):
    (tmp_path / "talk.wav").write_bytes(spoken(6.0))
    (tmp_path / "talk.json").write_bytes(words_json(6.0))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    status = run(
        monkeypatch,
        "generate",
        str(tmp_path / "talk.wav"),
        *("--words", str(tmp_path / "talk.json")),
        *("--out", str(tmp_path / "out"), "--seed", "3", "--no-preview"),
        *("--options", '{"sampling": {"steps": 4}}'),
    )

    shown = capsys.readouterr()
    assert status == 0, shown.err
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"motion.npz", "motion.glb", "motion.json"}
    assert len(read_npz(tmp_path / "out" / "motion.npz")) == 180
    with np.load(tmp_path / "out" / "motion.npz") as file:
        assert tuple(file.files) == KEYS
    assert "What was retrieved where and why" in shown.out
    assert "because" in shown.out
    assert "Loading weights" not in shown.err


def test_a_bad_input_is_one_clear_line_with_a_remedy(settings, tmp_path, monkeypatch, capsys):
    (tmp_path / "short.wav").write_bytes(spoken(0.2))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    status = run(monkeypatch, "generate", str(tmp_path / "short.wav"))

    lines = capsys.readouterr().err.splitlines()
    assert status == 2
    assert lines[0].startswith("error: the speech is 0.20 s long")
    assert "  remedy: send a whole phrase" in lines


def test_a_file_that_is_not_there_is_one_clear_line(settings, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHIRONOMIA_HOME", str(settings.home))
    status = run(monkeypatch, "generate", str(tmp_path / "none.wav"))

    assert status == 2
    assert "none.wav" in capsys.readouterr().err


def test_a_service_whose_worker_cannot_start_stops_and_says_why(settings, tmp_path):
    changed = settings.model_copy(update={"home": tmp_path / "home", "port": 18_431})
    ran = subprocess.run(
        [sys.executable, "-m", "service", "serve"],
        env=os.environ | environment_of(changed),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert ran.returncode == 2, ran.stderr
    assert "build one with `chironomia index build" in ran.stderr
    assert "the worker cannot start" in ran.stderr
    assert "Traceback" not in ran.stderr
