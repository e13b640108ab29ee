"""Splits and merges over REST: revisions, idempotency, undo."""

import pytest

from tests.databases import KINDS, empty_database
from tests.service.curated import curated, head, one
from tests.service.serving import served


@pytest.fixture(params=KINDS)
def client(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        settings = curated(tmp_path, database_url=url)
        with served(settings) as client:
            yield client


def split(client, exemplar, headers, **body):
    place = f"/v1/exemplars/{exemplar['id']}/split"
    return client.post(place, json=body, headers=headers)


def test_a_split_is_one_event_that_one_undo_takes_back(client):
    huge, headers = one(client, word="huge")
    before = client.get("/v1/exemplars").json()["exemplars"]
    key = headers | {"Idempotency-Key": "split-1"}
    done = split(client, huge, key, at_seconds=2.3, reason="two strokes")
    again = split(client, huge, key, at_seconds=2.3, reason="two strokes")

    assert (done.status_code, again.json()) == (200, done.json())
    assert again.headers["idempotent-replayed"] == "true"
    outcome = done.json()
    assert (outcome["event"]["operation"], outcome["total"]) == ("split", 2)
    assert done.headers["etag"] == '"2"'
    first, second = outcome["rows"]
    assert (first["after"]["end_seconds"], second["after"]["start_seconds"]) == (2.3, 2.3)
    assert second["before"] is None
    assert (
        client.get(f"/v1/exemplars/{second['id']}/history").json()["changes"][0]["event"]["reason"]
        == "two strokes"
    )
    undone = client.post(f"/v1/versions/{outcome['version']}/undo")
    assert undone.status_code == 200
    now = client.get("/v1/exemplars").json()["exemplars"]
    shown = ("id", "word", "start_seconds", "end_seconds", "label")
    assert [[row[name] for name in shown] for row in now] == [
        [row[name] for name in shown] for row in before
    ]


def test_a_split_names_the_revision_that_it_was_made_for(client):
    huge, headers = one(client, word="huge")
    assert split(client, huge, {}, at_seconds=2.3).status_code == 428
    told = split(client, huge, headers, at_seconds=2.3, dry_run=True).json()
    assert (told["version"], told["dry_run"], told["total"]) == (None, True, 2)
    split(client, huge, headers, at_seconds=2.3).raise_for_status()
    late = split(client, huge, headers, at_seconds=2.2)
    assert late.status_code == 412
    assert late.json()["error"]["detail"]["theirs"]["end_seconds"] == 2.3
    outside = split(client, huge, {"If-Match": "*"}, at_seconds=4.0)
    assert (outside.status_code, outside.json()["error"]["field"]) == (422, "at_seconds")


def test_a_merge_is_one_event(client):
    huge, headers = one(client, word="huge")
    rows = split(client, huge, headers, at_seconds=2.3).json()["rows"]
    new = next(row["id"] for row in rows if row["before"] is None)
    body = {"ids": [huge["id"], new], "if_revisions": [1, None]}
    late = client.post("/v1/exemplars/merge", json=body)
    assert late.status_code == 412
    version = head(client)
    told = client.post("/v1/exemplars/merge", json=body | {"if_revisions": None, "dry_run": True})
    assert (told.json()["total"], head(client)) == (2, version)
    done = client.post("/v1/exemplars/merge", json=body | {"if_revisions": [2, 1]}).json()
    assert done["event"]["operation"] == "merge"
    whole, _ = one(client, word="huge")
    assert (whole["start_seconds"], whole["end_seconds"]) == (2.0, 2.5)


@pytest.mark.parametrize("ids", [[1], [1, 1], [1, 2, 3], [1, 999], [1, 2]])
def test_a_merge_that_makes_no_sense_is_refused(client, ids):
    answer = client.post("/v1/exemplars/merge", json={"ids": ids})
    assert answer.status_code == (404 if 999 in ids else 422)
