"""Uploads of recordings that cannot be used, are repeated, or belong to somebody else."""

import numpy as np
import pytest

from service.keys import Scope
from tests.service.test_recordings import NEW, motion_file, shelf, upload
from tests.service.world import words_json

__all__ = ["shelf"]


NAN = np.full((360, 3), np.nan)


BAD = {
    "an id that is a path": ({"recording_id": "../4_lawrence_0_1_1"}, 422, "id"),
    "an id of nobody": ({"recording_id": "99_nobody_0_1_1"}, 422, "id"),
    "motion that is no archive": ({"motion": b"PK not really"}, 422, "motion"),
    "motion with values that are no numbers": ({"motion": motion_file(trans=NAN)}, 422, "motion"),
    "motion of another skeleton": (
        {"motion": motion_file(poses=np.zeros((360, 72), np.float32))},
        422,
        "motion",
    ),
    "motion of another length": ({"motion": motion_file(9.0)}, 422, "motion"),
    "motion that unpacks to more than the limit": (
        {"motion": motion_file(poses=np.zeros((9000, 165)))},
        413,
        "motion",
    ),
    "no sound": ({"sound": b"GIF89a" * 100}, 415, "sound"),
    "words behind the sound": ({"words": words_json(30.0)}, 422, "words"),
    "no words": ({"words": b"[]"}, 422, "words"),
    "an unknown field": ({"fields": {"speaker": "1"}}, 422, "speaker"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_upload_that_cannot_be_used_is_refused_at_once_by_name(shelf, case):
    given, status, field = BAD[case]
    answer = upload(shelf, **given)

    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["remedy"]
    assert error["found"]
    assert shelf.get("/v1/recordings").json()["total"] == 2


def test_a_form_that_lacks_a_file_says_which(shelf):
    answer = shelf.post("/v1/recordings", data={"id": NEW}, files={"sound": b"x"})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] in {"motion", "words"}


def test_an_upload_repeated_under_its_key_is_the_same_job_and_others_wait_for_it(shelf):
    first = upload(shelf, headers={"Idempotency-Key": "once"})
    same = upload(shelf, headers={"Idempotency-Key": "once"})
    other = upload(shelf)
    canceled = shelf.post(first.json()["links"]["cancel"]).json()
    retried = upload(shelf)
    shelf.post(retried.json()["links"]["cancel"])

    assert (first.status_code, same.json()["id"]) == (202, first.json()["id"])
    assert (other.status_code, other.json()["error"]["code"]) == (409, "recording_being_added")
    assert canceled["state"] == "canceled"
    assert retried.status_code == 202
    assert shelf.get("/v1/recordings").json()["total"] == 2


def test_curators_see_their_jobs_and_not_those_of_others(shelf):
    job = upload(shelf, recording_id="5_stewart_0_1_1").json()["links"]["self"]
    curator, maker = (shelf.keys[each] for each in (Scope.CURATE, Scope.GENERATE))

    assert shelf.get(job, headers=curator).status_code == 200
    for refused in (
        shelf.get(job, headers=maker),
        shelf.post(f"{job}/cancel", headers=maker),
        shelf.get("/v1/recordings", headers=maker),
    ):
        assert refused.status_code == 403
        assert refused.json()["error"]["limit"] == "curate"
    assert shelf.post(f"{job}/cancel", headers=curator).json()["state"] == "canceled"


def test_an_edit_of_a_recording_must_say_what_it_was_made_for(shelf):
    name = shelf.get("/v1/recordings").json()["recordings"][0]["id"]
    assert shelf.delete(f"/v1/recordings/{name}").status_code == 428
    assert shelf.post(f"/v1/recordings/{name}/restore").status_code == 428
    for method, address in (("GET", "x"), ("DELETE", "x"), ("POST", "x/restore")):
        answer = shelf.request(method, f"/v1/recordings/{address}", headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "recording_unknown")
