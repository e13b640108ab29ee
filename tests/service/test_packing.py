"""JSON is compressed on its way out; streams, files and parts of files go as they are."""

import gzip
import hashlib
import json

import httpx
import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from service.packing import LEAST_BYTES
from service.settings import Settings
from service.storage import Storage
from tests.service.serving import served
from tests.service.world import spoken

PLAIN = {"Accept-Encoding": "identity"}
MATCHES = 3_000
"""Of an hour-long talk."""
FILE = json.dumps({"frames": [0.5] * 2_000}).encode()


def talk(matches: int) -> dict[str, object]:
    """What a job tells of a talk with so many gestures."""
    terms = [{"name": "connective", "value": 0.123456789, "why": "the same sense"}] * 4
    match = {"word": "because", "recording": "1_wayne_0_1_1", "score": 0.6543210987}
    return {
        "files": {"motion.json": hashlib.sha256(FILE).hexdigest()},
        "seconds": 3600.0,
        "matches": [match | {"exemplar_id": number, "terms": terms} for number in range(matches)],
    }


def ended(settings: Settings, matches: int) -> str:
    """A job that has succeeded, with a sound and a result file in JSON."""
    storage = Storage(settings.home)
    with Database.open(settings.database) as database, database.session() as session:
        jobs = JobRepository(session)
        sound = storage.put_upload(spoken(2.0))
        draft = JobDraft(
            request={"kind": "gestures", "sound": sound}, sound_seconds=2.0, expires_at=None
        )
        job = jobs.submit(draft).job.id
        jobs.start(job, "a worker")
        path = storage.result(job, "motion.json")
        path.parent.mkdir(parents=True)
        path.write_bytes(FILE)
        jobs.succeed(job, 1, JobOutcome(talk(matches), 0, "weights"))
    return job


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The API alone, the job of a long talk and that of a short one."""
    settings = Settings(home=tmp_path_factory.mktemp("packing"), weights="/nowhere", tts="off")
    with served(settings) as client:
        yield client, ended(settings, MATCHES), ended(settings, 1)


def raw(client: httpx.Client, place: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it came over the wire."""
    with client.stream("GET", place, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_the_job_of_a_long_talk_comes_small(api):
    client, job, _ = api
    plain = client.get(f"/v1/jobs/{job}", headers=PLAIN).raise_for_status()
    packed, sent = raw(client, f"/v1/jobs/{job}")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(sent) < len(plain.content) / 8
    assert gzip.decompress(sent) == plain.content
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("taken", ["identity", "br", "gzip;q=0", "deflate, gzip;q=0.0"])
def test_whoever_takes_no_gzip_is_sent_none(api, taken):
    client, job, _ = api
    answer, sent = raw(client, f"/v1/jobs/{job}", **{"Accept-Encoding": taken})
    assert "Content-Encoding" not in answer.headers
    assert json.loads(sent)["id"] == job


def test_a_small_answer_stays_as_it_is(api):
    client, _, short = api
    answer, sent = raw(client, "/healthz")
    assert len(sent) < LEAST_BYTES
    assert "Content-Encoding" not in answer.headers
    refusal, told = raw(client, "/v1/jobs/none")
    assert (refusal.status_code, json.loads(told)["error"]["found"]) == (404, "none")
    assert client.get(f"/v1/jobs/{short}").json()["id"] == short


def test_the_provenance_is_one_content_packed_or_not(api):
    client, job, _ = api
    place = f"/v1/jobs/{job}/provenance.json"
    plain, packed = client.get(place, headers=PLAIN), client.get(place)
    head = client.head(place)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    tag = plain.headers["ETag"]
    # other bytes than those of the plain answer: the tag promises the content alone
    assert tag.startswith('W/"')
    assert packed.headers["ETag"] == head.headers["ETag"] == tag
    for headers in ({"If-None-Match": tag}, {"If-None-Match": tag, **PLAIN}):
        again = client.get(place, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    assert head.content == b""
    assert head.headers["Content-Length"] == packed.headers["Content-Length"]


def test_a_result_file_in_json_is_sent_as_it_lies_there(api):
    client, job, _ = api
    place = f"/v1/jobs/{job}/result.json"
    answer, sent = raw(client, place)
    tag = f'"{hashlib.sha256(FILE).hexdigest()}"'

    assert sent == FILE
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"] == tag
    part, some = raw(client, place, Range="bytes=10-19")
    assert (part.status_code, some) == (206, FILE[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(FILE)}"
    several, _ = raw(client, place, Range="bytes=0-9,30-39")
    assert several.status_code == 206
    assert "Content-Encoding" not in several.headers
    assert client.head(place).headers["Content-Length"] == str(len(FILE))


def test_a_sound_stays_as_it_is(api):
    client, job, _ = api
    answer, sent = raw(client, f"/v1/jobs/{job}/sound")
    assert "Content-Encoding" not in answer.headers
    assert sent == spoken(2.0)


def test_events_come_as_they_happen(empty_desk, desk):
    job = empty_desk(sound=spoken(2.0)).json()
    with desk.stream("GET", job["links"]["events"]) as answer:
        first = next(answer.iter_lines())
        # nobody works here: the stream is still open, and another request is answered beside it
        assert desk.get(job["links"]["self"]).json()["state"] == "queued"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert first
