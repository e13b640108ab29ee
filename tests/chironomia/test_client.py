"""The client against a server that drops, refuses, and cuts short."""

import asyncio
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import chironomia
from chironomia import (
    AsyncClient,
    Client,
    InvalidInputError,
    Options,
    OutputOptions,
    OverloadedError,
    Retry,
    SamplingOptions,
    Speech,
    UnexpectedAnswerError,
    UnreachableError,
    Word,
)
from chironomia.batches import BatchOrder
from chironomia.errors import KINDS
from chironomia.records import Job
from chironomia.steps import Lost, Reply
from service.errors import GestureError
from tests.chironomia.nasty import DROP, JOB, Nasty, Say, nasty, refused, said

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
def test_the_sound_of_a_job_is_named_and_not_sent(kind):
    with nasty(said(JOB)) as server:
        submitted(server, kind, Speech(words=[Word("hello", 0.1, 0.4)], sound_of="b2"))
    [asked] = server.seen
    assert (asked.form["sound_of"], "sound" in asked.form) == (b"b2", False)


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


def test_a_manifest_has_a_line_for_each_line_feed_and_no_other(tmp_path):
    path = tmp_path / "talks.jsonl"
    lines = [{"text": "one\u2028two\u2029three\x85four"}, {"text": "five"}]
    text = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes(text.encode())
    assert BatchOrder(path, "", "key").lines() == lines


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
