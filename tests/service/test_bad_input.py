"""Every bad input is refused with field, what was found and what to do; the service stays up."""

import json

import numpy as np
import pytest

from speech.transcript import SAMPLE_RATE, Interval, Word, write_textgrid
from tests.service.world import send, sound_file, spoken, words_json
from tests.speech.sounds import babble

UNSORTED = json.dumps(
    [{"word": "b", "start": 1.0, "end": 1.4}, {"word": "a", "start": 0.1, "end": 0.4}]
).encode()
TOO_MANY_DIGITS = b'[{"word": "a", "start": 0, "end": 1' + b"0" * 5_000 + b"}]"
A_ZERO = rb'[{"word": "a\u0000", "start": 0, "end": 1}]'
HALF_A_CHARACTER = rb'[{"word": "a\ud800", "start": 0, "end": 1}]'
DENSE = json.dumps(
    [{"word": "on", "start": n / 400, "end": (n + 1) / 400} for n in range(400)]
).encode()
NOT_NUMBERS = babble(3.0) * np.where(np.arange(3 * SAMPLE_RATE) == 99, np.nan, 1).astype(np.float32)


@pytest.fixture(scope="module")
def long_textgrid(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "long.TextGrid"
    write_textgrid(path, (Word("late", Interval(8.0, 9.0)),), 9.0)
    return path.read_bytes()


BAD = {
    "not a sound": ({"sound": b"GIF89a" * 100}, 415, "sound"),
    "an empty sound": ({"sound": b""}, 422, "sound"),
    "a sound without samples": ({"sound": sound_file(np.zeros(0, np.float32))}, 422, "sound"),
    "silence": ({"sound": sound_file(np.zeros(3 * SAMPLE_RATE, np.float32))}, 422, "sound"),
    "0.2 seconds": ({"sound": spoken(0.2)}, 422, "sound"),
    "too long a sound": ({"sound": sound_file(np.zeros(201 * SAMPLE_RATE))}, 413, "sound"),
    "samples that are no numbers": (
        {"sound": sound_file(NOT_NUMBERS, subtype="FLOAT")},
        422,
        "sound",
    ),
    "unsorted words": ({"words": UNSORTED}, 422, "words"),
    "words that are neither TextGrid nor JSON": ({"words": b"hello"}, 422, "words"),
    "words that are no text": ({"words": b"\xff\x00\x80"}, 422, "words"),
    "a number of too many digits": ({"words": TOO_MANY_DIGITS}, 422, "words"),
    "half a character": ({"words": HALF_A_CHARACTER}, 422, "words"),
    "a zero in a word": ({"words": A_ZERO}, 422, "words"),
    "a zero in a text": ({"sound": spoken(), "text": "on\0"}, 422, "text"),
    "a zero in an option": (
        {"words": words_json(), "options": {"retrieval": {"exclude_recordings": ["a\0"]}}},
        422,
        "options.retrieval.exclude_recordings",
    ),
    "more words than anybody says": ({"words": DENSE}, 422, "words"),
    "more text than its sound holds": ({"sound": spoken(), "text": "on " * 400}, 422, "text"),
    "options that are nested too deep": (
        {"words": words_json(), "options": '{"a":' * 100_000},
        422,
        "options",
    ),
    "too many words": ({"words": words_json(251.0)}, 413, "words"),
    "a text without times and sound": ({"text": "hello there"}, 422, "text"),
    "nothing at all": ({}, 422, "sound"),
    "an unknown speaker": ({"words": words_json(), "speaker": "99"}, 422, "speaker"),
    "a speaker that is no number": ({"words": words_json(), "speaker": "me"}, 422, "speaker"),
    "an unknown field": ({"words": words_json(), "sped": "2"}, 422, "sped"),
    "an unknown option": (
        {"words": words_json(), "options": {"sampling": {"sted": 1}}},
        422,
        "options.sampling.sted",
    ),
    "an unknown group of options": (
        {"words": words_json(), "options": {"sample": {}}},
        422,
        "options.sample",
    ),
    "a bad value of an option": (
        {"words": words_json(), "options": {"sampling": {"mode": "magic"}}},
        422,
        "options.sampling.mode",
    ),
    "an option out of range": (
        {"words": words_json(), "options": {"sampling": {"strength": 2}}},
        422,
        "options.sampling.strength",
    ),
    "an option that another one makes meaningless": (
        {"words": words_json(), "options": {"sampling": {"mode": "none", "strength": 0.5}}},
        422,
        "options.sampling.strength",
    ),
    "a gap that the published placement does not look at": (
        {
            "words": words_json(),
            "options": {"retrieval": {"placement": "published", "minimum_gap_seconds": 1}},
        },
        422,
        "options.retrieval.minimum_gap_seconds",
    ),
    "a strength of exemplars that nothing pulls to": (
        {
            "words": words_json(),
            "options": {"retrieval": {"strength": 0.5}, "sampling": {"mode": "outpaint"}},
        },
        422,
        "options.retrieval.strength",
    ),
    "a text beside timed words": (
        {"sound": spoken(), "words": words_json(), "text": "we stayed"},
        422,
        "text",
    ),
    "options that are no JSON": ({"words": words_json(), "options": "{"}, 422, "options"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_by_name(service, case):
    given, status, field = BAD[case]

    answer = send(service, **given)

    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["message"]
    assert error["remedy"]
    assert error.get("found") or error.get("limit")
    assert error["retryable"] is False


def test_a_textgrid_longer_than_its_sound_is_refused(service, long_textgrid):
    error = send(service, sound=spoken(), words=long_textgrid).json()["error"]

    assert (error["code"], error["field"]) == ("words_longer_than_sound", "words")
    assert "3.00 s" in error["limit"]
    assert "9.00 s" in error["found"]


def test_a_limit_is_told_where_it_is_passed(service):
    error = send(service, sound=spoken(0.2)).json()["error"]
    assert (error["limit"], error["found"]) == ("at least 0.5 s", "0.20 s")


def test_an_option_out_of_range_tells_its_limit_and_what_was_found(service):
    options = {"sampling": {"seed": -5}}
    error = send(service, words=words_json(), options=options).json()["error"]

    assert error["field"] == "options.sampling.seed"
    assert error["limit"] == f"0..{2**63 - 1}"
    assert error["found"] == "-5"
    assert "seed: must be within" in error["message"]


def test_after_all_that_a_good_request_still_succeeds(service):
    job = send(service, sound=spoken(), headers={"Prefer": "wait=100"}).json()
    assert job["state"] == "succeeded"
    assert service.get("/readyz").status_code == 200
