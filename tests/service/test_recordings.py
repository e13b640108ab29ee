"""Recordings over REST: added by upload through a real worker, listed, taken out, put back."""

import io
import os
import signal

import httpx
import numpy as np
import pytest
from sqlalchemy import update

from annotations.corpus import Corpus
from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.recording_queries import RecordingQueries
from annotations.records import JobDraft, JobOutcome
from annotations.tables import RecordingRow
from annotations.version_repository import VersionRepository
from indexing.build import IndexTools, build_index
from service.adding import Adder
from service.keys import Scope
from service.loading import Loader
from service.recording_request import RecordingRequest, uploads_folder
from service.storage import Storage
from tests.indexing.tiny_corpus import SCOTT, WAYNE
from tests.service.curated import SCOTT as HELD
from tests.service.curated import curated, key_of
from tests.service.serving import served, wait_until
from tests.service.world import sound_file, words_json
from tests.speech.sounds import babble

NEW = "4_lawrence_0_1_1"
SECONDS = 12.0
WAIT = {"Prefer": "wait=100"}


def motion_file(seconds: float = SECONDS, **other) -> bytes:
    """A body that hardly moves, as BEAT2 writes it."""
    frames = round(seconds * 30)
    drawn = np.random.default_rng(0)
    arrays = {
        "betas": np.zeros(300, np.float32),
        "poses": (0.05 * drawn.normal(size=(frames, 165))).astype(np.float32),
        "expressions": np.zeros((frames, 100)),
        "trans": np.zeros((frames, 3)),
        "mocap_frame_rate": np.array(30, np.int32),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **(arrays | other))
    return file.getvalue()


def upload(client, *, headers=None, recording_id=NEW, **given) -> httpx.Response:
    files = {
        "motion": motion_file(),
        "sound": sound_file(babble(SECONDS)),
        "words": words_json(SECONDS),
    } | {name: content for name, content in given.items() if name != "fields"}
    form = {"id": recording_id} | given.get("fields", {})
    return client.post("/v1/recordings", data=form, files=files, headers=headers)


def recording(client, recording_id=NEW):
    answer = client.get(f"/v1/recordings/{recording_id}").raise_for_status()
    return answer.json(), {"If-Match": answer.headers["ETag"]}


@pytest.fixture(scope="module")
def added(service):
    """The job of an upload that has succeeded."""
    answer = upload(service, headers=WAIT, fields={"reason": "a show"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A filled store without a worker, and headers of keys."""
    settings = curated(tmp_path_factory.mktemp("shelf"), max_upload_bytes=3_000_000)
    with served(settings) as client:
        client.keys = {scope: key_of(settings, f"{scope} key", scope) for scope in Scope}
        client.headers.update(client.keys[Scope.ADMIN])
        yield client


def test_an_uploaded_recording_is_annotated_cut_and_found_by_the_next_request(service, added):
    assert (added["state"], added["kind"]) == ("succeeded", "recording"), added
    result = added["result"]
    assert result["recording"] == NEW
    assert result["skipped"] == []
    assert result["exemplars"] > 0
    assert result["exemplars"] == sum(result["senses"].values()) + sum(result["types"].values())
    assert added["index_version"] == result["index_version"] == result["live_version"]
    listed = service.get("/v1/exemplars", params={"recording": NEW}).json()
    assert listed["total"] == result["exemplars"]
    assert {row["speaker_name"] for row in listed["exemplars"]} == {"lawrence"}


def test_the_history_says_who_uploaded_and_why(service, added):
    event = service.get(f"/v1/versions/{added['index_version']}").json()
    assert (event["operation"], event["subject"]) == ("cut", f"recording {NEW}")
    assert event["reason"] == "uploaded by anonymous: a show"


def test_the_links_of_a_recording_job_lead_to_the_recording_and_to_no_motion(service, added):
    assert set(added["links"]) == {"self", "events", "sound", "recording"}
    assert service.get(added["links"]["sound"]).headers["Content-Type"].startswith("audio/")
    assert service.get(added["links"]["recording"]).json()["id"] == NEW
    missing = service.get(f"/v1/jobs/{added['id']}/result.npz")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "result_unknown")


def test_recordings_are_listed_with_what_the_index_holds_of_them(service, added):
    found = service.get("/v1/recordings", params={"limit": 2}).json()
    more = service.get("/v1/recordings", params={"cursor": found["next_cursor"]}).json()
    rows = {row["id"]: row for row in (*found["recordings"], *more["recordings"])}

    assert found["total"] == len(rows) == 4
    assert rows[NEW]["exemplars"] == added["result"]["exemplars"]
    assert (rows[NEW]["speaker"], rows[NEW]["seconds"], rows[NEW]["problem"]) == (3, SECONDS, None)
    assert rows[SCOTT]["split"] == "train"
    for asked, names in (
        ({"split": "val"}, [WAYNE]),
        ({"text": "LAWRENCE"}, [NEW]),
        ({"speaker": 1, "indexed": True}, [SCOTT]),
        ({"problem": True}, []),
    ):
        shown = service.get("/v1/recordings", params=asked).json()["recordings"]
        assert [row["id"] for row in shown] == names, asked


def test_a_recording_leaves_the_index_and_comes_back_as_it_was(service, added):
    assert added["state"] == "succeeded"
    before, seen = recording(service)
    [first, *_] = service.get("/v1/exemplars", params={"recording": NEW}).json()["exemplars"]
    edit = {"edits": [{"operation": "comment", "text": "kept"}]}
    service.patch(f"/v1/exemplars/{first['id']}", json=edit, headers={"If-Match": "*"})
    late = service.delete(f"/v1/recordings/{NEW}", headers=seen)
    _, now = recording(service)
    gone = service.delete(f"/v1/recordings/{NEW}", headers=now, params={"reason": "licence"})
    out, away = recording(service)
    again = service.delete(f"/v1/recordings/{NEW}", headers=away).json()
    back = service.post(f"/v1/recordings/{NEW}/restore", headers=away)
    after, _ = recording(service)

    assert late.status_code == 412
    detail = late.json()["error"]["detail"]
    assert (detail["yours"]["indexed"], detail["theirs"]["indexed"]) == (False, True)
    assert gone.status_code == 200, gone.text
    event = gone.json()["event"]
    assert (event["operation"], event["reason"]) == ("leave_out", "licence")
    assert gone.json()["total"] == before["exemplars"]
    assert (out["indexed"], out["exemplars"]) == (False, 0)
    assert (again["version"], again["total"]) == (None, 0)
    assert back.json()["total"] == before["exemplars"]
    assert (after["indexed"], after["exemplars"]) == (True, before["exemplars"])
    assert service.get(f"/v1/exemplars/{first['id']}").json()["comment"] == "kept"


def test_leaving_out_is_undone_like_any_edit(service, added):
    _, seen = recording(service)
    gone = service.delete(f"/v1/recordings/{NEW}", headers=seen).json()
    undone = service.post(f"/v1/versions/{gone['version']}/undo")
    after, _ = recording(service)

    assert undone.status_code == 200, undone.text
    assert (after["indexed"], after["exemplars"]) == (True, gone["total"])
    del added


def test_a_recording_that_was_taken_out_stays_out_when_its_corpus_is_built_again(service, settings):
    _, seen = recording(service, WAYNE)
    service.delete(f"/v1/recordings/{WAYNE}", headers=seen).raise_for_status()
    with Database.open(settings.database) as database:
        tools = IndexTools(Loader(settings, database).embedder)
        build_index(Corpus.open(settings.corpus), database, settings.index, tools)
    out, away = recording(service, WAYNE)
    service.post(f"/v1/recordings/{WAYNE}/restore", headers=away).raise_for_status()
    back, _ = recording(service, WAYNE)

    assert (out["indexed"], out["exemplars"]) == (False, 0)
    assert back["indexed"]
    assert back["exemplars"]


def test_an_id_that_is_there_is_refused_in_the_index_and_out_of_it(service, added):
    del added
    for name in (NEW, SCOTT):
        refused = upload(service, recording_id=name)
        assert refused.status_code == 409, refused.text
        assert refused.json()["error"]["code"] == "recording_exists"
    _, seen = recording(service)
    service.delete(f"/v1/recordings/{NEW}", headers=seen).raise_for_status()
    assert upload(service).status_code == 409
    service.post(f"/v1/recordings/{NEW}/restore", headers={"If-Match": "*"}).raise_for_status()


def test_a_recording_without_anything_to_index_is_kept_and_says_so(service):
    hum = b'[{"word": "mm", "start": 0.5, "end": 0.9}]'
    job = upload(service, recording_id="4_lawrence_0_2_2", words=hum, headers=WAIT).json()
    assert job["state"] == "succeeded", job
    assert job["result"]["exemplars"] == 0
    assert any("no discourse relation" in note for note in job["result"]["notes"])


def test_an_upload_survives_the_death_of_its_worker(service, supervisor):
    name = "4_lawrence_0_3_3"
    job = upload(service, recording_id=name).json()["links"]["self"]
    wait_until(lambda: service.get(job).json()["state"] != "queued")
    os.kill(supervisor.pid, signal.SIGKILL)
    ended = service.get(job, params={"wait": 100}).json()
    held, _ = recording(service, name)

    assert ended["state"] == "succeeded", ended
    assert held["exemplars"] == ended["result"]["exemplars"] > 0


def settled(settings, database, ended) -> dict[str, object]:
    """What is in the index after a worker has looked at how a job of an upload ended."""
    uploads = str(uploads_folder(settings).resolve())
    request = RecordingRequest(HELD, "ada", "", 15.0, "sound", "motion", ())
    with database.session() as session:
        session.execute(update(RecordingRow).values(corpus=uploads))
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft(request.to_json())).job
        ended(jobs, job.id)
    Adder(database, Loader(settings, database), Storage(settings.home)).settle(job)
    with database.reading() as session:
        facts = RecordingQueries(session).facts(HELD)
        event = VersionRepository(session).event(facts.seq).event
    return {"exemplars": facts.exemplars, "actor": event.actor, "reason": event.reason}


def canceled_before(jobs, job):
    jobs.cancel(job)


def canceled_after(jobs, job):
    jobs.start(job, "worker")
    jobs.cancel(job)


def failed_after(jobs, job):
    jobs.start(job, "worker")
    jobs.fail(job, {"type": "internal"})


def running(jobs, job):
    jobs.start(job, "worker")


def succeeded(jobs, job):
    jobs.start(job, "worker")
    jobs.succeed(job, 1, JobOutcome({}))


@pytest.mark.parametrize(
    ("ended", "exemplars", "reason"),
    [
        (canceled_before, 5, "index build"),
        (running, 5, "index build"),
        (succeeded, 5, "index build"),
        (canceled_after, 0, "its upload ended as canceled"),
        (failed_after, 0, "its upload ended as failed"),
    ],
)
def test_a_recording_whose_upload_was_ended_midway_does_not_stay_in_the_index(
    tmp_path, ended, exemplars, reason
):
    settings = curated(tmp_path)
    with Database.open(settings.database) as database:
        found = settled(settings, database, ended)
    assert (found["exemplars"], found["reason"]) == (exemplars, reason)
    assert found["actor"] == ("chironomia" if exemplars else "ada")
