"""The client against a server that drops, refuses, and cuts short."""

import asyncio
import hashlib
import io
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import chironomia
from chironomia import (
    AsyncClient,
    Client,
    DamagedDownloadError,
    InvalidInputError,
    JobEndedError,
    Options,
    OutputOptions,
    OverloadedError,
    Retry,
    SamplingOptions,
    Speech,
    UnexpectedAnswerError,
    UnreachableError,
    WaitTooLongError,
    Word,
)
from chironomia.batches import BatchOrder
from chironomia.errors import KINDS
from chironomia.events import EventReader
from chironomia.reading import read_record
from chironomia.records import Job
from chironomia.steps import Lost, Reply
from service.errors import GestureError
from tests.chironomia.nasty import DROP, JOB, Nasty, Say, Seen, nasty, refused, said

QUICK = Retry(attempts=5, first_seconds=0.001)
CONTENT = b"motion" * 5_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
DONE = JOB | {
    "state": "succeeded",
    "links": {"glb": "/v1/jobs/a1/result.glb"},
    "result": {"files": {"motion.glb": DIGEST}},
}


def submitted(server: Nasty, kind: str, speech: Speech, **given: object) -> Job:
    """A job submitted by either client."""
    if kind == "sync":
        with Client(server.url, retry=QUICK) as client:
            return client.submit(speech, **given)

    async def sent() -> Job:
        async with AsyncClient(server.url, retry=QUICK) as client:
            return await client.submit(speech, **given)

    return asyncio.run(sent())


both = pytest.mark.parametrize("kind", ["sync", "async"])


@both
def test_a_submit_that_is_dropped_and_refused_is_sent_again_under_one_key(kind, tmp_path):
    sound = tmp_path / "talk.wav"
    sound.write_bytes(b"sound of the talk")
    words = [Word("hello", 0.1, 0.4)]
    options = Options(SamplingOptions(), SamplingOptions(seed=3), OutputOptions(fps=24))
    script = (DROP, refused(429, "overloaded", "queue_full", True), Say(503), Say(500), said(JOB))

    with nasty(*script) as server:
        job = submitted(server, kind, Speech(sound, words), speaker=2, options=options)

    assert (job.id, job.state) == ("a1", "queued")
    assert len({each.headers["idempotency-key"] for each in server.seen}) == 1
    assert len(server.seen) == len(script)
    for each in server.seen:
        assert each.form["sound"] == b"sound of the talk"
        assert json.loads(each.form["words"]) == [{"word": "hello", "start": 0.1, "end": 0.4}]
        assert json.loads(each.form["options"]) == {"sampling": {"seed": 3}, "output": {"fps": 24}}
        assert each.form["speaker"] == b"2"


@both
def test_two_calls_are_two_jobs_and_a_key_of_the_callers_is_one(kind):
    with nasty(said(JOB)) as server:
        for key in (None, None, "mine", "mine"):
            submitted(server, kind, Speech(b"x"), idempotency_key=key)
    keys = [each.headers["idempotency-key"] for each in server.seen]
    assert len(set(keys)) == 3
    assert keys[2:] == ["mine", "mine"]


class Pipe(io.RawIOBase):
    """A file that can be read once."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken, self.content = (
            (self.content, b"") if size < 0 else (self.content[:size], self.content[size:])
        )
        return taken


@both
@pytest.mark.parametrize("form", ["bytes", "path", "text path", "file", "pipe"])
def test_every_form_of_upload_is_whole_when_it_is_sent_a_second_time(kind, form, tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(CONTENT)
    with path.open("rb") as file, nasty(DROP, said(JOB)) as server:
        sources = {
            "bytes": CONTENT,
            "path": path,
            "text path": str(path),
            "file": file,
            "pipe": Pipe(CONTENT),
        }
        submitted(server, kind, Speech(sources[form]))
    assert [each.form["sound"] for each in server.seen] == [CONTENT, CONTENT]


@both
def test_a_refusal_that_will_not_pass_is_raised_at_once_with_all_it_says(kind):
    said_no = refused(
        422, "invalid_input", "speech_too_short", field="sound", limit="0.5 s", remedy="speak"
    )
    with nasty(said_no) as server, pytest.raises(InvalidInputError) as caught:
        submitted(server, kind, Speech(b"x"))
    error = caught.value
    assert len(server.seen) == 1
    assert (error.status, error.code, error.field) == (422, "speech_too_short", "sound")
    assert (error.limit, error.found, error.remedy, error.retryable) == (
        "0.5 s",
        None,
        "speak",
        False,
    )
    assert "remedy: speak" in str(error)


@both
def test_patience_ends(kind):
    with (
        nasty(refused(429, "overloaded", "queue_full", True)) as server,
        pytest.raises(OverloadedError),
    ):
        submitted(server, kind, Speech(b"x"))
    assert len(server.seen) == QUICK.attempts
    with nasty(DROP) as server, pytest.raises(UnreachableError, match="POST /v1/gestures"):
        submitted(server, kind, Speech(b"x"))
    assert len(server.seen) == QUICK.attempts


def test_our_own_bug_is_not_tried_again_and_a_strangers_page_is_told_as_such():
    with nasty(refused(500, "internal", "unexpected")) as server, Client(server.url) as client:
        with pytest.raises(chironomia.InternalError):
            client.info()
        assert len(server.seen) == 1
    page = Say(404, b"<html>welcome</html>")
    with (
        nasty(page) as server,
        Client(server.url) as client,
        pytest.raises(UnexpectedAnswerError, match="welcome"),
    ):
        client.job("a1")


def test_retry_after_is_the_least_pause_in_both_its_forms():
    retry = Retry(attempts=3, first_seconds=0.1, longest_seconds=1.0)
    then = datetime.now(UTC) + timedelta(seconds=100)
    for told, least, most in (("7", 7.0, 7.0), (format_datetime(then), 95.0, 100.0), ("", 0.05, 1)):
        pause = retry.pause(1, Reply(503, {"retry-after": told}))
        assert least <= pause <= most
    zoneless = then.strftime("%a, %d %b %Y %H:%M:%S -0000")
    assert 95.0 <= retry.pause(1, Reply(503, {"retry-after": zoneless})) <= 100.0
    for nonsense in ("inf", "-inf", "nan", "soon", "-5"):
        assert 0.05 <= retry.pause(1, Reply(503, {"retry-after": nonsense})) <= 0.1
    for endless in ("9" * 30, "1e300", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry.pause(1, Reply(503, {"retry-after": endless})) == 86_400.0
    assert retry.pause(3, Lost("gone")) is None
    assert retry.pause(1, Reply(404, {})) is None
    pauses = [Retry(99, 0.1, 1.0).pause(attempt, Lost("")) for attempt in range(1, 12)]
    assert max(pauses) <= 1.0
    assert pauses[0] <= 0.1


def test_every_type_of_error_of_the_service_has_its_class():
    kinds = {GestureError.type} | {each.type for each in _below(GestureError)}
    assert {each.type for each in KINDS} == kinds
    assert len(KINDS) == len(kinds)


def _below(kind: type) -> list[type]:
    return [each for below in kind.__subclasses__() for each in (below, *_below(below))]


def downloaded(server: Nasty, kind: str, path) -> None:
    job = read_record(Job, DONE)
    if kind == "sync":
        with Client(server.url, retry=QUICK) as client:
            assert client.download(job, "glb", path) == path
            return

    async def fetched() -> None:
        async with AsyncClient(server.url, retry=QUICK) as client:
            assert await client.download(job, "glb", path) == path

    asyncio.run(fetched())


def ranged(_server: Nasty, seen: Seen) -> Say:
    """A file server that cuts every body after 9,000 bytes."""
    start = int(seen.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    status = 206 if "range" in seen.headers else 200
    return Say(status, CONTENT[start:], {"etag": f'"{DIGEST}"'}, cut=9_000)


@both
def test_a_download_goes_on_where_it_broke_off(kind, tmp_path):
    path = tmp_path / "deep" / "motion.glb"
    with nasty(answer=ranged) as server:
        downloaded(server, kind, path)
        asked = [each.headers.get("range") for each in server.seen]
        downloaded(server, kind, path)
        assert len(server.seen) == len(asked), "what is there was fetched again"
    assert path.read_bytes() == CONTENT
    assert asked == [None, "bytes=9000-", "bytes=18000-", "bytes=27000-"]
    assert [each.name for each in path.parent.iterdir()] == ["motion.glb"]


@both
def test_a_download_that_a_killed_program_began_is_finished(kind, tmp_path):
    path = tmp_path / "motion.glb"
    (tmp_path / f".motion.glb.{DIGEST[:16]}.part").write_bytes(CONTENT[:20_000])
    with nasty(answer=ranged) as server:
        downloaded(server, kind, path)
    assert path.read_bytes() == CONTENT
    assert server.seen[0].headers["range"] == "bytes=20000-"


@both
def test_a_damaged_download_never_appears(kind, tmp_path):
    path = tmp_path / "motion.glb"
    wrong = Say(200, CONTENT[:-1] + b"x", {"etag": f'"{DIGEST}"'})
    with nasty(wrong) as server, pytest.raises(DamagedDownloadError, match=DIGEST[:10]):
        downloaded(server, kind, path)
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with Client("http://127.0.0.1:9") as client, pytest.raises(ValueError, match="there are glb"):
        client.download(read_record(Job, DONE), "bvh", tmp_path / "x.bvh")


def events(*states: tuple[int, str], cut: int | None = None) -> Say:
    lines = []
    for number, state in states:
        content = JOB | {"state": state}
        content["progress"] = {"stage": "denoise", "done": number, "total": 4, "fraction": 0.25}
        lines.append(f": beat\n\nid: {number}\nevent: job\ndata: {json.dumps(content)}\n\n")
    return Say(200, "".join(lines).encode(), {"content-type": "text/event-stream"}, cut=cut)


@both
def test_progress_comes_by_events_that_are_resumed_where_they_broke_off(kind):
    def answer(_server: Nasty, seen: Seen) -> Say:
        if not seen.path.endswith("/events"):
            return said(DONE)
        last = seen.headers.get("last-event-id")
        return (
            events((3, "running"), (4, "succeeded"))
            if last
            else events((1, "running"), (2, "running"))
        )

    watched = []
    with nasty(answer=answer) as server:
        if kind == "sync":
            with Client(server.url, retry=QUICK) as client:
                job = client.wait(read_record(Job, JOB), lambda step: watched.append(step.done))
        else:

            async def waited() -> Job:
                async with AsyncClient(server.url, retry=QUICK) as client:
                    return await client.wait(
                        read_record(Job, JOB), lambda step: watched.append(step.done)
                    )

            job = asyncio.run(waited())
    assert job.state == "succeeded"
    assert watched == [1, 2, 3, 4]
    assert [each.headers.get("last-event-id") for each in server.seen] == [None, "2", None]


@both
def test_where_a_page_of_a_proxy_comes_in_place_of_events_the_job_is_polled(kind):
    page = Say(200, b"<html>" * 10_000, {"content-type": "text/html"})
    progress = {"stage": "denoise", "done": 1, "total": 2, "fraction": 0.5}
    running = said(JOB | {"state": "running", "progress": progress})
    watched = []
    with nasty(page, running, said(DONE)) as server:
        if kind == "sync":
            with Client(server.url, retry=QUICK) as client:
                job = client.wait(read_record(Job, JOB), watched.append)
        else:

            async def waited() -> Job:
                async with AsyncClient(server.url, retry=QUICK) as client:
                    return await client.wait(read_record(Job, JOB), watched.append)

            job = asyncio.run(waited())
    assert job.state == "succeeded"
    assert [each.stage for each in watched] == ["denoise"]
    assert [each.path.partition("?")[0] for each in server.seen] == [
        "/v1/jobs/a1/events",
        "/v1/jobs/a1",
        "/v1/jobs/a1",
    ]


def test_a_manifest_has_a_line_for_each_line_feed_and_no_other(tmp_path):
    path = tmp_path / "talks.jsonl"
    lines = [{"text": "one\u2028two\u2029three\x85four"}, {"text": "five"}]
    text = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes(text.encode())
    assert BatchOrder(path, "", "key").lines() == lines


def test_where_there_are_no_events_the_job_is_polled():
    running = JOB | {
        "state": "running",
        "progress": {"stage": "denoise", "done": 1, "total": 2, "fraction": 0.5},
    }
    script = (refused(404, "not_found", "route_unknown"), said(running), DROP, said(DONE))
    watched = []
    with nasty(*script) as server, Client(server.url, retry=QUICK) as client:
        client.wait(read_record(Job, JOB), watched.append)
    assert [(each.stage, each.fraction) for each in watched] == [("denoise", 0.5)]


def test_a_wait_ends_when_its_time_is_over_and_a_job_that_failed_says_why():
    with nasty(said(JOB)) as server, Client(server.url, retry=QUICK) as client:
        started = time.monotonic()
        with pytest.raises(WaitTooLongError) as late:
            client.wait("a1", timeout=0.05)
        assert late.value.job.id == "a1"
        assert time.monotonic() - started < 5
    problem = {"type": "internal", "code": "gpu_memory", "message": "no room", "retryable": True}
    failed = said(JOB | {"state": "failed", "error": problem})
    with nasty(failed) as server, Client(server.url) as client:
        with pytest.raises(JobEndedError, match="no room") as ended:
            client.wait("a1")
        assert ended.value.problem.code == "gpu_memory"


def test_events_may_be_cut_anywhere():
    text = 'id: 1\nevent: job\ndata: {"a":\ndata: 1}\n\nid: 2\ndata: ü\n\ndata: half'.encode()
    for size in (1, 2, 5, len(text)):
        reader = EventReader()
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        found = [event for piece in pieces for event in reader.read(piece)]
        assert [(each.id, each.name, each.content) for each in found] == [
            ("1", "job", '{"a":\n1}'),
            ("2", "message", "ü"),
        ]
        assert reader.last_id == "2"


def test_address_and_key_come_from_the_environment(monkeypatch):
    with nasty(said(JOB)) as server:
        monkeypatch.setenv("CHIRONOMIA_URL", server.url + "/")
        monkeypatch.setenv("CHIRONOMIA_KEY", "secret")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with Client() as client:
            client.job("a1")
            assert "secret" not in repr(client.__dict__)
    assert server.seen[0].headers["authorization"] == "Bearer secret"


def test_importing_the_client_loads_no_network_and_no_web_framework():
    script = (
        "import sys, time; before = time.perf_counter(); import chironomia; "
        "print(time.perf_counter() - before); print(*sorted(sys.modules), sep=chr(10))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    seconds, *modules = told.stdout.split()
    heavy = {
        "torch",
        "fastapi",
        "starlette",
        "pydantic",
        "numpy",
        "sqlalchemy",
        "service",
        "speech",
    }
    assert not heavy & set(modules)
    assert float(seconds) < 3.0
