"""Keys on the command line and in the settings."""

import subprocess
import sys

import pytest
from pydantic import SecretStr

from service.settings import Settings, environment_of


def run(tmp_path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", *command, "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_a_key_once_lists_and_revokes_it(tmp_path):
    made = run(tmp_path, "keys", "add", "ada", "--scope", "curate", "--scope", "generate")
    key = made.stdout.strip()
    listed = run(tmp_path, "keys", "list").stdout
    revoked = run(tmp_path, "keys", "revoke", "ada")

    assert made.returncode == 0, made.stderr
    assert key.startswith("chironomia_")
    assert "cannot be shown again" in made.stderr
    assert "ada\tcurate, generate\tmade" in listed
    assert "in use" in listed
    assert key not in listed
    assert revoked.returncode == 0
    assert "revoked" in run(tmp_path, "keys", "list").stdout


@pytest.mark.parametrize("command", [("list",), ("revoke", "ada")], ids=" ".join)
@pytest.mark.parametrize("exists", [False, True], ids=["no folder", "an empty folder"])
def test_a_mistyped_home_gets_no_database(tmp_path, exists, command):
    home = tmp_path / "mistyped"
    if exists:
        home.mkdir()

    refused = run(home, "keys", *command)

    assert refused.returncode == 2
    assert str(home) in refused.stderr
    assert "remedy: name the one that has your keys (--home), or make one" in refused.stderr
    assert "`chironomia keys add NAME --scope SCOPE`" in refused.stderr
    assert not home.exists() or not list(home.iterdir())


def test_the_command_refuses_unknown_scopes_and_an_open_door(tmp_path):
    scope = run(tmp_path, "keys", "add", "ada", "--scope", "everything")
    door = run(tmp_path, "serve", "--host", "0.0.0.0")
    assert scope.returncode == 2
    assert "scopes are generate, curate, admin" in scope.stderr
    assert door.returncode == 2
    assert "no key is in use" in door.stderr
    assert "remedy: make a key with `chironomia keys add" in door.stderr


def test_secrets_reach_the_worker_as_they_are():
    settings = Settings(llm_key=SecretStr("sesame"))
    assert environment_of(settings)["CHIRONOMIA_LLM_KEY"] == "sesame"
    assert "sesame" not in repr(settings)
