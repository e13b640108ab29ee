"""What a batch and its files may be, and what is known of them before any sound is decoded."""

import os
import time
from datetime import timedelta

import pytest

from annotations.database import Database
from chironomia import Client, Retry
from service.batches import manifest as manifests
from service.intake import SpeechInput, examine
from service.settings import Settings
from service.storage import Storage, sha256_of
from service.sweep import sweep
from tests.chironomia.nasty import Say, nasty, said
from tests.service.serving import served
from tests.service.test_batches import batch
from tests.service.test_raw_requests import FORM, first_lines
from tests.service.world import sound_file, spoken, words_json
from tests.speech.sounds import babble

WORDS = [("a.json", words_json())]
BATCH = {
    "id": "b1",
    "name": "",
    "created_at": "2026-01-02T03:04:05Z",
    "done": False,
    "total": 1,
    "sound_seconds": 1.0,
    "states": {"queued": 1, "running": 0},
    "failures": [],
    "links": {},
}


@pytest.fixture
def limits(tmp_path):
    return Settings(home=tmp_path / "home", weights="/nowhere", tts="off")


def uploaded(client, content: bytes = b"") -> str:
    answer = client.post("/v1/uploads", files={"file": ("a", content or spoken())})
    assert answer.status_code == 201, answer.text
    return answer.json()["name"]


def counted(client, name: str) -> float:
    """A counter of ``/metrics``, over all its labels."""
    rows = client.get("/metrics").text.splitlines()
    return sum(float(row.split()[-1]) for row in rows if row.startswith(f"{name}{{"))


def test_a_batch_is_taken_in_less_time_than_one_of_its_sounds_takes_to_decode(limits):
    sound = sound_file(babble(30.0).repeat(40), "MP3")
    began = time.monotonic()
    examine(SpeechInput(sound=sound), limits)
    decoding = time.monotonic() - began
    with served(limits) as client:
        name = uploaded(client, sound)
        began = time.monotonic()
        answer = batch(client, *({"id": str(n), "sound": name} for n in range(40)))
        taken = time.monotonic() - began
    assert answer.status_code == 202, answer.text
    assert answer.json()["sound_seconds"] == pytest.approx(40 * 1200, rel=0.01)
    assert taken < decoding, "forty were decoded, or one at least"


def test_an_upload_is_known_by_its_name_and_not_hashed_again(limits, monkeypatch):
    hashed = []
    monkeypatch.setattr(manifests, "sha256_of", lambda path: hashed.append(path) or sha256_of(path))
    with served(limits) as client:
        assert batch(client, {"sound": uploaded(client)}).status_code == 202
    assert hashed == []


def test_a_batch_that_no_queue_could_hold_is_too_large_and_not_to_be_sent_again(tmp_path):
    limits = Settings(home=tmp_path, weights="/nowhere", batch_jobs=2, batch_hours=0.1)
    files = [*WORDS, ("long.json", words_json(250.0))]
    with served(limits) as client:
        three = batch(client, *({"words": "a.json", "id": str(n)} for n in range(3)), files=files)
        hours = batch(client, *({"words": "long.json", "id": n} for n in "ab"), files=files)
        for name in ("long.json", "a.json"):
            assert batch(client, {"words": name}, files=files).status_code == 202
        full = batch(client, {"words": "a.json"}, files=files)
    for answer, limit, found in (
        (three, "2 jobs", "3 jobs"),
        (hours, "0.1 h of sound", "0.1 h of sound"),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (413, "batch_too_large"), answer.text
        assert (error["field"], error["limit"], error["found"]) == ("manifest", limit, found)
        assert not error["retryable"]
    assert (full.status_code, full.json()["error"]["retryable"]) == (429, True)


def test_a_full_batch_queue_is_told_before_the_files_are_sent_and_takes_uploads(tmp_path):
    limits = Settings(home=tmp_path, weights="/nowhere", batch_jobs=1)
    key = {"Idempotency-Key": "first"}
    head = f"POST /v1/batches HTTP/1.1\n{FORM}\nContent-Length: 100000000"
    with served(limits) as client:
        first = batch(client, {"words": "a.json"}, files=WORDS, headers=key)
        status, error = first_lines(client, head)
        assert uploaded(client)
        again = batch(client, {"words": "a.json"}, files=WORDS, headers=key)
        form = "Content-Type: audio/wav\nContent-Length: 1000000"
        wrong, told = first_lines(client, f"POST /v1/uploads HTTP/1.1\n{form}")
    assert (status, error["code"]) == (429, "batches_full")
    assert (first.status_code, again.status_code) == (202, 200)
    assert (wrong, told["code"]) == (415, "not_a_form")


def test_an_upload_is_kept_for_a_day_behind_its_last_use(limits):
    hours = 3600.0
    storage = Storage(limits.home)

    def aged(name: str, age_hours: float) -> None:
        then = time.time() - age_hours * hours
        os.utime(storage.upload(name.removeprefix("sha256:")), (then, then))

    with served(limits) as client, Database.open(limits.database) as database:
        answer = client.post("/v1/uploads", files={"file": ("a", spoken())})
        used, idle = answer.json()["name"], uploaded(client, spoken(4.0))
        for name in (used, idle):
            aged(name, 23.0)
        assert sweep(storage, database, timedelta(days=7)) == 0
        for name in (used, idle):
            aged(name, 25.0)
        refused = batch(client, {"sound": used}, {"sound": "nowhere.wav"})
        assert sweep(storage, database, timedelta(days=7)) == 1
        taken = batch(client, {"sound": used})
    assert answer.json()["keep_hours"] == 24.0
    assert (refused.status_code, taken.status_code) == (422, 202)


def test_jobs_of_batches_are_counted_as_they_come_and_as_they_are_canceled(limits):
    with served(limits) as client:
        lines = [{"words": "a.json", "id": str(n)} for n in range(3)]
        key = {"Idempotency-Key": "counted"}
        before = [counted(client, f"chironomia_jobs_{each}_total") for each in SEEN]
        made = batch(client, *lines, files=WORDS, headers=key)
        batch(client, *lines, files=WORDS, headers=key)
        for _ in range(2):
            client.post(made.json()["links"]["cancel"])
        after = [counted(client, f"chironomia_jobs_{each}_total") for each in SEEN]
    assert [b - a for a, b in zip(before, after, strict=True)] == [3, 3]


SEEN = ("submitted", "ended")


def test_the_client_gives_the_service_time_to_check_a_manifest():
    def slow(_server, _seen) -> Say:
        time.sleep(1.0)
        return said(BATCH)

    with nasty(answer=slow) as server:
        with Client(server.url, timeout=0.3, retry=Retry(1)) as client:
            sent = client.submit_batch([{"text": "hello"}])
        assert [each.path for each in server.seen] == ["/v1/batches"]
    assert sent.id == "b1"


SMALL = {"max_words_bytes": 200, "max_manifest_bytes": 300}


@pytest.mark.parametrize("route", ["gestures", "jobs", "explanations", "recordings"])
def test_words_have_a_limit_of_their_own(tmp_path, route):
    with served(Settings(home=tmp_path, weights="/nowhere", **SMALL)) as client:
        files = {name: ("f", spoken()) for name in ("sound", "motion")}
        if route != "recordings":
            del files["motion"]
        answer = client.post(
            f"/v1/{route}",
            files=files | {"words": ("w", words_json(9.0))},
            data={"id": "4_lawrence_0_1_1"} if route == "recordings" else {},
        )
        told = client.get("/v1/info").json()["limits"]
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (413, "words_too_large"), answer.text
    assert (error["field"], error["limit"]) == ("words", "200 bytes")
    assert error["found"] == f"{len(words_json(9.0))} bytes"
    assert {name: told[name] for name in SMALL} == SMALL


def test_a_manifest_and_the_words_that_it_names_have_limits_too(tmp_path):
    with served(Settings(home=tmp_path, weights="/nowhere", **SMALL)) as client:
        long = batch(client, {"id": "x" * 300, "text": "a"})
        words = batch(client, {"words": uploaded(client, words_json(9.0))})
    error = long.json()["error"]
    assert (long.status_code, error["code"]) == (413, "manifest_too_large")
    assert (error["field"], error["limit"]) == ("manifest", "300 bytes")
    [line] = words.json()["error"]["detail"]["lines"]
    assert (words.status_code, line["line"], line["code"]) == (422, 1, "words_too_large")
