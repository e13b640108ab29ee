"""What earlier releases' jobs used is read from their results."""

import copy
import json

import pytest
from sqlalchemy import select

from annotations.database import Database
from annotations.use_queries import exemplars_of, used_lately, uses
from annotations.use_tables import JobExemplarRow
from tests.annotations.old_databases import old_database, old_rows
from tests.databases import KINDS

OLD = old_rows("fourth_schema.json")


def with_matches(*ids: int) -> dict:
    rows = copy.deepcopy(OLD)
    for job in rows["jobs"]:
        if job["state"] == "succeeded":
            result = json.loads(job["result"]) | {"matches": [{"exemplar_id": i} for i in ids]}
            job["result"] = json.dumps(result)
        elif job["state"] == "failed":
            job["result"] = None
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_uses_of_stored_jobs_are_known_after_the_upgrade(kind, tmp_path):
    rows = with_matches(2, 3, 2)
    done = next(job["id"] for job in rows["jobs"] if job["state"] == "succeeded")
    with (
        old_database(kind, tmp_path, "0004", rows) as url,
        Database.open(url) as database,
        database.reading() as session,
    ):
        stored = session.execute(select(JobExemplarRow.job_id, JobExemplarRow.exemplar_id))
        found = sorted(tuple(row) for row in stored)
        lately = set(session.scalars(used_lately(20)))
        counted = uses(session, [1, 2, 3], 20)
    assert found == [(done, 2), (done, 3)]
    assert lately == {2, 3}
    assert counted == {1: 0, 2: 1, 3: 1}


def test_results_without_matches_use_nothing():
    assert exemplars_of({"files": {}}) == exemplars_of({"matches": None}) == []
