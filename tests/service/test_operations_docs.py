"""docs/operations.md tells of every setting and every metric, and of none that is not there."""

import re
from pathlib import Path

from annotations.database import Database
from service.metrics.queue import QueueMetrics
from service.metrics.registry import STAGES, Metrics
from service.settings import Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()


def test_every_setting_is_in_the_table():
    table = TEXT[TEXT.index("| `CHIRONOMIA_...` |") : TEXT.index("## Scale")]
    rows = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    told = {name.lower() for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert told == set(Settings.model_fields)


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
