"""What a curator watches: body, sound and timeline of an exemplar, and the sound of a job."""

import gzip
import io
import json
import struct
import time

import httpx
import numpy as np
import pytest
import soundfile

from annotations.database import Database
from annotations.repository import Repository
from annotations.tables import RecordingRow
from indexing.segment import hand_speed
from indexing.stored import StoredClips
from motion.export.glb import write_glb
from motion.parts import JOINT_NAMES
from service.keys import Scope
from service.settings import Settings
from speech.transcript import SAMPLE_RATE
from tests.service.curated import SCOTT, curated, key_of, one, patch
from tests.service.serving import served
from tests.service.world import send, spoken, words_json


@pytest.fixture(scope="module")
def api(settings):
    """The API alone over the tiny world's index."""
    with served(settings) as client:
        yield client


@pytest.fixture(scope="module")
def exemplar(api):
    """The last exemplar: its window does not begin its recording."""
    rows = api.get("/v1/exemplars", params={"limit": 500}).raise_for_status().json()["exemplars"]
    return max(rows, key=lambda row: row["window_start_seconds"])


@pytest.fixture(scope="module")
def clip(settings, exemplar):
    with Database.open(settings.database) as database:
        with database.reading() as session:
            known = Repository(session).exemplars([exemplar["id"]])[exemplar["id"]]
        clip = StoredClips(database)(known.exemplar.window)
        clip.recording.speech()
    return clip


def glb_json(content: bytes) -> dict:
    length, kind = struct.unpack_from("<I4s", content, 12)
    assert (content[:4], kind) == (b"glTF", b"JSON")
    return json.loads(content[20 : 20 + length])


def test_the_body_is_the_whole_window_as_recorded(api, exemplar, clip, tmp_path):
    answer = api.get(f"/v1/exemplars/{exemplar['id']}/motion.glb").raise_for_status()
    write_glb(clip.motion(), tmp_path / "a.glb")

    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.content == (tmp_path / "a.glb").read_bytes()
    document = glb_json(answer.content)
    assert document["asset"]["extras"]["frames"] == 300
    assert [node["name"] for node in document["nodes"][:55]] == list(JOINT_NAMES)
    assert "pelvis" in document["nodes"][0]["name"]
    assert len(document["meshes"][0]["extras"]["targetNames"]) == 6


def test_the_body_is_sent_once_and_compressed_for_whoever_takes_that(api, exemplar):
    place = f"/v1/exemplars/{exemplar['id']}/motion.glb"
    plain = api.get(place, headers={"Accept-Encoding": "identity"})
    with httpx.Client(base_url=api.base_url) as other, other.stream("GET", place) as answer:
        raw = b"".join(answer.iter_raw())

    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    for known in (plain.headers["etag"], answer.headers["etag"], "*"):
        again = api.get(place, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert api.get(place, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_body_is_there_before_anybody_waits(api, exemplar):
    place = f"/v1/exemplars/{exemplar['id']}/motion.glb"
    api.get(place)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        api.get(place, headers={"Accept-Encoding": "identity"}).raise_for_status()
        took.append(time.perf_counter() - began)

    assert min(took) < 0.15


def test_the_sound_is_the_whole_window_on_the_same_clock(api, exemplar, clip):
    answer = api.get(f"/v1/exemplars/{exemplar['id']}/sound.wav").raise_for_status()
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")

    assert answer.headers["content-type"] == "audio/wav"
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_16"
    assert (rate, samples.shape) == (SAMPLE_RATE, (10 * SAMPLE_RATE,))
    heard = clip.speech().samples
    kept = np.abs(heard) > 0
    level = (samples[kept] @ heard[kept]) / (heard[kept] @ heard[kept])
    np.testing.assert_allclose(samples, heard * level, atol=2e-4)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("bytes=0-3", (0, 3)), ("bytes=44-", (44, None)), ("bytes=-10", (-10, None))],
)
def test_a_part_of_the_sound_is_sent(api, exemplar, asked, found):
    place = f"/v1/exemplars/{exemplar['id']}/sound.wav"
    whole = api.get(place)
    part = api.get(place, headers={"Range": asked})

    first, last = found[0] % len(whole.content), found[1] or len(whole.content) - 1
    assert part.status_code == 206
    assert part.content == whole.content[first : last + 1]
    assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
    kept = api.get(place, headers={"Range": asked, "If-Range": '"another"'})
    assert (kept.status_code, kept.content) == (200, whole.content)


def test_a_part_of_the_sound_that_is_not_there_is_refused(api, exemplar):
    place = f"/v1/exemplars/{exemplar['id']}/sound.wav"
    answer = api.get(place, headers={"Range": "bytes=9000000-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */320044"


def test_the_timeline_has_words_annotations_and_hands(api, exemplar, clip):
    line = api.get(f"/v1/exemplars/{exemplar['id']}/timeline").raise_for_status().json()
    words = [word for word in line["words"] if 0 <= word["start_seconds"] < 10]
    said = clip.speech().words

    assert (line["seconds"], line["fps"], line["frames"]) == (10.0, 30.0, 300)
    assert {word.text for word in said} <= {word["text"] for word in words}
    entries = line["relations"] + line["gestures"]
    (this,) = [each for each in entries if each["this"]]
    for name in ("start_seconds", "end_seconds", "stroke_seconds", "label", "word", "revision"):
        assert this[name] == pytest.approx(exemplar[name]), name
    assert (this["exemplar_id"], this["annotation_id"]) == (
        exemplar["id"],
        exemplar["annotation_id"],
    )
    faster = np.maximum(line["hand_speed"]["left"], line["hand_speed"]["right"])
    whole = hand_speed(clip.recording.motion()).numpy()
    first = round(exemplar["window_start_seconds"] * 30)
    inner = slice(5, min(295, len(whole) - first - 5))
    assert np.abs(faster[inner] - whole[first:][inner]).max() < 0.1 * max(1.0, whole.max())
    assert any(word["prominence"] is not None for word in words)


def test_arguments_have_their_place_where_their_words_are_known(api):
    rows = api.get("/v1/exemplars", params={"kind": "relation", "limit": 500}).json()["exemplars"]
    lines = [api.get(f"/v1/exemplars/{row['id']}/timeline").json() for row in rows[:20]]
    arguments = [
        (relation, relation[name])
        for line in lines
        for relation in line["relations"]
        for name in ("arg1", "arg2")
        if relation[name] is not None and relation[name]["start_seconds"] is not None
    ]
    assert arguments
    for _, argument in arguments:
        assert argument["start_seconds"] <= argument["end_seconds"]
        assert argument["text"]


@pytest.fixture
def store(tmp_path):
    """A store without files, to edit."""
    settings = curated(tmp_path)
    with served(settings) as client:
        yield client, settings


def test_a_timeline_follows_edits_and_keeps_versions(store):
    client, _ = store
    huge, headers = one(client, word="huge")
    place = f"/v1/exemplars/{huge['id']}/timeline"
    before = client.get(place).raise_for_status().json()
    moved = patch(
        client,
        huge,
        headers,
        {"operation": "retime", "start_seconds": 2.2, "end_seconds": 2.6},
        {"operation": "relabel", "label": "metaphoric"},
    )
    after = client.get(place).json()
    then = client.get(place, params={"version": before["version"]}).json()

    assert moved.status_code == 200
    shown = {each["word"]: each for each in after["gestures"]}
    assert (shown["huge"]["label"], shown["huge"]["start_seconds"]) == ("metaphoric", 2.2)
    assert then == before
    # the other window begins five seconds later: "all" lies outside, "because" is one annotation
    assert set(shown) == {"huge", "rose"}
    assert [each["word"] for each in after["relations"]] == ["because"]
    assert after["hand_speed"] is None
    assert [word["text"] for word in after["words"]] == ["huge"]


def test_an_exemplar_that_was_removed_stays_on_its_own_timeline_alone(store):
    client, _ = store
    huge, headers = one(client, word="huge")
    rose, _ = one(client, word="rose")
    assert client.delete(f"/v1/exemplars/{huge['id']}", headers=headers).status_code == 200

    own = client.get(f"/v1/exemplars/{huge['id']}/timeline").json()
    other = client.get(f"/v1/exemplars/{rose['id']}/timeline").json()
    assert {each["word"] for each in own["gestures"]} == {"huge", "rose"}
    assert {each["word"] for each in other["gestures"]} == {"rose"}


def test_annotations_of_an_overlapping_window_are_shown(store):
    client, _ = store
    every, headers = one(client, word="all")
    patch(
        client,
        every,
        headers,
        {"operation": "retime", "start_seconds": 2.0, "end_seconds": 2.5},
    )
    huge, _ = one(client, word="huge")
    line = client.get(f"/v1/exemplars/{huge['id']}/timeline").json()
    shown = {each["word"]: each for each in line["gestures"]}
    assert shown["all"]["start_seconds"] == 7.0
    assert shown["all"]["exemplar_id"] == every["id"]


@pytest.mark.parametrize(
    ("name", "code"), [("motion.glb", "file_unknown"), ("sound.wav", "file_unknown")]
)
def test_files_that_are_not_there_are_told_from_exemplars_that_are_not(store, name, code):
    client, settings = store
    huge, _ = one(client, word="huge")
    answer = client.get(f"/v1/exemplars/{huge['id']}/{name}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    unknown = client.get(f"/v1/exemplars/999/{name}")
    assert unknown.json()["error"]["code"] == "exemplar_unknown"

    with Database.open(settings.database) as database, database.session() as session:
        session.get_one(RecordingRow, SCOTT).files = {"audio": "a.wav", "motion": "a.npz"}
    gone = client.get(f"/v1/exemplars/{huge['id']}/{name}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (503, "recording_missing")


def test_the_sound_of_a_job_is_the_one_that_was_sent(empty_desk, desk):
    sound = spoken(2.0)
    job = empty_desk(sound=sound, words=words_json(2.0)).json()
    answer = desk.get(job["links"]["sound"]).raise_for_status()

    assert answer.content == sound
    assert answer.headers["content-type"] == "audio/wav"
    part = desk.get(job["links"]["sound"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")


def test_jobs_without_a_sound_each_have_an_answer_of_their_own(empty_desk, desk):
    silent = empty_desk(words=words_json(2.0)).json()
    assert "sound" not in silent["links"]
    answer = desk.get(f"/v1/jobs/{silent['id']}/sound")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "sound_unknown")

    unknown = desk.get("/v1/jobs/nobody/sound")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "job_unknown")


def test_a_sound_that_was_swept_is_told_as_gone(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere", tts="off")
    with served(settings) as client:
        job = send(client, sound=spoken(1.5), words=words_json(1.5)).json()
        (upload,) = (path for path in (tmp_path / "uploads").rglob("*") if path.is_file())
        upload.unlink()
        lost = client.get(job["links"]["sound"])
        client.post(job["links"]["cancel"]).raise_for_status()
        gone = client.get(job["links"]["sound"])

    assert (lost.status_code, lost.json()["error"]["code"]) == (503, "sound_missing")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "sound_expired")


def test_watching_asks_for_the_scope_of_curation(tmp_path):
    settings = curated(tmp_path)
    generate = key_of(settings, "tool", Scope.GENERATE)
    with served(settings) as client:
        for name in ("motion.glb", "sound.wav", "timeline"):
            place = f"/v1/exemplars/1/{name}"
            assert client.get(place).status_code == 401
            assert client.get(place, headers=generate).status_code == 403
