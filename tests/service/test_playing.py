"""What a player needs of a long result: stretches of its motion, its waveform, its sound."""

import hashlib

import numpy as np
import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from motion.export.glb import write_glb
from motion.export.stretch import Performance
from service.gate import KEY_COOKIE
from service.keys import KeyDesk, Scope
from service.routes.playing import MOST_FRAMES
from service.settings import Settings
from service.storage import Storage
from speech.audio import load_audio
from tests.motion.motions import random_motion
from tests.service.serving import served
from tests.service.world import spoken

FRAMES = 300


def kept(settings: Settings, sound: bytes) -> tuple[str, Performance]:
    """A job that has succeeded, with ten seconds of motion."""
    storage = Storage(settings.home)
    with Database.open(settings.database) as database, database.session() as session:
        jobs = JobRepository(session)
        draft = JobDraft(
            request={"kind": "gestures", "sound": storage.put_upload(sound)},
            sound_seconds=10.0,
            expires_at=None,
        )
        job = jobs.submit(draft).job.id
        jobs.start(job, "a worker")
        path = storage.result(job, "motion.glb")
        path.parent.mkdir(parents=True)
        write_glb(random_motion(FRAMES), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        result = {"files": {"motion.glb": digest}, "seconds": 10.0}
        jobs.succeed(job, 1, JobOutcome(result, 0, "weights"))
    return job, Performance.open(path)


@pytest.fixture(scope="module")
def open_house(tmp_path_factory):
    """The API alone with one result."""
    settings = Settings(home=tmp_path_factory.mktemp("open"), weights="/nowhere", tts="off")
    with served(settings) as client:
        yield client, *kept(settings, spoken(2.0))


def test_bare_frames_are_those_of_the_file(open_house):
    client, job, performance = open_house
    span = {"start_seconds": 4.0, "seconds": 2.0}
    answer = client.get(f"/v1/jobs/{job}/stretch.f32", params=span).raise_for_status()
    rows = np.frombuffer(answer.content, "<f4").reshape(61, -1)
    np.testing.assert_array_equal(rows, performance.rows(range(120, 181)))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in answer.headers["Cache-Control"]
    afar = client.get(f"/v1/jobs/{job}/stretch.f32", params={"seconds": 10, "fps": 2})
    assert len(afar.content) == 20 * rows.shape[1] * 4


def test_a_stretch_as_glb_opens_by_itself(open_house, tmp_path):
    client, job, performance = open_house
    answer = client.get(f"/v1/jobs/{job}/stretch.glb", params={"start_seconds": 9.5})
    assert answer.headers["Content-Type"] == "model/gltf-binary"
    part = tmp_path / "part.glb"
    part.write_bytes(answer.raise_for_status().content)
    np.testing.assert_array_equal(
        Performance.open(part).rows(range(15)), performance.rows(range(285, FRAMES))
    )


def test_whoever_has_it_is_not_sent_it_again(open_house):
    client, job, _ = open_house
    for place in (f"/v1/jobs/{job}/stretch.f32", f"/v1/jobs/{job}/sound/peaks"):
        first = client.get(place)
        again = client.get(place, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert client.head(place).headers["ETag"] == first.headers["ETag"]
    one, other = (
        client.head(f"/v1/jobs/{job}/stretch.f32", params={"start_seconds": at}) for at in (0, 1)
    )
    assert one.headers["ETag"] != other.headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        ({"start_seconds": 10.0}, 416, "stretch_invalid", "start_seconds"),
        ({"start_seconds": -1.0}, 422, "query_invalid", "start_seconds"),
        ({"fps": 0}, 422, "query_invalid", "fps"),
    ],
)
def test_spans_that_cannot_be_had_are_refused_with_what_can_be(
    open_house, asked, status, code, field
):
    client, job, _ = open_house
    answer = client.get(f"/v1/jobs/{job}/stretch.f32", params=asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"].split(".")[-1]) == (status, field), error
    assert code == "query_invalid" or error["code"] == code
    assert client.get("/v1/jobs/none/stretch.f32").json()["error"]["code"] == "job_unknown"


def test_a_stretch_that_is_too_long_and_a_file_that_is_broken_or_gone_are_told(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere", tts="off")
    with served(settings) as client:
        job, performance = kept(settings, spoken(1.0))
        whole = performance.file.read_bytes()
        performance.file.write_bytes(b"torn")
        broken = client.get(f"/v1/jobs/{job}/stretch.f32")
        performance.file.write_bytes(whole)
        lengthened(performance, MOST_FRAMES + 1)
        refused = client.get(f"/v1/jobs/{job}/stretch.f32", params={"seconds": 3600})
        performance.file.unlink()
        gone = client.get(f"/v1/jobs/{job}/stretch.f32")
    found = [(each.status_code, each.json()["error"]["code"]) for each in (refused, broken, gone)]
    assert found == [
        (422, "stretch_too_long"),
        (503, "result_unreadable"),
        (503, "result_missing"),
    ]


def lengthened(performance: Performance, frames: int) -> None:
    """Let a file say that it has so many frames."""
    content = performance.file.read_bytes()
    said = b'"frames":%d' % FRAMES
    more = b'"frames":%d' % frames
    assert content.count(said) == 1
    # blanks behind the JSON keep its length
    end = content.index(b"BIN\x00") - 4
    head = content[20:end].replace(said, more)
    length = len(head) + (-len(head)) % 4
    head += b" " * (length - len(head))
    performance.file.write_bytes(
        content[:12] + length.to_bytes(4, "little") + b"JSON" + head + content[end:]
    )


def test_peaks_are_those_of_the_sound(open_house):
    client, job, _ = open_house
    peaks = client.get(f"/v1/jobs/{job}/sound/peaks").raise_for_status().json()
    samples = load_audio(spoken(2.0))
    assert peaks["seconds"] == 2.0
    assert len(peaks["most"]) == len(peaks["least"]) == 2 * peaks["per_second"]
    assert max(peaks["most"]) / 127 == pytest.approx(samples.max(), abs=0.01)
    assert min(peaks["least"]) / 127 == pytest.approx(samples.min(), abs=0.01)


def test_a_key_in_a_cookie_opens_the_sound_of_a_job_and_nothing_else(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere", tts="off")
    with Database.open(settings.database) as database:
        key = KeyDesk(database).add("ada", frozenset({Scope.GENERATE}))
    with served(settings) as client:
        job, _ = kept(settings, spoken(1.0))
        place = f"/v1/jobs/{job}"
        cookie = {"Cookie": f"{KEY_COOKIE}={key}"}
        sound = client.get(f"{place}/sound", headers=cookie | {"Range": "bytes=0-3"})
        assert (sound.status_code, sound.content) == (206, b"RIFF")
        assert client.head(f"{place}/sound", headers=cookie).status_code == 200
        for closed in (place, f"{place}/result.glb", f"{place}/stretch.f32", "/v1/jobs"):
            assert client.get(closed, headers=cookie).status_code == 401, closed
        assert client.post(f"{place}/cancel", headers=cookie).status_code == 401
        wrong = {"Cookie": f"{KEY_COOKIE}=chironomia_wrong"}
        assert client.get(f"{place}/sound", headers=wrong).status_code == 401
        both = cookie | {"Authorization": "Bearer chironomia_wrong"}
        assert client.get(f"{place}/sound", headers=both).status_code == 401
