"""A batch that is refused for now: what is sent again, and after which pause."""

import json

from chironomia.batches import BatchOrder, submit_batch
from chironomia.operations import Operations
from chironomia.retry import Retry
from chironomia.steps import Call, Pause, Reply

FULL = {"type": "overloaded", "code": "batches_full", "message": "full", "retryable": True}
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


def test_only_the_request_that_was_refused_is_sent_again_and_not_before_its_time(tmp_path):
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).write_bytes(name.encode())
    manifest = [{"sound": str(tmp_path / name)} for name in ("one.wav", "two.wav")]
    refused = replied(429, {"error": FULL}, retry_after="7")
    replies = [
        refused,
        replied(201, {"name": "sha256:" + "1" * 64}),
        replied(201, {"name": "sha256:" + "2" * 64}),
        refused,
        refused,
        replied(202, MADE),
    ]
    flow = submit_batch(Operations(Retry()), BatchOrder(manifest, "talks", "key"))
    sent, pauses, outcome = [], [], None
    try:
        while True:
            step = flow.send(outcome)
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                outcome = None
            else:
                assert isinstance(step, Call)
                sent.append(step)
                outcome = replies.pop(0)
    except StopIteration as end:
        batch = end.value

    assert batch.id == "b1"
    assert [call.path for call in sent] == ["/v1/uploads"] * 3 + ["/v1/batches"] * 3
    assert [call.uploads[0][1].source for call in sent[:3]] == [
        tmp_path / "one.wav",
        tmp_path / "one.wav",
        tmp_path / "two.wav",
    ], "files are read where they lie, as they are sent"
    assert sent[3] == sent[4] == sent[5]
    assert len(pauses) == 3
    assert all(7.0 <= pause < 10.0 for pause in pauses)
