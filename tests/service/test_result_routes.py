"""Results over REST: an answer of its own for each state of a job, parts, and heads alone."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from chironomia import NoResultError, NotReadyError
from chironomia.errors import KINDS
from service.settings import Settings
from service.storage import Storage
from tests.service.serving import served


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """The API alone with its database, in which a test plays the worker."""
    settings = Settings(home=tmp_path_factory.mktemp("shelf"), weights="/nowhere", tts="off")
    with Database.open(settings.database) as database, served(settings) as client:
        yield client, database, settings.home


def made(database, *, running=False, until=None, sound=None, kind="gestures") -> str:
    """A job at its start; one that runs is in its first attempt."""
    request = {"kind": kind, "sound": sound}
    draft = JobDraft(request=request, sound_seconds=1.0, expires_at=until)
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(draft).job.id
        if running:
            jobs.start(job, "a worker")
    return job


def in_state(database, state: str) -> str:
    """A job that has come to that state."""
    now = datetime.now(UTC)
    late = now - timedelta(hours=1) if state == "expired" else None
    job = made(database, running=state in {"running", "failed"}, until=late)
    with database.session() as session:
        jobs = JobRepository(session)
        match state:
            case "failed":
                error = {"type": "internal", "code": "gpu", "message": "it broke"}
                jobs.fail(job, error | {"retryable": False})
            case "canceled":
                jobs.cancel(job)
            case "expired":
                jobs.expire(now)
    return job


NO_RESULT = {
    "queued": (409, "not_ready", "result_not_ready", True),
    "running": (409, "not_ready", "result_not_ready", True),
    "failed": (409, "no_result", "job_failed", False),
    "canceled": (409, "no_result", "job_canceled", False),
    "expired": (410, "expired", "job_expired", False),
}


@pytest.mark.parametrize("state", NO_RESULT)
@pytest.mark.parametrize("asked", ["result.glb", "provenance.json"])
def test_a_job_without_a_result_says_whether_there_will_be_one(shelf, state, asked):
    client, database, _ = shelf
    job = in_state(database, state)
    answer = client.get(f"/v1/jobs/{job}/{asked}")
    error = answer.json()["error"]
    told = (answer.status_code, error["type"], error["code"], error["retryable"])
    assert told == NO_RESULT[state]
    assert error["found"] == state
    assert ("Retry-After" in answer.headers) is error["retryable"]
    assert ("it broke" in error["message"]) is (state == "failed")


def test_the_client_tells_a_result_to_come_from_one_that_never_will():
    kinds = {each.type: each for each in KINDS}
    assert (kinds["not_ready"], kinds["no_result"]) == (NotReadyError, NoResultError)


CONTENT = bytes(range(100))


@pytest.fixture(scope="module")
def kept(shelf):
    """Links of a job to a hundred bytes of result and as many of sound, and their ETag."""
    client, database, home = shelf
    tag = hashlib.sha256(CONTENT).hexdigest()
    storage = Storage(home)
    job = made(database, running=True, sound=storage.put_upload(CONTENT))
    path = storage.result(job, "motion.npz")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    with database.session() as session:
        result = {"files": {"motion.npz": tag}, "seconds": 1.0}
        JobRepository(session).succeed(job, 1, JobOutcome(result, 0, "weights"))
    return f"/v1/jobs/{job}/result.npz", f"/v1/jobs/{job}/sound", f'"{tag}"'


def test_heads_of_files_are_as_with_their_content(shelf, kept):
    client = shelf[0]
    *links, tag = kept
    for link in links:
        whole, head = client.get(link), client.head(link)
        assert (whole.content, head.content) == (CONTENT, b"")
        assert (head.status_code, head.headers["Content-Length"]) == (200, "100")
        for name in ("ETag", "Accept-Ranges", "Content-Type", "Cache-Control", "Link"):
            assert head.headers[name] == whole.headers[name], name
        assert head.headers["ETag"] == tag
        assert head.headers["Accept-Ranges"] == "bytes"
        # parts are of GET alone
        assert client.head(link, headers={"Range": "bytes=0-9"}).status_code == 200
        assert client.head(link, headers={"If-None-Match": tag}).status_code == 304


def test_heads_of_the_health_routes_and_of_what_is_missing_have_no_body(shelf):
    client = shelf[0]
    for link in ("/healthz", "/readyz", "/v1/jobs/none/result.npz", "/v1/jobs/none/sound"):
        head = client.head(link)
        assert head.status_code == client.get(link).status_code
        assert head.content == b""
        assert "HEAD" in client.delete(link).headers["Allow"]


PARTS = {
    "bytes=0-9,200-": [(0, 9)],
    "bytes=200-,0-9": [(0, 9)],
    "bytes=0-1, 50-51 ,100-": [(0, 1), (50, 51)],
    "bytes=-0,98-": [(98, 99)],
    "bytes=90-300": [(90, 99)],
    "bytes=-300": [(0, 99)],
}


@pytest.mark.parametrize("asked", PARTS)
def test_of_several_parts_those_that_are_there_are_sent(shelf, kept, asked):
    answer = shelf[0].get(kept[0], headers={"Range": asked})
    assert answer.status_code == 206, answer.text
    if len(PARTS[asked]) == 1:
        [(first, last)] = PARTS[asked]
        assert answer.content == CONTENT[first : last + 1]
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/100"
    else:
        assert answer.headers["Content-Type"].startswith("multipart/byteranges")
        for first, last in PARTS[asked]:
            assert f"bytes {first}-{last}/100".encode() in answer.content
        assert answer.content.count(b"Content-Range") == len(PARTS[asked])


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-,-0", "bytes=9-5", "bytes=0-1,9-5"])
def test_where_no_part_is_there_the_size_is_told(shelf, kept, asked):
    answer = shelf[0].get(kept[0], headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */100")


def test_the_provenance_stays_when_the_files_are_gone(shelf):
    client, database, _ = shelf
    job = made(database, running=True)
    past = datetime.now(UTC) - timedelta(days=1)
    with database.session() as session:
        result = {"files": {"motion.npz": "0" * 64}, "matches": [], "word": "ü"}
        JobRepository(session).succeed(job, 1, JobOutcome(result, 0, "weights", past))
    assert client.get(f"/v1/jobs/{job}/result.npz").json()["error"]["code"] == "result_expired"
    assert client.get(f"/v1/jobs/{job}/provenance.json").json() == result


def test_a_job_that_makes_no_motion_has_no_provenance(shelf):
    client, database, _ = shelf
    job = made(database, running=True, kind="recording")
    with database.session() as session:
        JobRepository(session).succeed(job, 1, JobOutcome({"recording": "1", "files": {}}))
    answer = client.get(f"/v1/jobs/{job}/provenance.json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "result_unknown")
    assert "provenance.json" not in client.get(f"/v1/jobs/{job}").json()["links"]
