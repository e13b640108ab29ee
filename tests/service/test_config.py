"""Settings from environment and file, and the commands that show and check them."""

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.errors import InvalidInputError
from service.settings import Settings, environment_of, settings_with

SECRET = "a-secret-that-must-not-be-shown-at-all"


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Writes the settings file and names it."""

    def write(content: str):
        path = tmp_path / "chironomia.toml"
        path.write_text(content)
        monkeypatch.setenv("CHIRONOMIA_CONFIG", str(path))
        return path

    return write


def run(*command: str):
    return CliRunner().invoke(app, ["config", *command], catch_exceptions=True)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(config, monkeypatch):
    config('port = 9001\nhost = "::1"\nqueue_jobs = 7\n[retrieval_weights]\nspeaker = 2.5\n')
    monkeypatch.setenv("CHIRONOMIA_HOST", "127.0.0.9")
    monkeypatch.setenv("CHIRONOMIA_PORT", "9002")

    found = settings_with(port=9003)

    assert (found.port, found.host, found.queue_jobs) == (9003, "127.0.0.9", 7)
    assert found.retrieval_weights.speaker == 2.5
    assert found.retrieval_weights.word == type(found.retrieval_weights)().word


def test_the_worker_gets_the_settings_of_the_file_as_well(config, monkeypatch):
    config("queue_jobs = 7\n")
    settings = settings_with(port=9003)
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CHIRONOMIA_CONFIG")
    assert Settings() == settings


@pytest.mark.parametrize(
    ("content", "field", "told"),
    [
        ("prot = 9000", "prot", "did you mean port?"),
        ("PORT = 9000", "PORT", "did you mean port?"),
        ("port = ", "CHIRONOMIA_CONFIG", "write it as TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(config, content, field, told):
    config(content)
    with pytest.raises(InvalidInputError) as caught:
        settings_with()
    assert field in caught.value.body.field
    assert told in caught.value.body.remedy


def test_a_file_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("CHIRONOMIA_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(InvalidInputError, match="No such file"):
        settings_with()


def test_a_misspelled_variable_is_an_error_and_other_variables_of_ours_are_not(monkeypatch):
    monkeypatch.setenv("CHIRONOMIA_TRACEBACK", "1")
    monkeypatch.setenv("CHIRONOMIA_URL", "http://127.0.0.1:8000")
    settings_with()
    monkeypatch.setenv("CHIRONOMIA_DRAIN_SECOND", "5")
    with pytest.raises(InvalidInputError) as caught:
        settings_with()
    assert "drain_seconds" in caught.value.body.remedy


def test_a_wrong_secret_is_not_told(config):
    config(f'admin_key = ["{SECRET}"]')
    with pytest.raises(InvalidInputError) as caught:
        settings_with()
    assert "CHIRONOMIA_ADMIN_KEY" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_show_tells_where_each_value_comes_from_and_no_secret(config, monkeypatch):
    path = config(f'llm_key = "{SECRET}"\nqueue_jobs = 7\n')
    monkeypatch.setenv("CHIRONOMIA_PORT", "9002")
    monkeypatch.setenv("CHIRONOMIA_DATABASE_URL", f"postgresql://ada:{SECRET}@db.example/x")

    told = run("show").output

    rows = {line.split()[0]: line for line in told.splitlines() if line and line[0].isalpha()}
    assert set(rows) >= set(Settings.model_fields)
    assert "9002" in rows["port"]
    assert "CHIRONOMIA_PORT" in rows["port"]
    assert "default" in rows["host"]
    # a long path is broken across lines
    assert str(path)[:15] in rows["queue_jobs"]
    assert "not shown" in rows["llm_key"]
    assert "***" in rows["database_url"]
    assert SECRET not in told


def test_check_is_content_with_a_service_that_works(settings, monkeypatch):
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    checked = run("check")

    assert checked.exit_code == 0, checked.output
    assert "problem" not in checked.output
    for looked_at in ("home", "disk", "device", "database", "weights", "keys", "index"):
        assert looked_at in checked.output


def test_check_names_each_problem_with_its_remedy(monkeypatch, tmp_path):
    (tmp_path / "home").write_text("a file, no folder")
    monkeypatch.setenv("CHIRONOMIA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHIRONOMIA_WEIGHTS", str(tmp_path / "none"))
    monkeypatch.setenv("CHIRONOMIA_DEVICE", "cuda:99")
    url = f"postgresql://ada:{SECRET}@127.0.0.1:1/none"
    monkeypatch.setenv("CHIRONOMIA_DATABASE_URL", url)

    checked = run("check")

    assert checked.exit_code == 1
    lines = [line for line in checked.output.splitlines() if line.startswith("problem")]
    assert {line.split("│")[1].strip() for line in lines} == {
        *("home", "device", "database", "weights")
    }
    assert all(line.split("│")[3].strip() for line in lines), "a problem without a remedy"
    assert SECRET not in checked.output


def test_check_sees_an_open_door_and_a_missing_index(monkeypatch, tmp_path, settings):
    from annotations.database import Database

    monkeypatch.setenv("CHIRONOMIA_HOME", str(tmp_path))
    monkeypatch.setenv("CHIRONOMIA_WEIGHTS", settings.weights)
    monkeypatch.setenv("CHIRONOMIA_HOST", "0.0.0.0")
    monkeypatch.setenv("CHIRONOMIA_DEVICE", "cpu")
    with Database.open(Settings().database):
        pass

    checked = run("check")

    assert checked.exit_code == 1
    problems = [line for line in checked.output.splitlines() if line.startswith("problem")]
    assert {line.split("│")[1].strip() for line in problems} == {"keys", "index"}
    assert "chironomia keys add" in checked.output
    assert "chironomia index build" in checked.output


def test_checking_changes_no_database(monkeypatch, tmp_path):
    monkeypatch.setenv("CHIRONOMIA_HOME", str(tmp_path))
    checked = run("check")
    assert checked.exit_code == 1
    assert "the first start makes its tables" in checked.output
    assert not (tmp_path / "chironomia.db").exists()
