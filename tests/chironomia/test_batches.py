"""A batch that is refused for now: what is sent again, and after which pause."""

import hashlib
import json

import pytest

from chironomia.batches import BatchOrder, BatchUnsentError, submit_batch
from chironomia.errors import UnreachableError
from chironomia.operations import Operations
from chironomia.retry import Retry
from chironomia.steps import Call, Lost, Pause, Reply

FULL = {"type": "overloaded", "code": "batches_full", "message": "full", "retryable": True}
UNKNOWN = {"type": "not_found", "code": "upload_unknown", "message": "no", "retryable": False}
MADE = {
    "id": "b1",
    "name": "talks",
    "created_at": "2026-01-02T03:04:05Z",
    "done": False,
    "total": 2,
    "sound_seconds": 2.0,
    "states": {"queued": 2, "running": 0},
    "failures": [],
    "links": {"self": "/v1/batches/b1"},
}


def replied(status: int, body: object, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, told, json.dumps(body).encode())


def done(manifest, replies, key="key"):
    """A batch submitted against these answers; with it the calls, and the pauses between them."""
    retry = Retry(attempts=3)
    flow = submit_batch(Operations(retry), BatchOrder(manifest, "talks", key))
    asked, pauses, outcome = [], [], None
    try:
        while True:
            step = flow.send(outcome)
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                outcome = None
            else:
                assert isinstance(step, Call)
                asked.append(step)
                outcome = replies.pop(0)
    except StopIteration as end:
        return end.value, asked, [pause for pause in pauses if pause]


def test_only_the_request_that_was_refused_is_sent_again_and_not_before_its_time(tmp_path):
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).write_bytes(name.encode())
    manifest = [{"sound": str(tmp_path / name)} for name in ("one.wav", "two.wav")]
    refused = replied(429, {"error": FULL}, retry_after="7")
    unknown = replied(404, {"error": UNKNOWN})
    replies = [
        unknown,
        refused,
        replied(201, {"name": "sha256:" + "1" * 64}),
        unknown,
        replied(201, {"name": "sha256:" + "2" * 64}),
        refused,
        refused,
        replied(202, MADE),
    ]
    batch, asked, pauses = done(manifest, replies)

    assert batch.id == "b1"
    sent = [call for call in asked if call.method == "POST"]
    assert [call.path for call in sent] == ["/v1/uploads"] * 3 + ["/v1/batches"] * 3
    assert [call.uploads[0][1].source for call in sent[:3]] == [
        tmp_path / "one.wav",
        tmp_path / "one.wav",
        tmp_path / "two.wav",
    ], "files are read where they lie, as they are sent"
    assert sent[3] == sent[4] == sent[5]
    assert len(pauses) == 3
    assert all(7.0 <= pause < 10.0 for pause in pauses)


def test_a_file_that_the_service_has_is_not_sent_again(tmp_path):
    """As when a batch is submitted once more after the service was away."""
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).write_bytes(name.encode())
    manifest = [{"sound": str(tmp_path / name)} for name in ("one.wav", "two.wav", "one.wav")]
    one, two = ("sha256:" + hashlib.sha256(name).hexdigest() for name in (b"one.wav", b"two.wav"))
    replies = [
        replied(200, {"name": one}),
        replied(404, {"error": UNKNOWN}),
        replied(201, {"name": two}),
        replied(202, MADE),
    ]
    _, asked, _ = done(manifest, replies)
    assert [(call.method, call.path) for call in asked] == [
        ("GET", f"/v1/uploads/{one}"),
        ("GET", f"/v1/uploads/{two}"),
        ("POST", "/v1/uploads"),
        ("POST", "/v1/batches"),
    ]
    lines = asked[-1].uploads[0][1].source.decode().split("\n")
    assert [json.loads(line)["sound"] for line in lines] == [one, two, one]


@pytest.mark.parametrize("answered", [0, 1])
def test_a_batch_that_was_not_sent_says_how_to_go_on(tmp_path, answered):
    (tmp_path / "one.wav").write_bytes(b"one")
    replies = [replied(200, {"name": "sha256:1"})][:answered] + [Lost("refused")] * 3
    with pytest.raises(BatchUnsentError, match="idempotency_key='mine'") as told:
        done([{"sound": str(tmp_path / "one.wav")}], replies, key="mine")
    assert told.value.idempotency_key == "mine"
    assert isinstance(told.value, UnreachableError)
