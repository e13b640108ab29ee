"""docs/operations.md tells of every setting and every metric, and of none that is not there."""

import re
from pathlib import Path

import pytest

from annotations.database import Database
from service.acceptance import LONGEST_KEY, LONGEST_WAIT_SECONDS
from service.entrance import PLAIN_BODY_BYTES
from service.job_schemas import MOST_JOBS
from service.metrics.queue import QueueMetrics
from service.metrics.registry import STAGES, Metrics
from service.schemas import Limits
from service.settings import Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()


def test_every_setting_is_in_the_table():
    table = TEXT[TEXT.index("| `CHIRONOMIA_...` |") : TEXT.index("## Scale")]
    rows = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    told = {name.lower() for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert told == set(Settings.model_fields)


ROOT = Path(__file__).resolve().parents[2]
IN_WORDS = {
    "database_url": "SQLite in the home",
    "weights": "the bundled ones",
    "corpus": "the bundled ones",
    "worker_name": "machine and process id",
    "retrieval_weights": "none",
}
"""Defaults that are no plain value."""
UNITS = {"MB": 1e6, "GB": 1e9, "MiB": 2.0**20}


def rows_of(text: str, head: str) -> list[list[str]]:
    """The cells of a table."""
    lines = text[text.index(head) :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def pairs_of(names: str, values: str) -> dict[str, str]:
    """What each name of a row is told to be; the last value stands for the rest."""
    named = [name.lower() for name in re.findall(r"`(\w+)`", names)]
    each = re.split(r", (?=\S)", values)
    return dict(zip(named, each + each[-1:] * (len(named) - len(each)), strict=True))


def number_of(told: str) -> float:
    """``1.5 GB`` in bytes, ``28,800`` as it is."""
    number, _, unit = told.strip("`").partition(" ")
    return float(number.replace(",", "")) * UNITS.get(unit, 1.0)


def test_every_default_of_a_setting_is_as_the_table_tells_it():
    told = {}
    for names, values, _ in rows_of(TEXT, "| `CHIRONOMIA_...` |"):
        told |= pairs_of(names, values)
    wrong = {}
    for name, field in Settings.model_fields.items():
        match field.default:
            case _ if name in IN_WORDS:
                right = told[name] == IN_WORDS[name]
            case bool() as default:
                right = told[name] == f"`{str(default).lower()}`"
            case int() | float() as default:
                right = number_of(told[name]) == default
            case default:
                right = told[name] == (f"`{default}`" if default else "none")
        if not right:
            wrong[name] = (told[name], field.default)
    assert wrong == {}


def test_every_limit_that_is_published_stands_in_the_rest_table_with_its_default():
    limits = {name: field.default for name, field in Settings.model_fields.items()} | {
        "max_body_bytes": Settings.model_construct().max_body_bytes,
        "max_plain_body_bytes": PLAIN_BODY_BYTES,
        "max_wait_seconds": LONGEST_WAIT_SECONDS,
        "max_idempotency_key": LONGEST_KEY,
        "max_listed_jobs": MOST_JOBS,
    }
    told = {}
    for names, values, _ in rows_of((ROOT / "docs" / "rest.md").read_text(), "| Limit |"):
        told |= pairs_of(names, values)
    assert set(told) == set(Limits.model_fields) - {"speakers"}
    assert {name: number_of(value) for name, value in told.items()} == pytest.approx(
        {name: float(limits[name]) for name in told}, rel=0.01
    )


def test_compose_tells_its_defaults_and_changes_no_limit_but_the_time_to_drain():
    text = (ROOT / "docker-compose.yml").read_text()
    given = dict(re.findall(r"CHIRONOMIA_(\w+): \$\{\w+:-([\d.]+)\}", text))
    assert {"MAX_SECONDS", "QUEUE_JOBS", "DRAIN_SECONDS"} <= set(given)
    for name, default in given.items():
        described = re.search(rf"#   {name} .*; ([\d.]+)", text)
        assert described is not None
        assert described[1].rstrip(".") == default
        if name not in {"DRAIN_SECONDS", "WORKERS"}:
            assert float(default) == Settings.model_fields[name.lower()].default, name


def test_every_metric_is_told_and_every_one_that_is_told_is_there(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'x.db'}") as database:
        exposed = Metrics().exposed([QueueMetrics(database)]).decode()
    typed = {line.split()[2] for line in exposed.splitlines() if line.startswith("# TYPE")}
    # when each was first counted: not told where processes add up, as they do in the service
    known = {name for name in typed if not name.endswith("_created")}
    table = TEXT[TEXT.index("| metric |") : TEXT.index("`route` is the template")]
    for name in sorted(known):
        assert f"`{name}`" in table, name
    told = re.findall(r"\bchironomia_[a-z]+_[a-z_]+", TEXT)
    parts = ("", "_bucket", "_sum", "_count")
    offered = {f"{name}{part}" for name in known for part in parts}
    assert set(told) <= offered
    assert all(stage in table for stage in STAGES)
