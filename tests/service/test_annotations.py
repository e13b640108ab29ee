"""Annotations over REST: one annotation, its exemplars in every window that holds it."""

import pytest

from tests.service.curated import SCOTT, curated, head
from tests.service.serving import served


@pytest.fixture
def client(tmp_path):
    with served(curated(tmp_path)) as client:
        yield client


def listed(client, **wanted):
    return client.get("/v1/annotations", params=wanted).raise_for_status().json()


def because(client):
    """The annotation in both windows, and its ETag as an If-Match header."""
    found = listed(client, word="because")["annotations"]
    assert len(found) == 1
    answer = client.get(f"/v1/annotations/{found[0]['id']}")
    assert answer.json() == found[0]
    return found[0], {"If-Match": answer.headers["ETag"]}


def patch(client, annotation, headers, *edits, **more):
    body = {"edits": list(edits)} | more
    return client.patch(f"/v1/annotations/{annotation['id']}", json=body, headers=headers)


def test_an_annotation_in_two_windows_is_listed_once_with_both_exemplars(client):
    annotation, _ = because(client)
    starts = [each["window_start_seconds"] for each in annotation["exemplars"]]
    assert (annotation["recording"], starts) == (SCOTT, [0.0, 5.0])
    assert listed(client)["total"] == 6


def test_pages_of_annotations_go_through_everything_once(client):
    ids, cursor = [], None
    while True:
        wanted = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = listed(client, **wanted)
        ids += [each["id"] for each in page["annotations"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert ids == sorted(set(ids))
    assert len(ids) == 6


def test_an_edit_reaches_every_window_in_one_version(client):
    annotation, headers = because(client)
    before = head(client)

    answer = patch(
        client,
        *(annotation, headers),
        {"operation": "retime", "start_seconds": 7.0, "end_seconds": 7.5, "stroke_seconds": 7.2},
        {"operation": "reword", "word": "since"},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == before + 1
    assert answer.headers["ETag"] == f'"{before + 1}"'
    now = client.get(f"/v1/annotations/{annotation['id']}").json()
    starts = [(each["start_seconds"], each["stroke_seconds"]) for each in now["exemplars"]]
    assert starts == [(7.0, pytest.approx(7.2)), (2.0, pytest.approx(2.2))]
    assert {each["word"] for each in now["exemplars"]} == {"since"}


def test_a_window_that_no_longer_holds_it_loses_its_exemplar(client):
    annotation, headers = because(client)
    patch(
        client,
        *(annotation, headers),
        {"operation": "retime", "start_seconds": 11.0, "end_seconds": 11.5},
    ).raise_for_status()
    now = client.get(f"/v1/annotations/{annotation['id']}").json()["exemplars"]
    assert [(each["start_seconds"], each["removed"]) for each in now][1] == (6.0, False)
    assert now[0]["removed"] is True


def test_whoever_is_second_gets_both_values(client):
    annotation, headers = because(client)
    first = patch(client, annotation, headers, {"operation": "reword", "word": "since"})
    second = patch(client, annotation, headers, {"operation": "reword", "word": "as"})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["ETag"] == first.headers["ETag"]
    detail = second.json()["error"]["detail"]
    assert (detail["yours"]["word"], detail["theirs"]["word"]) == ("as", "since")
    without = patch(client, annotation, {}, {"operation": "reword", "word": "as"})
    assert without.status_code == 428


def test_a_dry_run_writes_nothing(client):
    annotation, headers = because(client)
    before = head(client)
    edit = {"operation": "relabel", "label": "Contingency.Cause.Result"}
    answer = patch(client, annotation, headers, edit, dry_run=True).json()
    assert (answer["total"], answer["version"], head(client)) == (2, None, before)
    assert because(client)[0] == annotation


def test_an_annotation_is_added_and_found_under_its_address(client):
    new = {
        "recording": SCOTT,
        "kind": "relation",
        "label": "Contingency.Cause.Result",
        "word": "so",
        "start_seconds": 9.0,
        "end_seconds": 9.3,
    }
    dry = client.post("/v1/annotations", json=new | {"dry_run": True})
    assert (dry.status_code, dry.json()["version"]) == (200, None)
    assert listed(client, word="so")["total"] == 0

    answer = client.post("/v1/annotations", json=new)
    assert answer.status_code == 201, answer.text
    found = client.get(answer.headers["Location"])
    assert found.headers["ETag"] == answer.headers["ETag"]
    assert found.json()["exemplars"][0]["word"] == "so"
    twice = client.post("/v1/annotations", json=new)
    assert twice.status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/annotations/12345", 404),
        ("/v1/annotations/x", 422),
        ("/v1/annotations?cursor=x", 422),
        ("/v1/annotations?limit=501", 422),
        ("/v1/annotations?facets=true", 422),
    ],
)
def test_a_bad_question_is_refused(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.json()["error"]["remedy"]
