"""Log lines: their level, and that they hold no keys."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from service.keys import PREFIX
from service.logs import Secrets, bound, configure_logs, current_request_id
from service.settings import Settings
from service.webhooks.signing import new_secret


@pytest.fixture
def logs_restored():
    """Logs are as they were before, afterwards."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def configured(logs_restored):
    """Log lines as JSON; as they were before, afterwards."""
    del logs_restored
    return lambda level: configure_logs(Settings(log_format="json", log_level=level))


def test_keys_and_secrets_are_cut_from_every_line():
    key, secret = f"{PREFIX}{'k3y_-' * 9}", new_secret()
    line = Secrets()(None, "info", {"event": f"it was {key}.", "found": secret, "n": 3})
    assert line == {"event": f"it was {PREFIX}***.", "found": "whsec_***", "n": 3}
    assert Secrets()(None, "info", {"event": "chironomia_jobs_total"})["event"] == (
        "chironomia_jobs_total"
    )


def test_secrets_are_cut_however_deep_they_lie_in_a_line():
    key = f"{PREFIX}{'k3y_-' * 9}"
    found = {"keys": [key, (key, 1)], key: {"at": Path(f"/{key}"), "error": ValueError(key)}}
    line = Secrets()(None, "info", {"event": "found", "found": found, "bytes": key.encode()})
    assert key not in json.dumps(line)
    assert line["found"]["keys"] == [f"{PREFIX}***", [f"{PREFIX}***", 1]]


MANY_LINES = """
import structlog
from service.logs import configure_logs
from service.settings import Settings
configure_logs(Settings(log_format="json"))
for number in range(3000):
    structlog.get_logger().info("line", number=number)
"""


def test_lines_of_processes_that_share_a_log_stay_whole(tmp_path):
    log = tmp_path / "log"
    with log.open("w") as written:
        # unbuffered, as in most containers
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        both = [
            subprocess.Popen([sys.executable, "-c", MANY_LINES], stderr=written, env=environment)
            for _ in range(2)
        ]
        assert [each.wait() for each in both] == [0, 0]
    numbers = [json.loads(line)["number"] for line in log.read_text().splitlines()]
    assert sorted(numbers) == sorted([*range(3000)] * 2)


HEX = "0123456789abcdef" * 4
SETTINGS = {
    "admin_key": HEX,
    "llm_key": "sk-of-the-labeller",
    "tts_key": "none",
    "database_url": "postgresql+psycopg://chironomia:Pass%2FPhrase-1234@db/chironomia",
}


def fail_with(key, *more):
    held = {"key": key, "more": more}
    raise RuntimeError(f"it was {key} and {' and '.join(more)}: {len(held)}")


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_tells_no_key_and_no_local_variable(log_format, capsys):
    key, secret = f"{PREFIX}{'k3y_-' * 9}", new_secret()
    more = (secret, HEX, "sk-of-the-labeller", "Pass%2FPhrase-1234", "Pass/Phrase-1234")
    configure_logs(Settings(log_format=log_format, **SETTINGS))
    for log in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            fail_with(key, *more)
        except RuntimeError:
            log.exception("none of it worked")
        written = capsys.readouterr().err
        assert "RuntimeError" in written
        assert "it was chironomia_*** and whsec_*** and *** and *** and *** and ***" in written
        assert "fail_with" in written
        assert "none of it worked" in written
        assert "locals" not in written
        for each in (key, secret, *more, key[20:], HEX[8:24]):
            assert each not in written


@pytest.mark.usefixtures("logs_restored")
def test_no_character_of_a_caller_steers_the_console(capsys):
    configure_logs(Settings(log_format="console"))
    path = "/v1/jobs/a\x00b\x1b[2Jc\x9b\u202ed"
    structlog.get_logger("ours").info(f"asked {path}", path=path, more=[path], plain="é")
    try:
        raise ValueError(path)
    except ValueError:
        logging.getLogger("theirs").exception("failed\n%s", path)

    written = capsys.readouterr().err

    assert all(each.isprintable() or each == "\n" for each in written)
    shown = r"/v1/jobs/a\x00b\x1b[2Jc\x9b\u202ed"
    assert f"path='{shown}'" in written
    assert written.count(shown) >= 5
    assert "plain=é" in written
    assert "failed\n/v1" in written


def test_lines_below_the_level_are_not_written(configured, capsys):
    for level, written in {"debug": 3, "info": 2, "warning": 1}.items():
        configured(level)
        log = structlog.get_logger("levels")
        log.debug("one")
        log.info("two")
        log.warning("three")
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == written
        assert json.loads(lines[-1])["event"] == "three"


def test_what_is_bound_stands_in_every_line_until_it_is_left(configured, capsys):
    configured("info")
    log = structlog.get_logger("bound")
    with bound(request_id="r-1234567", job=None):
        assert current_request_id() == "r-1234567"
        log.info("inside")
    log.info("outside")
    inside, outside = map(json.loads, capsys.readouterr().err.splitlines())
    assert inside["request_id"] == "r-1234567"
    assert "job" not in inside
    assert "request_id" not in outside
    assert current_request_id() is None
