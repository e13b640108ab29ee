"""docker-compose.yml and Dockerfile say what the code understands; no engine runs here."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
import yaml

from service.cli import app
from service.settings import Settings, variable_of

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
VARIABLES = {variable_of(name) for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose():
    """The file with its anchors resolved."""
    return yaml.safe_load(FILE.read_text())


def ours(compose) -> dict:
    return {name: each for name, each in compose["services"].items() if "build" in each}


def schema_check(path) -> subprocess.CompletedProcess:
    """By the schema of the compose specification, which the package brings along."""
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)


def test_the_file_follows_the_schema_of_compose(tmp_path):
    checked = schema_check(FILE)
    assert checked.returncode == 0, checked.stdout
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(FILE.read_text().replace("healthcheck:", "healthchek:"))
    assert schema_check(broken).returncode != 0, "the check sees nothing"


def test_every_variable_is_a_setting_and_its_default_is_accepted(compose, monkeypatch):
    for name, service in ours(compose).items():
        given = {each for each in service["environment"] if each.startswith("CHIRONOMIA_")}
        assert given <= VARIABLES, name
        for variable in given:
            monkeypatch.setenv(variable, without_substitutions(service["environment"][variable]))
        assert Settings().home == Path("/data")
    named = set(re.findall(r"CHIRONOMIA_[A-Z_]+", (ROOT / "Dockerfile").read_text()))
    assert named
    assert named <= VARIABLES


def without_substitutions(value) -> str:
    """The value where nothing is set: the default, or something where one must be given."""
    defaulted = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
    return re.sub(r"\$\{\w+:\?[^}]*\}", "given", defaulted)


def test_every_variable_that_is_asked_for_is_told_in_the_head(compose):
    del compose
    text = FILE.read_text()
    asked = set(re.findall(r"\$\{(\w+):", text))
    told = set(re.findall(r"^#   ([A-Z_]+) ", text, re.MULTILINE))
    assert asked == told


def test_every_command_and_option_is_one_of_ours(compose):
    commands = typer.main.get_command(app)
    for name, service in ours(compose).items():
        parsed(commands, service["command"], name)
    docker = (ROOT / "Dockerfile").read_text()
    [default] = re.findall(r"^CMD (.+)$", docker, re.MULTILINE)
    parsed(commands, yaml.safe_load(default), "Dockerfile")


def parsed(command, words, name) -> None:
    """Walk down to the command and let it read its options, without running it."""
    words = list(words)
    while isinstance(command, click.Group):
        found = command.commands.get(words[0])
        assert found is not None, f"{name}: there is no command {words[0]!r}"
        command, words = found, words[1:]
    command.make_context(name, words)


def test_all_that_runs_on_is_watched_and_waits_for_what_it_needs(compose):
    services = compose["services"]
    for name, service in services.items():
        if service["restart"] == "no":
            continue
        test = service["healthcheck"]["test"]
        if test[0] == "CMD":
            assert test[1:3] == ["python", "-c"]
            compile(test[3], name, "exec")
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services
            watched = how["condition"] == "service_healthy"
            assert watched == ("healthcheck" in services[needed]), f"{name} waits for {needed}"


def test_health_is_asked_where_it_is_told(compose):
    services = compose["services"]
    worker = services["worker"]["environment"]
    [port] = re.findall(r"127\.0\.0\.1:(\d+)/readyz", services["worker"]["healthcheck"]["test"][3])
    assert port == worker["CHIRONOMIA_METRICS_PORT"]
    [port] = re.findall(r"127\.0\.0\.1:(\d+)/healthz", services["api"]["healthcheck"]["test"][3])
    assert int(port) == Settings.model_fields["port"].default
    assert services["api"]["ports"][0].endswith(f":{port}")
    grace = int(services["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace > int(without_substitutions(worker["CHIRONOMIA_DRAIN_SECONDS"])) + 10


def test_what_is_kept_lies_on_volumes_and_the_users_files_are_only_read(compose):
    declared = set(compose["volumes"])
    for service in compose["services"].values():
        for place in service.get("volumes", []):
            source = without_substitutions(place).partition(":")[0]
            if source in declared:
                continue
            assert place.endswith(":ro"), place
            assert (ROOT / shlex.split(source)[0]).exists(), source
    assert set(declared) == {"postgres", "data"}
