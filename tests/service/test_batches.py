"""Batches over REST: accepted as a whole, behind those that somebody waits for."""

import hashlib
import json

from service.settings import Settings
from tests.service.serving import served, wait_until
from tests.service.world import send, silence, sound_file, spoken, words_json
from tests.speech.sounds import babble

FAST = {"sampling": {"steps": 4}}


def batch(client, *lines: dict | str, files=(), headers=None, **fields):
    manifest = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    parts = [("manifest", ("manifest.jsonl", manifest.encode()))]
    parts += [("files", (name, content)) for name, content in files]
    return client.post("/v1/batches", files=parts, data=fields, headers=headers)


def ended(client, answer) -> dict:
    place = answer.json()["links"]["self"]
    wait_until(lambda: client.get(place).json()["done"])
    return client.get(place).json()


def test_who_knows_a_file_can_ask_whether_it_is_kept(service):
    content = spoken(1.5)
    name = f"sha256:{hashlib.sha256(content).hexdigest()}"
    unknown = service.get(f"/v1/uploads/{name}")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "upload_unknown")

    sent = service.post("/v1/uploads", files={"file": ("a.wav", content)})
    asked = service.get(f"/v1/uploads/{name}")

    assert (asked.status_code, asked.json()) == (200, sent.json())
    assert service.get("/v1/uploads/sha256:..").status_code == 422


def test_a_batch_runs_and_one_that_fails_does_not_stop_the_rest(service):
    upload = service.post("/v1/uploads", files={"file": ("a.wav", spoken(2.0))})
    assert upload.status_code == 201, upload.text
    answer = batch(
        service,
        {"id": "sent", "sound": "b.wav", "words": "b.json", "options": FAST, "formats": ["npz"]},
        {"sound": upload.json()["name"], "options": FAST, "id": "uploaded"},
        files=[("b.wav", spoken(3.0)), ("b.json", words_json(3.0))],
        name="two talks",
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]

    done = ended(service, answer)

    assert (done["name"], done["total"], done["states"]["succeeded"]) == ("two talks", 2, 2)
    assert done["failures"] == []
    listed = service.get(done["links"]["jobs"]).json()["jobs"]
    assert {each["batch_item"] for each in listed} == {"sent", "uploaded"}
    for job in listed:
        assert job["batch"] == done["id"]
        assert service.get(job["links"]["npz"]).status_code == 200
    first = service.get(done["links"]["jobs"], params={"limit": 1}).json()
    rest = service.get(
        done["links"]["jobs"], params={"limit": 1, "cursor": first["next_cursor"]}
    ).json()
    assert {first["jobs"][0]["id"], rest["jobs"][0]["id"]} == {each["id"] for each in listed}


def test_a_silent_and_a_broken_sound_fail_alone(service):
    broken = bytearray(sound_file(babble(20.0), "FLAC"))
    broken[len(broken) // 2 : -100] = b"\xff" * len(broken[len(broken) // 2 : -100])
    answer = batch(
        service,
        {"id": "good", "sound": "a.wav", "options": FAST},
        {"id": "silent", "sound": "s.wav", "options": FAST},
        {"id": "broken", "sound": "b.flac", "options": FAST},
        {"id": "longer", "sound": "a.wav", "words": "w.json", "options": FAST},
        files=[
            *[("a.wav", spoken(2.0)), ("s.wav", silence()), ("b.flac", bytes(broken))],
            ("w.json", words_json(2.0)),
        ],
    )
    assert answer.status_code == 202, answer.text

    done = ended(service, answer)

    assert (done["states"]["succeeded"], done["states"]["failed"]) == (2, 2)
    codes = {each["item"]: each["error"]["code"] for each in done["failures"]}
    assert codes == {"silent": "sound_silent", "broken": "sound_unusable"}
    assert all(each["error"]["remedy"] for each in done["failures"])


def test_every_bad_line_is_told_and_nothing_is_queued(desk):
    before = desk.get("/v1/jobs").json()["jobs"]
    answer = batch(
        desk,
        {"sound": "a.wav"},
        {"sound": "nowhere.wav"},
        {"sound": "a.wav", "speaker": 99, "id": "x"},
        {"sound": f"sha256:{'0' * 64}"},
        {"sound": "../../etc/passwd"},
        {"text": "nobody here can say this"},
        {"sound": "text.wav"},
        files=[("a.wav", spoken()), ("text.wav", b"no sound at all")],
    )
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert [(each["line"], each["field"]) for each in error["detail"]["lines"]] == [
        (2, "sound"),
        (3, "speaker"),
        (4, "sound"),
        (5, "sound"),
        (6, "text"),
        (7, "sound"),
    ]
    assert desk.get("/v1/jobs").json()["jobs"] == before


def test_a_key_makes_one_batch_and_another_body_under_it_is_a_conflict(desk):
    headers = {"Idempotency-Key": "one"}
    files = [("a.json", words_json())]
    first = batch(desk, {"words": "a.json"}, files=files, headers=headers)
    again = batch(desk, {"words": "a.json"}, files=files, headers=headers)
    other = batch(desk, {"words": "a.json", "id": "b"}, files=files, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert again.json()["id"] == first.json()["id"]
    jobs = desk.get(first.json()["links"]["jobs"]).json()["jobs"]
    assert len(jobs) == 1
    stopped = desk.post(first.json()["links"]["cancel"]).json()
    assert (stopped["done"], stopped["states"]["canceled"]) == (True, 1)
    assert desk.post(f"{first.json()['links']['self']}/cancel").json() == stopped


def test_a_full_batch_queue_leaves_room_for_others_and_they_for_it(tmp_path):
    limits = Settings(home=tmp_path, weights="/nowhere", queue_jobs=1, batch_jobs=3)
    files = [("a.json", words_json())]
    with served(limits) as client:
        three = [{"words": "a.json", "id": str(n)} for n in range(3)]
        assert batch(client, *three, files=files).status_code == 202
        full = batch(client, three[0], files=files)
        assert (full.status_code, full.json()["error"]["code"]) == (429, "batches_full")
        assert "retry-after" in full.headers
        alone = send(client, words=words_json())
        assert (alone.status_code, alone.json()["queue_position"]) == (202, 0)
        assert send(client, words=words_json()).json()["error"]["code"] == "queue_full"


def test_somebody_who_waits_is_not_behind_a_batch(service):
    files = [("long.json", words_json(100.0))]
    slow = {"words": "long.json", "options": {"sampling": {"mode": "none"}}}
    answer = batch(service, *(slow | {"id": str(n)} for n in range(12)), files=files)

    short = send(service, words=words_json(), headers={"Prefer": "wait=100"}).json()

    states = service.get(answer.json()["links"]["self"]).json()["states"]
    assert short["state"] == "succeeded"
    assert states["queued"] > 0, "the batch was done before: the test shows nothing"
    stopped = service.post(f"{answer.json()['links']['self']}/cancel").json()
    assert stopped["done"]
    assert stopped["states"]["canceled"] > 0


def test_unknown_batches_and_fields_are_refused(desk):
    for call in (desk.get("/v1/batches/nobody"), desk.post("/v1/batches/nobody/cancel")):
        assert (call.status_code, call.json()["error"]["code"]) == (404, "batch_unknown")
    wrong = batch(desk, {"words": "a.json"}, files=[("a.json", words_json())], nmae="x")
    assert wrong.json()["error"]["code"] == "field_unknown"
    same = [("a.json", words_json()), ("a.json", words_json(5.0))]
    assert batch(desk, {"words": "a.json"}, files=same).json()["error"]["code"] == "file_repeated"
    assert batch(desk).json()["error"]["code"] == "manifest_empty"
