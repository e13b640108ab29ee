"""Provenance in the comment of the npz: whole where it fits, and JSON however long the talk."""

import json
import zipfile

import pytest

from evaluation.report.insertions import insertions_of
from motion.clip import Motion
from motion.files import write_npz
from service.results import _comment

LIMIT = 65_535


def provenance(matches: int, notes: int = 0):
    """Of a talk with so many matches, each as long as in a real one."""
    terms = [{"name": "connective", "value": 0.123456789, "weight": 2.0} for _ in range(6)]
    match = {
        "word": "because",
        "recording": "1_wayne_0_1_1",
        "score": 0.6543210987,
        "source_seconds": 12.3456789,
        "start_seconds": 1.0666666667,
        "end_seconds": 3.0666666667,
        "reason": "says the same connective with the same sense",
        "terms": terms,
    }
    return {
        "job": "a1",
        "weights_id": "w",
        "index_version": 3,
        "speaker": 2,
        "seed": 7,
        "options": {"sampling": {"steps": 50}},
        "sound": "0" * 64,
        "voice": None,
        "matches": [match | {"exemplar_id": number} for number in range(matches)],
        "dropped": [{"word": "but", "reason": "no room"}] * matches,
        "notes": ["a note"] * notes,
    }


@pytest.fixture
def npz(tmp_path):
    write_npz(Motion.rest(2, 30.0), tmp_path / "motion.npz")
    return tmp_path / "motion.npz"


def commented(path, whole):
    _comment(path, whole)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return json.loads(archive.comment)


def test_a_provenance_that_fits_is_there_whole(npz):
    whole = provenance(20)
    assert commented(npz, whole) == whole


@pytest.mark.parametrize("matches", [130, 200, 400, 3_000, 30_000])
def test_a_long_talk_keeps_as_much_as_there_is_room_for_and_says_what_it_is(npz, matches):
    found = commented(npz, provenance(matches))
    assert "provenance.json" in found["shortened"]
    assert (found["job"], found["seed"], found["index_version"]) == ("a1", 7, 3)
    if matches <= 400:
        assert len(insertions_of(npz)) == matches
        assert [each["exemplar_id"] for each in found["matches"]] == list(range(matches))
        assert all("score" in each for each in found["matches"])
    elif matches <= 3_000:
        assert found["exemplars"] == list(range(matches))
    else:
        assert "exemplars" not in found


def test_a_talk_with_endless_notes_still_has_a_comment_that_can_be_read(npz):
    found = commented(npz, provenance(1, notes=20_000))
    assert found["weights_id"] == "w"
