"""Requests made up from the OpenAPI document: every answer keeps to it, and none is our bug."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from annotations.database import Database
from annotations.tables import WorkerRow
from service.keys import KeyDesk
from service.settings import Settings
from tests.service.curated import fill
from tests.service.serving import served

KEY = "schemathesis-" * 4
CONFIG = Path(__file__).with_name("schemathesis.toml")
PATIENCE_SECONDS = 400
EVERYWHERE = ("--phases", "examples,fuzzing", "--max-examples", "2")
FILTERED = "^/v1/(exemplars(/ids|/bulk|/export.*)?|annotations)$"
"""Operations that share the filters of exemplars: thousands of cases between them."""
COVERED = "^/v1/(jobs|info|batches)(/[^/]+)?$"
WHOLE = "CHIRONOMIA_COVERAGE"
"""Set this to `all` to cover all operations but the filtered ones; that takes minutes."""
_WHICH = (
    ("--exclude-path-regex", FILTERED)
    if os.environ.get(WHOLE) == "all"
    else ("--include-path-regex", COVERED)
)
COVERAGE = ("--phases", "coverage", *_WHICH)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The API of a small index behind a key; nobody takes its jobs."""
    home = tmp_path_factory.mktemp("schemathesis")
    settings = Settings(home=home, weights="/nowhere", queue_jobs=10_000, queue_seconds=1e9)
    with Database.open(settings.database) as database:
        fill(database)
        KeyDesk(database).prepare(settings.host, SecretStr(KEY))
        with database.session() as session:
            session.add(_named_worker())
    with served(settings, longest_head=2**24) as client:
        yield str(client.base_url)


def _named_worker() -> WorkerRow:
    """A worker that lives as long as the test, so that the service calls itself ready."""
    seen = datetime.now(UTC) + timedelta(hours=1)
    return WorkerRow(name="w", seen_at=seen, weights_id="w", index_version=1, device="cpu")


# a form without its end leaves its files to the framework, which only lets go of them
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning")
@pytest.mark.parametrize("chosen", [EVERYWHERE, COVERAGE], ids=["everywhere", "coverage"])
def test_every_answer_keeps_to_the_document(address, chosen):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    header = ("--header", f"Authorization: Bearer {KEY}")
    asked = [*command, "run", f"{address}/openapi.json", *header, *chosen]
    fixed = ["--continue-on-failure", "--no-color", "--seed", "1", "--checks", "all"]

    found = subprocess.run(
        [*asked, *fixed], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )

    assert found.returncode == 0, found.stdout[-8_000:] + found.stderr[-2_000:]
