"""Versions and tags over REST: what happened, what differs, what answers requests."""

import pytest

from tests.service.curated import curated, head, one, patch
from tests.service.serving import served


@pytest.fixture
def client(tmp_path):
    with served(curated(tmp_path)) as client:
        yield client


def relabel(client, word: str, label: str) -> int:
    """The version that a relabelling makes."""
    exemplar, headers = one(client, word=word)
    answer = patch(client, exemplar, headers, {"operation": "relabel", "label": label})
    return answer.raise_for_status().json()["version"]


def tag(client, name: str):
    return client.get(f"/v1/tags/{name}").raise_for_status().json()


def test_versions_are_listed_newest_first_in_pages(client):
    first = head(client)
    newest = relabel(client, "huge", "deictic")
    client.put("/v1/tags/fair", json={}).raise_for_status()

    everything = client.get("/v1/versions").json()
    seqs = [each["seq"] for each in everything["versions"]]
    assert seqs == sorted(seqs, reverse=True)
    assert everything["head"] == newest == first + 1
    assert [each["operation"] for each in everything["versions"]][:2] == ["tag", "relabel"]

    page = client.get("/v1/versions", params={"limit": 2, "changing": True}).json()
    rest = client.get(
        "/v1/versions", params={"limit": 2, "changing": True, "cursor": page["next_cursor"]}
    ).json()
    made = page["versions"] + rest["versions"]
    assert [each["changed"] for each in made] == [1, 2, 5]
    assert made[0]["tags"] == ["fair", "live", "staging"]
    assert made[0]["actor"] == "anonymous"
    assert rest["next_cursor"] is None


def test_a_version_is_found_by_number_and_by_tag(client):
    newest = relabel(client, "huge", "deictic")
    assert client.get("/v1/versions/live").json() == client.get(f"/v1/versions/{newest}").json()
    for nobody in ("12345", "nobody", "99999999999999999999"):
        assert client.get(f"/v1/versions/{nobody}").status_code == 404


def test_the_difference_of_two_versions_names_rows_before_and_after(client):
    old = head(client)
    relabel(client, "huge", "deictic")
    new = relabel(client, "rose", "iconic")

    told = client.get(f"/v1/versions/{old}/diff/staging").json()

    assert (told["from_version"], told["to_version"], told["total"]) == (old, new, 2)
    labels = [(row["before"]["label"], row["after"]["label"]) for row in told["rows"]]
    assert labels == [("iconic", "deictic"), ("beat", "iconic")]
    back = client.get(f"/v1/versions/{new}/diff/{old}").json()["rows"]
    assert [(row["after"]["label"]) for row in back] == ["iconic", "beat"]
    assert client.get(f"/v1/versions/{new}/diff/live").json()["rows"] == []
    assert client.get(f"/v1/versions/{new}/diff/nobody").status_code == 404


def test_rolling_back_pins_live_and_promoting_moves_it_again(client):
    old = head(client)
    new = relabel(client, "huge", "deictic")
    assert tag(client, "live") == {"name": "live", "version": new, "follows": True}

    rolled = client.post("/v1/versions/rollback", json={"version": old})
    newer = relabel(client, "rose", "iconic")
    assert rolled.json() == {"name": "live", "version": old, "follows": False}
    assert tag(client, "live")["version"] == old
    assert tag(client, "staging") == {"name": "staging", "version": newer, "follows": True}
    shown = client.get("/v1/exemplars", params={"version": "live", "word": "huge"}).json()
    assert shown["exemplars"][0]["label"] == "iconic"

    promoted = client.post("/v1/versions/promote", json={"version": str(new)})
    assert promoted.json() == {"name": "live", "version": new, "follows": False}
    assert client.post("/v1/versions/promote", json={}).json()["version"] == newer
    followed = client.post("/v1/versions/promote", json={"follow": True}).json()
    assert followed["follows"] is True
    operations = [each["operation"] for each in client.get("/v1/versions").json()["versions"]]
    assert operations[:3] == ["promote", "promote", "promote"]


def test_a_named_tag_stays_where_it_was_put(client):
    old = head(client)
    put = client.put("/v1/tags/fair", json={"version": old})
    new = relabel(client, "huge", "deictic")

    assert put.json() == {"name": "fair", "version": old, "follows": False}
    assert client.get("/v1/exemplars", params={"version": "fair"}).json()["version"] == old
    rolled = client.post("/v1/versions/rollback", json={"version": "fair"}).json()
    assert rolled["version"] == old
    names = [each["name"] for each in client.get("/v1/tags").json()["tags"]]
    assert names == ["fair", "live", "staging"]

    moved = client.put("/v1/tags/fair", json={"version": new}, headers={"If-Match": f'"{new}"'})
    assert (moved.status_code, moved.json()["error"]["code"]) == (412, "tag_moved")
    assert moved.json()["error"]["detail"] == {"expected": new, "found": old}
    etag = client.get("/v1/tags/fair").headers["ETag"]
    kept = client.put("/v1/tags/fair", json={"version": new}, headers={"If-Match": etag})
    assert kept.json()["version"] == new

    assert client.delete("/v1/tags/fair").status_code == 200
    for answer in (client.get("/v1/tags/fair"), client.delete("/v1/tags/fair")):
        assert (answer.status_code, answer.json()["error"]["found"]) == (404, "fair")


@pytest.mark.parametrize("name", ["live", "staging", "7", "with blank", "x" * 201])
def test_a_tag_that_is_ours_or_looks_like_a_number_cannot_be_put(client, name):
    answer = client.put(f"/v1/tags/{name}", json={})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["limit"]


def test_undoing_what_was_changed_since_names_the_rows(client):
    first = relabel(client, "huge", "deictic")
    relabel(client, "huge", "metaphoric")

    dry = client.post(f"/v1/versions/{first}/undo", json={"dry_run": True})
    answer = client.post(f"/v1/versions/{first}/undo")

    assert dry.status_code == answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == ("changed_since", "conflict")
    row = error["detail"]["rows"][0]
    assert (row["before"]["label"], row["after"]["label"]) == ("deictic", "metaphoric")


def test_an_undo_is_tried_dry_done_and_undone(client):
    version = relabel(client, "huge", "deictic")
    dry = client.post(f"/v1/versions/{version}/undo", json={"dry_run": True}).json()
    assert (dry["version"], dry["total"], head(client)) == (None, 1, version)

    undone = client.post(f"/v1/versions/{version}/undo").json()
    assert one(client, word="huge")[0]["label"] == "iconic"
    client.post(f"/v1/versions/{undone['version']}/undo").raise_for_status()
    assert one(client, word="huge")[0]["label"] == "deictic"
    assert client.post("/v1/versions/12345/undo").status_code == 404


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("/v1/versions/rollback", {}, "version"),
        ("/v1/versions/rollback", {"version": -1}, "version"),
        ("/v1/versions/promote", {"versoin": 1}, "versoin"),
        ("/v1/versions/0/undo", {}, "seq"),
    ],
)
def test_a_bad_request_names_field_and_limit(client, address, body, field):
    answer = client.post(address, json=body)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["field"]
    assert answer.json()["error"]["limit"]


def test_live_cannot_point_at_what_is_not_there(client):
    for address in ("promote", "rollback"):
        for version in (999, "nobody"):
            answer = client.post(f"/v1/versions/{address}", json={"version": version})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "version_unknown")


@pytest.mark.parametrize("address", ["promote", "rollback"])
def test_live_cannot_be_pinned_to_the_empty_version(client, address):
    newest = head(client)
    answer = client.post(f"/v1/versions/{address}", json={"version": 0})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "edit_invalid", "version")
    assert error["limit"] == "a version that has exemplars or had some"
    assert error["found"] == "version 0, which is empty"
    assert tag(client, "live") == {"name": "live", "version": newest, "follows": True}


@pytest.mark.parametrize("asked", [{"cursor": "x"}, {"cursor": 0}, {"limit": 0}, {"limit": 501}])
def test_a_bad_page_of_versions_names_field_and_limit(client, asked):
    answer = client.get("/v1/versions", params=asked)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] in asked
