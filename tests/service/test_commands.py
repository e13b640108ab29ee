"""The command line."""

import hashlib
import json
import os
import socket
import subprocess
import sys

import httpx
import numpy as np
import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from annotations.annotate import HEARD_WORDS
from motion.files import read_npz
from service import cli
from service.commands.generate import SPEAKER_HELP
from service.settings import BUNDLED, Settings, environment_of
from service.speakers import known_speakers
from tests.service.world import KEYS, spoken, words_json
from tests.speech.models import whisper_folder

COMMANDS = (
    (),
    ("demo-corpus",),
    ("index",),
    ("index", "build"),
    ("annotate",),
    ("annotate", "discourse"),
    ("annotate", "corpus"),
    ("evaluate",),
    ("evaluate", "discourse"),
    ("evaluate", "report"),
    ("compare",),
    ("train",),
    ("train", "fgd"),
    ("train", "match"),
    ("train", "gestures"),
    ("train", "discourse"),
    ("train", "prepare"),
    ("train", "vae"),
    ("train", "denoiser"),
    ("import-published",),
    ("generate",),
    ("render",),
    ("convert",),
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
    assert written == {f"motion.{kind}" for kind in ("npz", "glb", "json", "bvh")} | {
        "provenance.json"
    }
    assert len(read_npz(tmp_path / "out" / "motion.npz")) == 180
    provenance = json.loads((tmp_path / "out" / "motion.json").read_text())["provenance"]
    assert provenance["sound"] == hashlib.sha256(spoken(6.0)).hexdigest()
    with np.load(tmp_path / "out" / "motion.npz") as file:
        assert tuple(file.files) == KEYS
    assert "What was retrieved where and why" in shown.out
    assert "because" in shown.out
    assert "Loading weights" not in shown.err


def test_generate_hears_the_words_with_the_transcriber_it_is_given(
    settings, tmp_path, monkeypatch, capsys
):
    (tmp_path / "talk.wav").write_bytes(spoken(3.0))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CHIRONOMIA_TRANSCRIBER", "/no/where")
    asked = ("generate", str(tmp_path / "talk.wav"), "--no-preview", "--out", str(tmp_path / "out"))

    assert run(monkeypatch, *asked) == 2
    assert "transcriber '/no/where'" in capsys.readouterr().err
    status = run(
        monkeypatch,
        *asked,
        *("--transcriber", str(whisper_folder(tmp_path / "whisper"))),
        *("--options", '{"sampling": {"steps": 4}}'),
    )
    assert status == 0, capsys.readouterr().err
    told = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert HEARD_WORDS in told["notes"]


def test_a_bad_input_is_one_clear_line_with_a_remedy(settings, tmp_path, monkeypatch, capsys):
    (tmp_path / "short.wav").write_bytes(spoken(0.2))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    status = run(
        monkeypatch, "generate", str(tmp_path / "short.wav"), "--out", str(tmp_path / "out")
    )

    lines = capsys.readouterr().err.splitlines()
    assert status == 2
    assert lines[0].startswith("error: the speech is 0.20 s long")
    assert "  remedy: send a whole phrase" in lines


def test_a_file_that_is_not_there_is_one_clear_line(settings, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHIRONOMIA_HOME", str(settings.home))
    status = run(
        monkeypatch, "generate", str(tmp_path / "none.wav"), "--out", str(tmp_path / "out")
    )

    assert status == 2
    assert "none.wav" in capsys.readouterr().err


def test_the_speakers_that_the_help_names_are_those_of_the_bundled_weights():
    known = known_speakers(Settings(weights=str(BUNDLED / "weights")))
    assert ", ".join(map(str, known)) in SPEAKER_HELP


BAD = {
    "a seed": (("generate", "--seed", "-5"), {}, ["seed", "found -5", "0..9223372036854775807"]),
    "a port": (("generate",), {"CHIRONOMIA_PORT": "abc"}, ["CHIRONOMIA_PORT", "'abc'"]),
    "two settings": (
        ("generate",),
        {"CHIRONOMIA_PORT": "0", "CHIRONOMIA_LOG_FORMAT": "xml"},
        ["CHIRONOMIA_PORT", "CHIRONOMIA_LOG_FORMAT", "'xml'"],
    ),
    "a device": (
        ("train", "vae", "prepared", "run", "--part", "upper", "--device", "gpu"),
        {},
        ["no device 'gpu'", "cpu"],
    ),
    "a latent": (
        ("train", "vae", "prepared", "run", "--part", "upper", "--latent-dim", "12"),
        {},
        ["--latent-dim", "multiple of 8"],
    ),
    "a width": (
        ("train", "denoiser", "prepared", "run", "weights", "--width", "48"),
        {},
        ["--width", "multiple of 32"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_choice_is_named_with_its_limit_and_no_traceback(case, monkeypatch, capsys):
    arguments, environment, told = BAD[case]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert run(monkeypatch, *arguments) == 2

    shown = capsys.readouterr().err
    for each in told:
        assert each in shown
    assert "pydantic" not in shown


def raising(error: Exception):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ConnectError("refused"), "the service did not answer as expected: refused"),
        (OperationalError("SELECT 1", {}, Exception("gone")), "the database does not answer"),
        (ModuleNotFoundError("no", name="matplotlib.figure"), "'chironomia[train]'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_fault_of_ours_is_one_clear_line(error, told, monkeypatch, capsys):
    monkeypatch.setattr(cli, "app", raising(error))

    assert run(monkeypatch) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line


def test_our_own_bugs_keep_their_traceback(monkeypatch):
    monkeypatch.setattr(cli, "app", raising(KeyError("bug")))
    with pytest.raises(KeyError, match="bug"):
        cli.main()


def test_a_service_whose_worker_cannot_start_stops_and_says_why(settings, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    changed = settings.model_copy(update={"home": tmp_path / "home", "port": port})
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
