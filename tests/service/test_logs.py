"""Log lines: their level, and that they hold no keys."""

import json

import pytest
import structlog

from service.keys import PREFIX
from service.logs import bound, configure_logs, current_request_id, without_secrets
from service.settings import Settings
from service.webhooks.signing import new_secret


@pytest.fixture
def configured():
    """Log lines as JSON; as they were before, afterwards."""
    before = structlog.get_config()
    yield lambda level: configure_logs(Settings(log_format="json", log_level=level))
    structlog.configure(**before)


def test_keys_and_secrets_are_cut_from_every_line():
    key, secret = f"{PREFIX}{'k3y_-' * 9}", new_secret()
    line = without_secrets(None, "info", {"event": f"it was {key}.", "found": secret, "n": 3})
    assert line == {"event": f"it was {PREFIX}***.", "found": "whsec_***", "n": 3}
    assert without_secrets(None, "info", {"event": "chironomia_jobs_total"})["event"] == (
        "chironomia_jobs_total"
    )


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
