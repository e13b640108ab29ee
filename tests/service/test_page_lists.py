"""Lists as the page shows them: any order, any place, what jobs used, what is alike."""

import json

import numpy as np
import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from annotations.repository import Repository
from indexing.near_duplicates import compare_new
from retrieval.layout import EntryLayout
from tests.databases import KINDS, empty_database
from tests.service.curated import curated, head, one, patch
from tests.service.serving import served

EMBEDDER = "fake@1"


def used(database: Database, *ids: int) -> None:
    """A job that has succeeded and inserted these exemplars."""
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({})).job
        attempt = jobs.start(job.id, "w").attempt
        matches = [{"exemplar_id": each} for each in (*ids, *ids[:1])]
        jobs.succeed(job.id, attempt, JobOutcome({"matches": matches, "files": {}}))


def embedded(database: Database) -> None:
    """Vectors of all exemplars: equal sentences, unless the word is `there`."""
    layout = EntryLayout(3)
    with database.session() as session:
        repository = Repository(session)
        for each, number in repository.indexed_at().pairs:
            sentence = np.eye(3, dtype=np.float32)[[1 if each == 7 else 0]]
            vector = layout.pack(sentence, np.eye(3, dtype=np.float32)[[2]], [0], [None])
            repository.embeddings.add([(each, number)], vector, EMBEDDER)


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        settings = curated(tmp_path, database_url=url)
        with served(settings) as client, Database.open(url) as database:
            yield client, database


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A filled store that nobody edits."""
    with served(curated(tmp_path_factory.mktemp("shown"))) as client:
        yield client


def listed(client, **wanted):
    return client.get("/v1/exemplars", params=wanted).raise_for_status().json()


def ids_of(rows) -> list[int]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("order", ["id", "label", "seconds", "newest"])
def test_pages_go_through_every_order_once_and_ids_come_alike(store, order):
    client, _ = store
    huge, headers = one(client, word="huge")
    patch(client, huge, headers, {"operation": "retime", "start_seconds": 1.0, "end_seconds": 1.2})
    rows, cursor = [], None
    while True:
        page = listed(client, order=order, limit=2, **({"cursor": cursor} if cursor else {}))
        rows += page["exemplars"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    keys = {
        "id": lambda row: (row["id"],),
        "label": lambda row: (row["label"], row["id"]),
        "seconds": lambda row: (row["end_seconds"] - row["start_seconds"], row["id"]),
        "newest": lambda row: (-row["seq"], -row["id"]),
    }
    assert rows == sorted(rows, key=keys[order])
    assert len(rows) == 7
    whole = client.get("/v1/exemplars/ids", params={"order": order}).raise_for_status().json()
    assert whole == {"version": head(client), "total": 7, "ids": ids_of(rows)}


def test_pages_of_an_order_show_one_version(store):
    client, _ = store
    first = listed(client, order="label", limit=3)
    last = first["exemplars"][-1]
    headers = {"If-Match": "*"}
    before = ids_of(listed(client, order="label")["exemplars"])
    for row in listed(client, kind="gesture")["exemplars"]:
        patch(client, row, headers, {"operation": "relabel", "label": "deictic"})
    rest = listed(client, order="label", limit=10, cursor=first["next_cursor"])
    assert [*ids_of(first["exemplars"]), *ids_of(rest["exemplars"])] == before
    assert last["id"] not in ids_of(rest["exemplars"])
    then = client.get("/v1/exemplars/ids", params={"order": "label", "version": first["version"]})
    assert then.json()["ids"] == before


def test_a_cursor_belongs_to_its_order(shown):
    cursor = listed(shown, order="label", limit=2)["next_cursor"]
    for order in ("id", "seconds"):
        answer = shown.get("/v1/exemplars", params={"order": order, "cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "cursor"
    assert shown.get("/v1/exemplars", params={"order": "colour"}).status_code == 422


def test_ids_follow_the_filter_and_are_compact(shown):
    answer = shown.get("/v1/exemplars/ids", params={"label": "Contingency", "facets": "true"})
    assert answer.status_code == 422, "no such field here"
    answer = shown.get("/v1/exemplars/ids", params={"label": "Contingency"})
    found = answer.json()["ids"]
    assert found == ids_of(listed(shown, label="Contingency")["exemplars"])
    plain = shown.get("/v1/exemplars/ids")
    assert " " not in plain.text
    assert json.loads(plain.text)["total"] == 7


def test_a_viewport_of_rows_is_asked_for_by_id(shown):
    wanted = [5, 2, 7, 999]
    page = listed(shown, id=wanted, limit=500)
    assert ids_of(page["exemplars"]) == [2, 5, 7]
    many = listed(shown, id=list(range(1, 501)), limit=500)
    assert many["total"] == 7


def test_what_the_newest_jobs_used_is_found_and_counted(store):
    client, database = store
    used(database, 1, 2)
    used(database, 2, 3)
    used(database, 3)

    assert ids_of(listed(client, used=1)["exemplars"]) == [3]
    assert ids_of(listed(client, used=2)["exemplars"]) == [2, 3]
    assert ids_of(listed(client, used=1000)["exemplars"]) == [1, 2, 3]
    counted = {row["id"]: row["used_in_jobs"] for row in listed(client, counts=True)["exemplars"]}
    assert counted == {1: 1, 2: 2, 3: 2, 4: 0, 5: 0, 6: 0, 7: 0}
    newest = listed(client, counts=True, used=2)["exemplars"]
    assert {row["id"]: row["used_in_jobs"] for row in newest} == {2: 1, 3: 2}
    assert listed(client)["exemplars"][0]["used_in_jobs"] is None
    assert listed(client, facets=True)["facets"]["used"] == {"20": 3}
    assert sum(listed(client, facets=True, kind="gesture")["facets"]["used"].values()) <= 3


def test_a_job_that_did_not_succeed_used_nothing(store):
    client, database = store
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({})).job
        attempt = jobs.start(job.id, "w").attempt
        jobs.cancel(job.id)
        late = JobOutcome({"matches": [{"exemplar_id": 1}], "files": {}})
        assert jobs.succeed(job.id, attempt, late) is None
    assert listed(client, used=20)["total"] == 0


def test_neighbours_are_told_with_how_near_they_are(store):
    client, database = store
    because = listed(client, word="because")["exemplars"]
    assert client.get("/v1/exemplars/1/neighbours").json()["compared"] == 0
    embedded(database)
    body = client.get(f"/v1/exemplars/{because[0]['id']}/neighbours").raise_for_status().json()

    assert (body["label"], body["compared"], body["near"]) == ("Contingency.Cause.Reason", 2, 0.95)
    (near,) = body["neighbours"]
    assert near["exemplar"] == because[1]
    assert near["similarity"] == pytest.approx(1.0)
    assert near["near_duplicate"] is False, "both are of one annotation"
    assert client.get("/v1/exemplars/999/neighbours").status_code == 404


def test_near_duplicates_are_listed_and_counted(store):
    client, database = store
    embedded(database)
    assert listed(client, near_duplicates=True)["total"] == 0
    headers = {"If-Match": "*"}
    for word in ("huge", "rose"):
        row, _ = one(client, word=word)
        edits = ({"operation": "reword", "word": "big"}, {"operation": "relabel", "label": "beat"})
        patch(client, row, headers, *edits).raise_for_status()
    with database.session() as session:
        repository = Repository(session)
        for each, number in repository.embeddings.missing(repository.indexed_at().pairs, EMBEDDER):
            old = repository.embeddings.get([(each, 1)], EMBEDDER)
            repository.embeddings.add([(each, number)], old, EMBEDDER)
    compare_new(database, EMBEDDER)

    page = listed(client, near_duplicates=True, facets=True)
    assert {row["word"] for row in page["exemplars"]} == {"big"}
    assert page["facets"]["near_duplicates"] == {"true": 2}
    assert listed(client, facets=True)["facets"]["near_duplicates"] == {"true": 2}
