"""Progress of a job: by events, and by asking where there are none."""

import asyncio
import json
import time

import pytest

from chironomia import (
    AsyncClient,
    Client,
    JobEndedError,
    WaitTooLongError,
)
from chironomia.events import EventReader
from chironomia.reading import read_record
from chironomia.records import Job
from tests.chironomia.nasty import DROP, JOB, Nasty, Say, Seen, nasty, refused, said
from tests.chironomia.test_client import DONE, QUICK, both


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
