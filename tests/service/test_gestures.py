"""Speech in, gesture out, through the whole service."""

import hashlib
import io
import json
import struct
import zipfile

import numpy as np

from service.storage import Storage
from tests.service.world import (
    KEYS,
    arrays,
    finished,
    send,
    sound_file,
    spoken,
    words_json,
)
from tests.speech.sounds import babble

WAIT = {"Prefer": "wait=100"}


def test_a_request_is_accepted_and_its_job_succeeds(service):
    answer = send(service, sound=spoken(), words=words_json())

    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["Location"] == job["links"]["self"]
    assert answer.headers["Retry-After"]
    assert job["state"] in {"queued", "running"}
    ended = finished(service, job["id"])
    assert (ended["state"], ended["attempt"], ended["error"]) == ("succeeded", 1, None)


def test_whoever_prefers_to_wait_is_answered_with_links_to_the_results(service, done):
    assert done["state"] == "succeeded"
    files = {"sound", "npz", "glb", "json", "bvh", "provenance.json"}
    assert set(done["links"]) == {"self", "events", *files}
    for kind in files:
        assert service.get(done["links"][kind]).status_code == 200


def test_the_npz_has_exactly_the_keys_of_beat2_and_the_length_of_the_sound(service, done):
    found = arrays(service, done)

    assert tuple(found) == KEYS
    assert found["poses"].shape == (180, 165)
    assert np.isfinite(found["poses"]).all()


def test_every_result_file_tells_where_it_came_from(service, done):
    npz, glb, plain = (service.get(done["links"][kind]).content for kind in ("npz", "glb", "json"))
    with zipfile.ZipFile(io.BytesIO(npz)) as archive:
        told = [json.loads(archive.comment)]
    length = struct.unpack("<I", glb[12:16])[0]
    told.append(json.loads(glb[20 : 20 + length])["asset"]["extras"])
    told.append(json.loads(plain)["provenance"])

    for each in told:
        assert "matches" in json.dumps(each)
        text = json.dumps(each)
        assert done["id"] in text
        assert done["weights_id"] in text
    assert told[2]["seed"] == 7
    assert told[2]["index_version"] == done["index_version"]
    assert told[2]["options"]["sampling"]["steps"] == 4


def test_the_provenance_of_a_job_has_everything_and_is_fetched_once(service, done):
    link = done["links"]["provenance.json"]
    answer = service.get(link)
    told = answer.json()

    assert answer.headers["Content-Type"] == "application/json"
    assert told == done["result"]
    assert {"job", "weights_id", "index_version", "seed", "sound", "files"} <= set(told)
    for match in told["matches"]:
        assert {"score", "terms", "source_seconds", "start_seconds", "end_seconds"} <= set(match)
    known = {"If-None-Match": answer.headers["ETag"]}
    assert service.get(link, headers=known).status_code == 304
    assert service.head(link).headers["ETag"] == answer.headers["ETag"]


def test_each_match_tells_its_reason_and_every_term_of_its_score(done):
    matches = done["result"]["matches"]

    assert matches
    for match in matches:
        assert match["reason"]
        assert abs(sum(term["value"] for term in match["terms"]) - match["score"]) < 1e-6
        assert match["recording"]
        assert match["end_seconds"] > match["start_seconds"]


def test_the_same_seed_makes_the_same_motion_and_another_one_does_not(service):
    sent = {"sound": spoken(6.0), "words": words_json(6.0), "headers": WAIT}
    # all of them now: other tests edit the index between theirs
    one, same, other = (
        send(service, options={"sampling": {"steps": 4, "seed": seed}}, **sent).json()
        for seed in (7, 7, 8)
    )

    assert same["id"] != one["id"]
    assert same["index_version"] == one["index_version"]
    first, again, different = (arrays(service, job) for job in (one, same, other))
    assert all(np.array_equal(first[name], again[name]) for name in KEYS)
    assert not np.array_equal(first["poses"], different["poses"])


def test_a_result_is_not_sent_again_to_whoever_has_it(service, done):
    first = service.get(done["links"]["glb"])
    tag = first.headers["ETag"]
    again = service.get(done["links"]["glb"], headers={"If-None-Match": tag})

    assert tag == f'"{done["result"]["files"]["motion.glb"]}"'
    assert (again.status_code, again.content) == (304, b"")


def test_a_part_of_a_result_can_be_asked_for(service, done):
    whole = service.get(done["links"]["glb"]).content
    part = service.get(done["links"]["glb"], headers={"Range": "bytes=4-11"})

    assert part.status_code == 206
    assert part.content == whole[4:12]


def test_words_with_times_need_no_sound(service):
    job = send(service, words=words_json(4.0), headers=WAIT).json()

    assert job["state"] == "succeeded"
    assert any("no sound" in note for note in job["result"]["notes"])
    assert job["result"]["seconds"] > 3.9


def test_a_sound_without_words_is_told_once_that_rhythm_alone_drives_it(service):
    job = send(service, sound=spoken(), headers=WAIT).json()

    [note] = [note for note in job["result"]["notes"] if "words" in note]
    assert "only rhythm drives the motion" in note


def test_choices_that_index_or_weights_cannot_follow_are_noted(service):
    options = {"retrieval": {"exclude_recordings": ["none_such"]}, "sampling": {"steps": 60}}
    job = send(service, words=words_json(2.0), options=options, headers=WAIT).json()

    notes = " ".join(job["result"]["notes"])
    assert "nothing of none_such" in notes
    assert "60 asked, the weights have 50" in notes


def test_a_plain_text_gets_guessed_times_and_a_note_says_so(service):
    said = "we stayed inside because it rained"
    job = send(service, sound=spoken(4.0), text=said, headers=WAIT).json()

    assert job["state"] == "succeeded"
    notes = job["result"]["notes"]
    assert [note for note in notes if "estimated" in note]
    assert len(notes) == len(set(notes))
    content = service.get(job["links"]["json"]).json()
    assert [word["word"] for word in content["annotations"]["words"]] == said.split()
    assert content["provenance"]["notes"] == notes
    assert (
        content["annotations"]["word_times"] == content["provenance"]["word_times"] == "estimated"
    )


def test_without_retrieval_nothing_is_reported_as_retrieved(service):
    options = {"sampling": {"steps": 4, "mode": "none"}}
    job = send(service, words=words_json(4.0), options=options, headers=WAIT).json()

    assert job["state"] == "succeeded"
    assert (job["result"]["matches"], job["result"]["dropped"]) == ([], [])


def test_an_mp3_that_is_called_wav_works(service):
    job = send(service, sound=sound_file(babble(3.0), "MP3"), headers=WAIT).json()

    assert job["state"] == "succeeded", job


def test_a_job_that_fails_says_why_and_the_service_goes_on(service, settings):
    sound = spoken(3.5)
    upload = Storage(settings.home).upload(hashlib.sha256(sound).hexdigest())
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(b"torn on disk")

    failed = send(service, sound=sound, headers=WAIT).json()
    upload.unlink()

    assert failed["state"] == "failed"
    assert failed["error"]["code"] == "sound_unusable"
    assert send(service, sound=sound, headers=WAIT).json()["state"] == "succeeded"
