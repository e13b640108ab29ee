"""The real commands as processes: one log, one set of metrics, an orderly end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobState
from annotations.worker_repository import WorkerRepository
from service.settings import environment_of
from tests.service.receiver import receiving
from tests.service.serving import PATIENCE_SECONDS, served, wait_until
from tests.service.test_metrics import samples
from tests.service.world import copied_world, long_request, send, words_json

REQUEST_ID = "from-the-caller-1"
STAGES = ("annotate", "retrieve", "place", "denoise", "decode", "export")


@pytest.fixture
def apart(settings, tmp_path):
    """Settings of the tiny world with a home of its own, which no other process uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return copied_world(
        settings, tmp_path, port=port, log_format="json", webhook_private=True, workers=2
    )


@contextmanager
def started(settings, *command: str):
    """A command of ours in a process of its own, and the file of its log."""
    log = settings.home / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *command],
            env=os.environ | environment_of(settings),
            stderr=written,
        )
        try:
            yield process, log
        finally:
            process.kill()
            process.wait()


def lines_of(log) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def told_by(log, event: str) -> list[dict]:
    return [line for line in lines_of(log) if line["event"] == event]


def answers(client: httpx.Client, path: str, status: int) -> bool:
    try:
        return client.get(path).status_code == status
    except httpx.TransportError:
        return False


def test_serve_tells_one_story_and_ends_in_order(apart):
    url = f"http://127.0.0.1:{apart.port}"
    with (
        receiving(204) as receiver,
        started(apart, "serve") as (process, log),
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client,
    ):
        wait_until(lambda: answers(client, "/readyz", 200))
        wait_until(lambda: len(told_by(log, "worker ready")) == 2)
        client.post("/v1/webhooks", json={"url": receiver.url})
        _check_one_story(client, log)
        wait_until(lambda: len(receiver.came) == 1)
        _check_orderly_end(client, process)
        assert process.wait(PATIENCE_SECONDS) == 0
        told = lines_of(log)
    assert len({line["worker"] for line in told_by(log, "worker leaves")}) == 2
    assert [line for line in told if line["event"] == "draining; a second signal ends at once"]
    assert not [line for line in told if line["level"] in {"error", "critical"}]


def _check_one_story(client, log) -> None:
    """The id of a request stands in every line about it, and the metrics of both processes add."""
    headers = {"Prefer": "wait=100", "X-Request-Id": REQUEST_ID}
    assert send(client, words=words_json(), headers=headers).status_code == 200
    # its own line is written once the answer has left
    wait_until(lambda: "request" in {line["event"] for line in _story(log)})
    story = _story(log)
    assert [line["stage"] for line in story if line["event"] == "stage"] == list(STAGES)
    assert {"job started", "job ended", "request"} <= {line["event"] for line in story}
    found = samples(client.get("/metrics").text)
    for stage in STAGES:
        assert found["chironomia_stage_seconds_count", stage] == 1, stage
    assert found["chironomia_jobs_submitted_total", "gestures"] == 1
    assert found["chironomia_jobs_ended_total", "gestures", "succeeded"] == 1
    assert found["chironomia_job_wait_seconds_count", "gestures"] == 1


def _story(log) -> list[dict]:
    """What was logged about the one request."""
    return [line for line in lines_of(log) if line.get("request_id") == REQUEST_ID]


def _check_orderly_end(client, process) -> None:
    """The first signal lets go who waits, refuses new work, and finishes what runs."""
    job = long_request(client, 60.0).json()["id"]
    wait_until(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
    waited = []
    waiting = threading.Thread(
        target=lambda: waited.append(client.get(f"/v1/jobs/{job}?wait=100").json()["state"])
    )
    waiting.start()
    streaming = threading.Thread(target=lambda: client.get(f"/v1/jobs/{job}/events"))
    streaming.start()
    time.sleep(0.3)

    process.send_signal(signal.SIGTERM)

    wait_until(lambda: answers(client, "/readyz", 503))
    assert "about to stop" in client.get("/readyz").json()["problems"][0]
    refused = send(client, words=words_json())
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    state = client.get(f"/v1/jobs/{job}").json()["state"]
    waiting.join(10)
    streaming.join(10)
    assert not waiting.is_alive(), "who polls is not let go"
    assert not streaming.is_alive(), "who follows the events is not let go"
    assert state == "running", "it ended too early for this test to mean anything"
    assert waited == ["running"]
    last = state
    while process.poll() is None:
        try:
            last = client.get(f"/v1/jobs/{job}").json()["state"]
        except httpx.TransportError:
            break
    assert last == "succeeded", "the job was not finished"


def has_begun(client, job):
    return client.get(f"/v1/jobs/{job}").json()["state"] == "running"


def test_a_worker_leaves_after_its_time_and_its_job_to_the_next_one(apart):
    changed = {"drain_seconds": 1.0, "metrics_port": apart.port, "workers": None}
    hasty = apart.model_copy(update=changed)
    with served(hasty) as client, Database.open(hasty.database) as database:
        with started(hasty, "worker") as (process, log):
            with httpx.Client(base_url=f"http://127.0.0.1:{hasty.port}") as own:
                wait_until(lambda: answers(own, "/readyz", 200))
            # three together last longer than a worker that leaves after a second waits
            jobs = [long_request(client, 190.0 + more).json()["id"] for more in range(3)]
            job = jobs[0]
            for each in jobs:
                wait_until(partial(has_begun, client, each))
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: answers(client, "/readyz", 503))
            assert process.wait(PATIENCE_SECONDS) == 0
            took = time.monotonic() - began
        assert took < 30, f"it left after {took:.0f} s instead of about one"
        with database.reading() as session:
            left = JobRepository(session).get(job)
            assert WorkerRepository(session).count(left.created_at) == 0
        assert (left.state, left.attempt) == (JobState.RUNNING, 1)
        for each in jobs:
            assert client.post(f"/v1/jobs/{each}/cancel").json()["state"] == "canceled"
    last = [line for line in lines_of(log) if line["event"] == "worker leaves"]
    assert last[0]["left_to_others"] == 3


def test_several_workers_of_one_command_are_ready_together_and_leave_together(apart):
    alone = apart.model_copy(update={"metrics_port": apart.port})
    url = f"http://127.0.0.1:{apart.port}"
    with started(alone, "worker") as (process, log), httpx.Client(base_url=url) as client:
        wait_until(lambda: answers(client, "/readyz", 200))
        wait_until(lambda: len(told_by(log, "worker ready")) == 2)
        ready = {line["worker"] for line in told_by(log, "worker ready")}
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0

    assert len(ready) == 2
    assert {line["worker"] for line in told_by(log, "worker leaves")} == ready
