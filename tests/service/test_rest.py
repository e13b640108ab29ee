"""The conventions of jobs over REST: accepting, repeating, listing, following, results."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import update

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.tables import JobRow
from service.storage import Storage
from tests.service.world import FAST, finished, long_request, send, words_json

WAIT = {"Prefer": "wait=100"}


def submit(client, headers=None, **given):
    fields = {"options": json.dumps(given.pop("options", FAST))}
    files = {"words": ("talk.json", given.pop("words", words_json()))}
    return client.post("/v1/jobs", files=files, data=fields | given, headers=headers)


@pytest.fixture
def submitted(desk):
    """Queue a job at the desk; it is canceled afterwards."""
    places = []

    def queue(**given):
        answer = submit(desk, **given)
        places.append(answer.headers.get("Location"))
        return answer

    yield queue
    for place in filter(None, places):
        desk.post(f"{place}/cancel")


def told(stream: str) -> list[dict]:
    """Events of a stream, comments left out."""
    found = []
    for block in stream.strip().split("\n\n"):
        lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
        if lines:
            fields = dict(lines)
            found.append(fields | {"data": json.loads(fields["data"])})
    return found


def test_a_job_is_accepted_at_once_whatever_is_preferred(submitted):
    answer = submitted(headers={"Prefer": "wait=60"})

    job = answer.json()
    assert (answer.status_code, job["state"]) == (202, "queued")
    assert answer.headers["Location"] == job["links"]["self"] == f"/v1/jobs/{job['id']}"
    assert "Preference-Applied" not in answer.headers
    other = submitted(headers={"Prefer": "respond-async"})
    assert other.headers["Preference-Applied"] == "respond-async"


def test_a_job_of_either_route_is_the_same(service, done):
    job = submit(service, options={"sampling": {"steps": 4, "seed": 7}}).json()
    ended = finished(service, job["id"])

    assert ended["state"] == "succeeded"
    assert set(ended) == set(done)
    assert (ended["kind"], ended["seed"]) == ("gestures", 7)


def test_a_wait_that_is_followed_is_told(service):
    answer = send(service, words=words_json(), headers={"Prefer": "respond-async, Wait=100"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=100")
    assert "Retry-After" not in answer.headers


def test_a_wait_that_is_too_short_ends_with_the_job_as_it_stands(empty_desk):
    answer = empty_desk(words=words_json(), headers={"Prefer": "wait=0.2"})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.headers["Preference-Applied"] == "wait=0.2"
    assert answer.headers["Retry-After"]


def test_a_request_sent_again_under_its_key_is_answered_200_with_the_same_job(desk, submitted):
    key = {"Idempotency-Key": "again"}
    first = submitted(headers=key)
    again = submitted(headers=key)
    elsewhere = send(desk, words=words_json(), headers=key)

    assert (first.status_code, again.status_code, elsewhere.status_code) == (202, 200, 200)
    assert first.json()["id"] == again.json()["id"] == elsewhere.json()["id"]
    assert first.headers["Location"] == again.headers["Location"]
    refused = submitted(headers=key, words=words_json(4.0))
    assert (refused.status_code, refused.json()["error"]["field"]) == (409, "Idempotency-Key")
    assert refused.json()["error"]["found"] == "again"


def test_a_repeated_request_finds_its_job_even_where_the_queue_is_full(submitted):
    key = {"Idempotency-Key": "when full"}
    first = submitted(headers=key).json()["id"]
    taken = [submitted().status_code for _ in range(3)]

    assert taken == [202, 202, 429]
    again = submitted(headers=key)
    assert (again.status_code, again.json()["id"]) == (200, first)


def test_a_queued_job_tells_everything_of_itself(desk, submitted):
    submitted()
    job = submitted(options={"sampling": {"seed": 11}}).json()

    assert (job["queue_position"], job["attempt"], job["seed"]) == (1, 0, 11)
    for name in ("progress", "started_at", "finished_at", "index_version", "model_version"):
        assert job[name] is None
    waits = datetime.fromisoformat(job["expires_at"]) - datetime.fromisoformat(job["created_at"])
    assert waits.total_seconds() == pytest.approx(24 * 3600, abs=5)
    assert desk.get(job["links"]["self"]).json() == job


def test_a_job_that_has_succeeded_tells_what_made_it(done):
    assert done["progress"]["fraction"] == 1.0
    assert done["model_version"] == done["weights_id"]
    assert done["index_version"] > 0
    assert done["queue_position"] is None
    times = [done[name] for name in ("created_at", "started_at", "finished_at", "expires_at")]
    assert times == sorted(times)


def test_jobs_are_listed_in_pages_that_new_jobs_do_not_move(desk, submitted):
    ids = [submitted().json()["id"] for _ in range(2)]
    page = desk.get("/v1/jobs", params={"limit": 1}).json()
    ids.append(submitted().json()["id"])
    rest = desk.get("/v1/jobs", params={"limit": 1, "cursor": page["next_cursor"]}).json()

    assert [job["id"] for job in (*page["jobs"], *rest["jobs"])] == [ids[1], ids[0]]
    assert page["jobs"][0]["queue_position"] == 1


def test_jobs_are_listed_by_state_kind_and_time(desk, submitted):
    first, second = (submitted().json() for _ in range(2))
    desk.post(second["links"]["cancel"])

    def ids(**wanted):
        return [job["id"] for job in desk.get("/v1/jobs", params=wanted).json()["jobs"]]

    assert ids(state="queued") == [first["id"]]
    assert ids(state=["queued", "canceled"], limit=2) == [second["id"], first["id"]]
    assert ids(since=second["created_at"]) == [second["id"]]
    assert second["id"] not in ids(before=second["created_at"])
    assert ids(kind="recording") == []
    assert ids(id=[first["id"], second["id"]], state="canceled") == [second["id"]]
    assert ids(index_version="live") == ids(index_version="0") == [], "none has begun"


def test_jobs_are_listed_by_the_version_that_they_ran_on(service, done):
    def ids(version):
        listed = service.get("/v1/jobs", params={"index_version": version, "limit": 200})
        return [job["id"] for job in listed.raise_for_status().json()["jobs"]]

    number = done["index_version"]
    assert done["id"] in ids(number)
    assert done["id"] not in ids(number - 1)
    live = service.get("/v1/tags/live").json()["version"]
    assert ids("live") == ids(live)
    refused = service.get("/v1/jobs", params={"index_version": "nothing"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "version_unknown")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "MjAyNi0wMS0wMXxhYmM"}, "cursor"),
        ({"state": "asleep"}, "state.0"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"since": "0.5"}, "since"),
        ({"limit": 201}, "limit"),
        ({"order": "up"}, "order"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused_by_name(desk, wanted, field):
    answer = desk.get("/v1/jobs", params=wanted)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_the_events_of_a_job_are_told_again_from_wherever_a_client_stopped(service, done):
    answer = service.get(done["links"]["events"])
    events = told(answer.text)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
    states = [event["data"]["state"] for event in events]
    assert (states[0], states[-1]) == ("queued", "succeeded")
    assert set(states[1:-1]) == {"running"}
    stages = [event["data"]["progress"]["stage"] for event in events if event["data"]["progress"]]
    order = ["annotate", "retrieve", "place", "denoise", "export"]
    assert list(dict.fromkeys(stages)) == order
    for last in range(1, len(events)):
        rest = service.get(done["links"]["events"], headers={"Last-Event-ID": str(last)})
        assert told(rest.text) == events[last:]
    over = service.get(done["links"]["events"], headers={"Last-Event-ID": str(len(events))})
    assert (over.status_code, over.content) == (204, b"")
    wrong = service.get(done["links"]["events"], headers={"Last-Event-ID": "1000"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "last_event_unknown")


def test_a_job_that_is_followed_tells_its_progress_until_it_is_canceled(service):
    job = long_request(service).json()
    seen = []
    with service.stream("GET", job["links"]["events"]) as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                seen.append(int(line[4:]))
            if line.startswith("data: ") and "denoise" in line:
                break
    service.post(job["links"]["cancel"])
    rest = told(service.get(job["links"]["events"], headers={"Last-Event-ID": str(seen[-1])}).text)

    ids = seen + [int(event["id"]) for event in rest]
    assert ids == list(range(1, len(ids) + 1))
    assert rest[-1]["data"]["state"] == "canceled"
    assert finished(service, job["id"])["state"] == "canceled"
    assert told(service.get(job["links"]["events"]).text)[-1]["data"]["state"] == "canceled"


def test_those_who_wait_hold_neither_threads_nor_connections(desk, submitted):
    """More streams and long polls than there are threads or connections, beside a live service."""
    job = submitted().json()

    async def together() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=desk.base_url, timeout=60, limits=limits) as client:
            streams = [asyncio.create_task(client.get(job["links"]["events"])) for _ in range(60)]
            polls = [
                asyncio.create_task(client.get(job["links"]["self"], params={"wait": 50}))
                for _ in range(60)
            ]
            await asyncio.sleep(1.0)
            assert not any(task.done() for task in (*streams, *polls))
            listed = await client.get("/v1/jobs", timeout=10)
            assert listed.status_code == 200
            await client.post(job["links"]["cancel"], timeout=10)
            return await asyncio.gather(*streams, *polls)

    answers = asyncio.run(together())

    for stream in answers[:60]:
        assert [event["data"]["state"] for event in told(stream.text)] == ["queued", "canceled"]
    assert {poll.json()["state"] for poll in answers[60:]} == {"canceled"}


def test_states_without_a_result_each_have_an_answer_of_their_own(desk, submitted):
    job = submitted().json()
    link = f"{job['links']['self']}/result.npz"
    queued = desk.get(link)
    desk.post(job["links"]["cancel"])

    answers = [queued, desk.get(link), desk.get("/v1/jobs/none/result.npz")]

    codes = [(each.status_code, each.json()["error"]["found"]) for each in answers]
    assert codes == [(409, "queued"), (409, "canceled"), (404, "none")]


def test_a_lost_file_is_told_from_one_that_has_expired(service, settings):
    job = send(service, words=words_json(), headers=WAIT).json()
    Storage(settings.home).result(job["id"], "motion.npz").unlink()
    lost = service.get(job["links"]["npz"])
    with Database.open(settings.database) as database, database.session() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(JobRow).where(JobRow.id == job["id"]).values(expires_at=past))
        JobRepository(session).forget_events(datetime.now(UTC), past)
    gone, events = service.get(job["links"]["npz"]), service.get(job["links"]["events"])

    assert (lost.status_code, lost.json()["error"]["code"]) == (503, "result_missing")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "result_expired")
    assert (events.status_code, events.json()["error"]["code"]) == (410, "events_expired")
    assert service.get(job["links"]["self"]).json()["state"] == "succeeded"
