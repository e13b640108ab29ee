"""Texts that a database cannot store: every route refuses them by name, over either database.

PostgreSQL takes no U+0000 in a text, and none it could look into in JSON.
"""

import json
from urllib.parse import quote

import pytest

from annotations.database import Database
from service.settings import Settings
from tests.databases import KINDS, empty_database
from tests.service.curated import SCOTT, fill, one
from tests.service.serving import served
from tests.service.test_batches import batch
from tests.service.world import spoken, words_json

ZERO, HALF = "a\0b", "a\ud800b"
wrong_texts = pytest.mark.parametrize("wrong", [ZERO, HALF], ids=["zero", "half"])
PLAIN = {"label": "beat", "word": "river", "start_seconds": 3.0, "end_seconds": 3.4}
ADDED = PLAIN | {"recording": SCOTT, "kind": "gesture"}
TEXTS = ("recording", "label", "word", "comment", "arg1", "arg2", "reason")


@pytest.fixture(scope="module", params=KINDS)
def client(request, tmp_path_factory):
    """The API of a small curated store; nobody takes its jobs."""
    home = tmp_path_factory.mktemp("unstorable")
    with empty_database(request.param, home) as url:
        settings = Settings(
            home=home, database_url=url, weights="/nowhere", tts="off", webhook_private=True
        )
        with Database.open(url) as database:
            fill(database)
        with served(settings) as client:
            yield client


def refused(answer, field):
    """A refusal that names the field."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == field, answer.text


def sent_json(client, method, path, body, **headers):
    """A body with whatever JSON can escape, half characters among it."""
    kind = {"Content-Type": "application/json", "If-Match": "*"}
    return client.request(method, path, content=json.dumps(body), headers=kind | headers)


def addresses(client):
    """Every text that a route takes in its address: method, path, query, name."""
    document = client.get("/openapi.json").raise_for_status().json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            known = operation.get("parameters", ())
            segments = {each["name"]: a_choice(each) for each in known if each["in"] == "path"}
            for name, place in ((each["name"], each["in"]) for each in known if takes_text(each)):
                if place == "path":
                    yield method, path.format_map(segments | {name: quote(ZERO)}), {}, name
                if place == "query":
                    yield method, path.format_map(segments), {name: ZERO}, name


def kinds_of(parameter):
    """What a parameter may be, alone or in a list."""
    schema = parameter["schema"]
    return [schema, *schema.get("anyOf", ()), schema.get("items", {})]


def takes_text(parameter) -> bool:
    """Whether any text will do."""
    texts = [each for each in kinds_of(parameter) if each.get("type") == "string"]
    return any(not {"enum", "const"} & set(each) for each in texts)


def a_choice(parameter) -> str:
    """Something that a parameter may be: one of its choices, or else a number."""
    choices = [each["enum"][0] for each in kinds_of(parameter) if "enum" in each]
    return choices[0] if choices else "1"


def test_an_address_that_cannot_be_stored_is_refused_by_every_route(client):
    seen = set()
    for method, path, query, name in addresses(client):
        answer = client.request(method, path, params=query, headers={"If-Match": "*"})
        told = (method, path, query, answer.status_code, answer.text)
        assert answer.status_code == 422, told
        assert name in answer.json()["error"]["field"], told
        seen.add(name)
    assert {"job_id", "batch_id", "webhook_id", "recording_id", "name", "version"} <= seen
    assert {"reason", "word", "text", "actor", "cursor", "batch", "index_version"} <= seen


@wrong_texts
@pytest.mark.parametrize("path", ["/v1/gestures", "/v1/jobs", "/v1/explanations"])
def test_a_speech_that_cannot_be_stored_is_refused(client, path, wrong):
    def post(sound=None, words=None, **fields):
        given = {"sound": sound, "words": words}
        files = {name: (name, content) for name, content in given.items() if content is not None}
        return client.post(path, files=files, data=fields)

    timed = json.dumps([{"word": wrong, "start": 0.1, "end": 1.0}]).encode()
    options = json.dumps({"retrieval": {"exclude_recordings": [wrong]}})
    refused(post(words=timed), "words")
    asked = post(words=words_json(), options=options)
    assert asked.status_code == 422, asked.text
    assert asked.json()["error"]["field"].startswith("options"), asked.text
    if wrong == ZERO:
        # a form of UTF-8 holds no half characters
        refused(post(sound=spoken(), text=wrong), "text")
        refused(post(words=words_json(), sound_of=wrong), "sound_of")
        if path == "/v1/explanations":
            refused(post(words=words_json(), index=wrong), "index")
    assert client.get("/v1/jobs", params={"batch": "a"}).status_code == 200


@wrong_texts
def test_a_batch_that_cannot_be_stored_is_refused(client, wrong):
    files = [("a.wav", spoken()), ("a.json", words_json())]
    for field, line in (
        ("id", {"id": wrong, "words": "a.json"}),
        ("text", {"sound": "a.wav", "text": wrong}),
        ("words", {"words": wrong}),
        ("options", {"words": "a.json", "options": {"retrieval": {"exclude_recordings": [wrong]}}}),
    ):
        answer = batch(client, line, files=files)
        refused(answer, "manifest")
        [told] = answer.json()["error"]["detail"]["lines"]
        assert told["field"].split(".")[0] == field
    if wrong == ZERO:
        refused(batch(client, {"words": "a.json"}, files=files, name=wrong), "name")


@wrong_texts
def test_an_edit_that_cannot_be_stored_is_refused(client, wrong):
    exemplar, _ = one(client, word="huge")
    row = f"/v1/exemplars/{exemplar['id']}"
    for edit, field in (
        ({"operation": "relabel", "label": wrong}, "edits.0.relabel.label"),
        ({"operation": "reword", "word": wrong}, "edits.0.reword.word"),
        ({"operation": "flag", "add": [wrong]}, "edits.0.flag.add.0"),
        ({"operation": "comment", "text": wrong}, "edits.0.comment.text"),
    ):
        refused(sent_json(client, "PATCH", row, {"edits": [edit]}), field)
    comment = {"operation": "comment", "text": "fine"}
    for method, path, body, field in (
        ("PATCH", row, {"edits": [comment], "reason": wrong}, "reason"),
        ("POST", f"{row}/restore", {"reason": wrong}, "reason"),
        ("POST", "/v1/exemplars/bulk", {"filter": {"word": [wrong]}, "edit": comment}, "filter"),
        *(("POST", "/v1/exemplars", ADDED | {name: wrong}, name) for name in TEXTS),
        ("PUT", "/v1/tags/mine", {"version": wrong}, "version"),
        ("POST", "/v1/versions/promote", {"version": wrong}, "version"),
        ("POST", "/v1/webhooks", {"url": f"http://127.0.0.1/{wrong}"}, "url"),
    ):
        answer = sent_json(client, method, path, body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert answer.json()["error"]["field"].startswith(field), (path, body, answer.text)
