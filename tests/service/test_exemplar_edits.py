"""Edits of exemplars over REST: made once, whole, against the revision they were made for."""

import pytest

from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from service.keys import Scope
from tests.databases import KINDS, empty_database
from tests.service.curated import SCOTT, curated, head, key_of, listed, one, patch, words
from tests.service.serving import served


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    """A filled store of its own for each test, on each kind of database."""
    with empty_database(request.param, tmp_path) as url:
        settings = curated(tmp_path, database_url=url)
        with served(settings) as client:
            yield client, settings


@pytest.fixture
def client(store):
    return store[0]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A filled store that nobody edits."""
    with served(curated(tmp_path_factory.mktemp("shown"))) as client:
        yield client


def test_an_edit_lives_through_relabel_remove_restore_and_undo(client):
    before = head(client)
    exemplar, headers = one(client, word="huge")
    place = f"/v1/exemplars/{exemplar['id']}"

    edited = patch(
        client,
        *(exemplar, headers),
        {"operation": "relabel", "label": "metaphoric"},
        {"operation": "retime", "start_seconds": 2.1, "end_seconds": 2.9, "stroke_seconds": 2.4},
        {"operation": "reword", "word": "so huge"},
        {"operation": "flag", "add": ["x-look"], "remove": ["noisy_motion"]},
        {"operation": "comment", "text": "points at nothing"},
        reason="it is an idea",
    )
    assert edited.status_code == 200, edited.text
    outcome = edited.json()
    assert outcome["version"] == outcome["head"] == before + 1
    assert outcome["total"] == 1
    assert outcome["event"]["actor"] == "anonymous"
    assert outcome["event"]["reason"] == "it is an idea"
    now = client.get(place)
    assert now.headers["ETag"] == edited.headers["ETag"] != headers["If-Match"]
    assert now.json() == outcome["rows"][0]["after"]
    shown = {"label": "metaphoric", "start_seconds": 2.1, "end_seconds": 2.9, "word": "so huge"}
    shown |= {"stroke_seconds": 2.4, "quality": ["x-look"], "comment": "points at nothing"}
    shown |= {"source": "curator", "probability": 1.0, "seq": before + 1}
    assert {name: now.json()[name] for name in shown} == shown
    assert client.get(place, params={"version": before}).json() == exemplar

    removed = client.delete(
        place, headers={"If-Match": now.headers["ETag"]}, params={"reason": "no hand"}
    )
    assert removed.status_code == 200, removed.text
    assert words(client, word="so huge") == []
    assert client.get(place).json()["removed"] is True
    restored = client.post(f"{place}/restore", headers={"If-Match": removed.headers["ETag"]})
    assert words(client, word="so huge") == ["so huge"]

    for seq in (restored.json()["version"], removed.json()["version"], outcome["version"]):
        undone = client.post(f"/v1/versions/{seq}/undo", json={"reason": "a mistake"})
        assert undone.status_code == 200, undone.text
        assert undone.json()["event"]["undoes"] == seq
    last = client.get(place).json()
    kept = ("label", "word", "start_seconds", "quality", "comment", "source", "removed")
    assert [last[name] for name in kept] == [exemplar[name] for name in kept]
    history = client.get(f"{place}/history").json()["changes"]
    operations = [change["event"]["operation"] for change in history]
    assert len(operations) == 7
    assert operations[0] == "cut"
    assert operations[-3:] == ["undo", "undo", "undo"]
    assert history[0]["before"] is None
    assert history[2]["event"]["reason"] == "no hand"


def test_an_edit_without_the_revision_it_was_made_for_is_refused(client):
    exemplar, _ = one(client, word="huge")
    place = f"/v1/exemplars/{exemplar['id']}"
    edit = {"edits": [{"operation": "comment", "text": "x"}]}
    answers = [
        client.patch(place, json=edit),
        client.delete(place),
        client.post(f"{place}/restore"),
    ]
    for answer in answers:
        assert answer.status_code == 428
        assert "send its ETag as If-Match" in answer.json()["error"]["remedy"]
    for header in ('W/"1"', "one", '"1", "2"', '"-1"'):
        answer = client.patch(place, json=edit, headers={"If-Match": header})
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "If-Match")
    assert client.patch(place, json=edit, headers={"If-Match": "*"}).status_code == 200


def test_whoever_is_second_gets_both_values(client):
    exemplar, headers = one(client, word="huge")
    first = patch(client, exemplar, headers, {"operation": "relabel", "label": "metaphoric"})
    second = patch(client, exemplar, headers, {"operation": "relabel", "label": "deictic"})

    assert first.status_code == 200
    assert second.status_code == 412
    assert second.headers["ETag"] == first.headers["ETag"]
    error = second.json()["error"]
    assert (error["code"], error["type"]) == ("revision_changed", "edited_meanwhile")
    detail = error["detail"]
    assert (detail["expected"], detail["found"]) == (exemplar["revision"], exemplar["revision"] + 1)
    assert detail["yours"]["label"] == "deictic"
    assert detail["theirs"]["label"] == "metaphoric"
    assert client.get(f"/v1/exemplars/{exemplar['id']}").json()["label"] == "metaphoric"


def test_an_edit_of_an_annotation_shows_the_other_windows_that_hold_it(client):
    rows = listed(client, word="because")["exemplars"]
    headers = {"If-Match": f'"{rows[0]["revision"]}"'}

    outcome = patch(client, rows[0], headers, {"operation": "reword", "word": "since"}).json()

    assert [row["id"] for row in outcome["rows"]] == [row["id"] for row in rows]
    assert words(client, word="since") == ["since", "since"]


def test_a_dry_run_tells_what_would_change_and_writes_nothing(client):
    exemplar, headers = one(client, word="huge")
    edit = {"operation": "relabel", "label": "deictic"}
    before = client.get("/v1/versions").json()

    alone = patch(client, exemplar, headers, edit, dry_run=True).json()
    asked = {"filter": {"kind": ["gesture"]}, "edit": edit, "dry_run": True}
    many = client.post("/v1/exemplars/bulk", json=asked, headers={"Idempotency-Key": "dry"}).json()

    assert (alone["version"], alone["event"], alone["dry_run"]) == (None, None, True)
    assert alone["rows"][0]["after"]["label"] == "deictic"
    assert many["total"] == 3, "the deictic one is so already"
    assert many["head"] == before["head"]
    assert client.get("/v1/versions").json() == before
    assert client.get(f"/v1/exemplars/{exemplar['id']}").json() == exemplar


def test_a_write_repeated_under_its_key_is_done_once(client):
    exemplar, headers = one(client, word="huge")
    once = headers | {"Idempotency-Key": "an edit"}
    edit = {"operation": "relabel", "label": "deictic"}
    first = patch(client, exemplar, once, edit)
    again = patch(client, exemplar, once, edit)
    other = patch(client, exemplar, once, {"operation": "relabel", "label": "iconic"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert head(client) == first.json()["version"]


def test_a_refused_write_may_be_corrected_under_the_same_key(client):
    exemplar, headers = one(client, word="huge")
    once = headers | {"Idempotency-Key": "second try"}
    refused = patch(client, exemplar, once, {"operation": "relabel", "label": "nonsense"})
    done = patch(client, exemplar, once, {"operation": "relabel", "label": "deictic"})
    assert (refused.status_code, done.status_code) == (422, 200)


def test_a_confirmed_edit_is_there_in_a_new_process(store):
    client, settings = store
    exemplar, headers = one(client, word="huge")
    patch(client, exemplar, headers, {"operation": "relabel", "label": "deictic"})

    with Database.open(settings.database) as database, database.reading() as session:
        assert ExemplarQueries(session).facts(exemplar["id"]).label == "deictic"


def test_edits_bear_the_name_of_the_key(store):
    client, settings = store
    ada = key_of(settings, "ada", Scope.CURATE)
    mallory = key_of(settings, "mallory", Scope.GENERATE)
    client.headers.update(ada)
    exemplar, headers = one(client, word="huge")

    done = patch(client, exemplar, headers, {"operation": "comment", "text": "seen"})
    refused = patch(client, exemplar, headers | mallory, {"operation": "comment", "text": "?"})

    assert done.json()["event"]["actor"] == "ada"
    assert words(client, actor="ada") == ["huge"]
    assert refused.status_code == 403
    once = {"Idempotency-Key": "shared"}
    bob = key_of(settings, "bob", Scope.CURATE)
    for key in (ada, bob):
        body = {"filter": {"word": ["rose"]}, "edit": {"operation": "comment", "text": "same"}}
        answer = client.post("/v1/exemplars/bulk", json=body, headers=key | once)
        assert "Idempotent-Replayed" not in answer.headers, "keys of others are not seen"


def test_an_annotation_is_added_where_it_lies_in_the_recording(client):
    new = {
        "recording": SCOTT,
        "kind": "gesture",
        "label": "iconic",
        "word": "river",
        "start_seconds": 3.0,
        "end_seconds": 3.5,
        "quality": ["favourite"],
    }
    added = client.post("/v1/exemplars", json=new | {"reason": "missed"})
    assert added.status_code == 201, added.text
    exemplar = client.get(added.headers["Location"])
    assert exemplar.headers["ETag"] == added.headers["ETag"]
    assert exemplar.json()["start_seconds"] == 3.0
    assert exemplar.json()["source"] == "curator"
    assert words(client, word="river") == ["river"]

    outside = client.post("/v1/exemplars", json=new | {"start_seconds": 14.8, "end_seconds": 15.6})
    nowhere = client.post("/v1/exemplars", json=new | {"recording": "nobody"})
    assert outside.status_code == 422
    assert "start_seconds" in outside.json()["error"]["field"]
    assert nowhere.status_code in {404, 422}


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"operation": "relabel", "label": "nonsense"}, "label"),
        ({"operation": "relabel", "label": "Contingency.Cause.Reason"}, "label"),
        ({"operation": "retime", "start_seconds": 3.0, "end_seconds": 2.0}, "start_seconds"),
        ({"operation": "retime", "start_seconds": 9.0, "end_seconds": 10.5}, "start_seconds"),
        ({"operation": "retime", "start_seconds": -1.0, "end_seconds": 2.0}, "start_seconds"),
        ({"operation": "reword", "word": " "}, "word"),
        ({"operation": "reword", "word": "x" * 201}, "word"),
        ({"operation": "reword", "word": "a\x00b"}, "word"),
        ({"operation": "flag", "add": ["no such flag"]}, "quality"),
        ({"operation": "comment", "text": "x" * 4001}, "text"),
        ({"operation": "remove"}, "edits"),
        ({"operation": "explode"}, "edits"),
        ({"operation": "comment", "text": "x", "texts": "y"}, "texts"),
        ({}, "edits"),
    ],
)
def test_a_bad_edit_names_field_and_limit(shown, edit, field):
    exemplar, headers = one(shown, word="huge")
    answer = patch(shown, exemplar, headers, edit)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (422, "invalid_input")
    assert field in error["field"]
    assert error["limit"]
    assert error["remedy"]


def test_an_unknown_exemplar_cannot_be_edited(shown):
    answer = patch(
        shown, {"id": 12345}, {"If-Match": "*"}, {"operation": "comment", "text": "hello"}
    )
    assert (answer.status_code, answer.json()["error"]["found"]) == (404, "12345")
