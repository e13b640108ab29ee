"""Jobs: looking them up, ending them, losing a worker, a full queue."""

import hashlib
import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import update

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome, JobState
from annotations.tables import JobRow
from service.outcomes import Outcomes
from service.storage import Storage
from service.sweep import sweep
from service.worker import Worker
from tests.service.world import (
    arrays,
    finished,
    long_request,
    send,
    spoken,
    wait_until,
    words_json,
)


def state(client, job: str) -> str:
    return client.get(f"/v1/jobs/{job}").json()["state"]


def chosen(seed: int) -> dict:
    return {"sampling": {"seed": seed}}


def test_a_job_can_be_waited_for(service):
    job = send(service, words=words_json()).json()["id"]
    assert service.get(f"/v1/jobs/{job}", params={"wait": 100}).json()["state"] == "succeeded"


def test_jobs_that_run_together_give_what_each_gives_alone(service):
    requests = [
        {"sound": spoken(6.0), "words": words_json(6.0), "options": chosen(7)},
        {"sound": spoken(12.0), "words": words_json(12.0), "options": chosen(8)},
        {"words": words_json(25.0), "options": chosen(9)},
    ]
    alone = [send(service, **each, headers={"Prefer": "wait=100"}).json() for each in requests]

    company = long_request(service, 190.0).json()["id"]
    wait_until(lambda: state(service, company) == "running")
    sent = [send(service, **each).json()["id"] for each in requests]
    together = [finished(service, job) for job in sent]

    assert state(service, company) == "running", "they ran one by one"
    service.post(f"/v1/jobs/{company}/cancel")
    assert [each["state"] for each in together] == ["succeeded"] * len(requests)
    for one, other in zip(alone, together, strict=True):
        assert one["result"]["matches"] == other["result"]["matches"]
        expected, found = arrays(service, one), arrays(service, other)
        for name in ("poses", "trans", "expressions"):
            np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-5)


def test_a_short_job_ends_before_a_long_one_that_began_first(service):
    long = long_request(service).json()["id"]
    wait_until(lambda: state(service, long) == "running")

    short = send(service, words=words_json(), headers={"Prefer": "wait=100"}).json()

    assert (short["state"], state(service, long)) == ("succeeded", "running")
    assert finished(service, long)["state"] == "succeeded"


def test_a_running_job_that_is_canceled_never_succeeds_and_others_go_on(service):
    canceled, kept = (long_request(service).json()["id"] for _ in range(2))
    wait_until(lambda: {state(service, canceled), state(service, kept)} == {"running"})

    stopped = service.post(f"/v1/jobs/{canceled}/cancel").json()
    other = finished(service, kept)

    assert (stopped["state"], stopped["attempt"]) == ("canceled", 1)
    assert (other["state"], other["attempt"]) == ("succeeded", 1)
    assert state(service, canceled) == "canceled"
    assert service.post(f"/v1/jobs/{canceled}/cancel").json()["state"] == "canceled"
    assert service.get(f"/v1/jobs/{canceled}/result.npz").status_code == 409


def test_a_job_that_is_canceled_before_it_starts_is_never_tried(desk, empty_desk):
    job = empty_desk(words=words_json()).json()["id"]
    stopped = desk.post(f"/v1/jobs/{job}/cancel").json()
    assert (stopped["state"], stopped["attempt"]) == ("canceled", 0)


def test_the_next_worker_finishes_the_jobs_of_a_killed_one_one_at_a_time(service, supervisor):
    jobs = [long_request(service, 60.0).json()["id"] for _ in range(3)]
    wait_until(lambda: {state(service, job) for job in jobs} == {"running"})
    killed = supervisor.pid

    os.kill(killed, signal.SIGKILL)
    ended = [finished(service, job) for job in jobs]

    assert supervisor.pid != killed
    for each in ended:
        assert (each["state"], each["attempt"]) == ("succeeded", 2), each
        assert service.get(each["links"]["npz"]).status_code == 200
    turns = sorted((each["started_at"], each["finished_at"]) for each in ended)
    assert all(end <= start for (_, end), (start, _) in pairwise(turns)), "they ran together"


def test_a_job_that_kills_every_worker_is_given_up(settings, tmp_path):
    home = settings.model_copy(update={"home": tmp_path})
    with Database.open(home.database) as database:
        with database.session() as session:
            job = JobRepository(session).submit(JobDraft({})).job
            for name in ("one", "two", "three"):
                JobRepository(session).start(job.id, name)
        Worker(home, database).run_job(job.id)
        with database.reading() as session:
            ended = JobRepository(session).get(job.id)

    assert (ended.state, ended.error["code"]) == (JobState.FAILED, "workers_lost")


def test_an_attempt_that_was_overtaken_publishes_nothing(settings, tmp_path, monkeypatch):
    home, storage = settings.model_copy(update={"home": tmp_path}), Storage(tmp_path)
    with Database.open(home.database) as database:
        with database.session() as session:
            job = JobRepository(session).submit(JobDraft({"kind": "explanation"})).job.id

        def overtaken(_outcomes, attempt):
            (attempt.folder / "explanation.json").write_bytes(b"of the late one")
            with storage.writing_results(job) as folder, database.session() as session:
                (folder / "explanation.json").write_bytes(b"of the second")
                JobRepository(session).start(job, "another")
                ended = JobRepository(session).succeed(job, 2, JobOutcome({"files": {"x": "2"}}))
                storage.publish_results(folder, job)
                assert ended is not None
            return JobOutcome({"files": {"x": "1"}})

        monkeypatch.setattr(Outcomes, "of", overtaken)
        Worker(home, database).run_job(job)
        with database.reading() as session:
            kept = JobRepository(session).get(job)

    assert (kept.state, kept.result) == (JobState.SUCCEEDED, {"files": {"x": "2"}})
    assert storage.result(job, "explanation.json").read_bytes() == b"of the second"
    assert [path.name for path in (tmp_path / "results").iterdir()] == [job]


def test_a_result_past_its_time_is_gone(service, settings):
    job = send(service, words=words_json(), headers={"Prefer": "wait=100"}).json()
    past = datetime.now(UTC) - timedelta(seconds=1)
    with Database.open(settings.database) as database, database.session() as session:
        session.execute(update(JobRow).where(JobRow.id == job["id"]).values(expires_at=past))

    answer = service.get(job["links"]["npz"])

    assert answer.status_code == 410
    assert answer.json()["error"]["code"] == "result_expired"


def test_files_past_their_time_are_removed_and_those_of_kept_jobs_are_not(tmp_path):
    storage, now = Storage(tmp_path), datetime.now(UTC)
    with Database.open(f"sqlite:///{tmp_path / 'jobs.db'}") as database:
        ids = {}
        for name, until in (("over", now), ("kept", now + timedelta(days=1))):
            sound = storage.put_upload(name.encode())
            with database.session() as session:
                jobs = JobRepository(session)
                ids[name] = jobs.submit(JobDraft({"sound": sound})).job.id
                jobs.start(ids[name], "w")
                jobs.succeed(ids[name], 1, JobOutcome({}, expires_at=until))
            with storage.writing_results(ids[name]) as folder:
                (folder / "motion.npz").write_bytes(b"motion")
                storage.publish_results(folder, ids[name])
            os.utime(storage.upload(sound), (0, 0))
        fresh = storage.put_upload(b"of a job to come")
        with database.session() as session:
            ids["open"] = JobRepository(session).submit(JobDraft({})).job.id
        for name in ("kept", "open"):
            aside = tmp_path / "results" / f".{ids[name]}.of-an-attempt"
            aside.mkdir()
            os.utime(aside, (0, 0))

        assert sweep(storage, database, timedelta(days=7)) == 3
        assert sweep(storage, database, timedelta(days=7)) == 0

    left = {path.name for path in (tmp_path / "results").iterdir()}
    assert left == {ids["kept"], f".{ids['open']}.of-an-attempt"}
    left = {path.name for path in (tmp_path / "uploads").glob("*/*")}
    assert left == {hashlib.sha256(b"kept").hexdigest(), fresh}


def test_an_unknown_job_is_not_found(desk):
    for path in ("/v1/jobs/none", "/v1/jobs/none/result.npz"):
        answer = desk.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["found"] == "none"
    assert desk.post("/v1/jobs/none/cancel").status_code == 404


def test_a_full_queue_says_when_to_come_back(desk, empty_desk):
    taken = [empty_desk(words=words_json()).status_code for _ in range(4)]
    refused = empty_desk(words=words_json())

    assert taken == [202, 202, 202, 429]
    assert refused.headers["Retry-After"]
    error = refused.json()["error"]
    assert (error["type"], error["limit"], error["retryable"]) == ("overloaded", "3 jobs", True)
    assert desk.get("/healthz").status_code == 200


def test_a_request_repeated_under_its_key_is_the_same_job(empty_desk):
    key = {"Idempotency-Key": "once"}
    first = empty_desk(sound=spoken(), headers=key)
    again = empty_desk(sound=spoken(), headers=key)
    other = empty_desk(sound=spoken(), options={"sampling": {"seed": 5}}, headers=key)

    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("header", ["", "respond-async", "wait=x"])
def test_a_preference_that_asks_for_no_waiting_is_answered_at_once(empty_desk, header):
    assert empty_desk(words=words_json(), headers={"Prefer": header}).status_code == 202
