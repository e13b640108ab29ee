"""Manifests that nobody writes by hand: every such line is told, none ends the check."""

import json

import pytest

from service.batches.manifest import read_manifest
from service.errors import InvalidInputError
from service.settings import Settings
from tests.service.test_batches import batch
from tests.service.world import spoken, words_json

DEEP = 100_000
HOSTILE = {
    "an array without end": ("[" * DEEP, "a line must be one JSON object"),
    "options without end": (
        '{"words": "a.json", "options": ' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
        "a line must be one JSON object",
    ),
    "an id with half a character": ({"id": "id\ud800", "words": "a.json"}, "id must be a text"),
    "an id with a zero": ({"id": "id\0", "words": "a.json"}, "id must be a text"),
    "a text with a zero": ({"sound": "a.wav", "text": "on\0"}, "text must be a text"),
    "an option with a zero": (
        {"words": "a.json", "options": {"retrieval": {"exclude_recordings": ["\0"]}}},
        "options.retrieval.exclude_recordings",
    ),
    "words with a zero": ({"words": "zero.json"}, "word 0, word"),
    "a file with half a name": ({"sound": "a\ud800.wav"}, "sound must be the name of a file"),
    "a text with half a character": (
        {"sound": "a.wav", "text": "\udc00 on"},
        "text must be a text",
    ),
    "a field with half a character": (
        {"words": "a.json", "\ud800": 1},
        "must be one of the fields",
    ),
    "a file whose name is too long": ({"id": "b", "sound": "a" * 5_000}, "cannot be used"),
    "words with a huge number": ({"words": "huge.json"}, "transcript: file"),
    "words with half a character": ({"words": "half.json"}, "word 0, word"),
}
FILES = {
    "a.json": words_json(),
    "a.wav": spoken(),
    "huge.json": b'[{"word": "a", "start": 0, "end": 1' + b"0" * 5_000 + b"}]",
    "zero.json": rb'[{"word": "a\u0000", "start": 0, "end": 1}]',
    "half.json": rb'[{"word": "a\ud800", "start": 0, "end": 1}]',
}
FINE = {"id": "fine", "words": "a.json"}


@pytest.fixture
def limits(tmp_path):
    return Settings(home=tmp_path / "home", weights="/nowhere", tts="off")


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def lines(*given: dict | str) -> str:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in given)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_line_is_told_with_its_number(limits, folder, case):
    line, told = HOSTILE[case]
    (folder / "manifest.jsonl").write_text(lines(FINE, line))
    with pytest.raises(InvalidInputError, match="1 lines of the manifest") as caught:
        read_manifest(folder / "manifest.jsonl", limits, lambda _done, _total: None)
    assert "line 2: " in str(caught.value)
    assert told in str(caught.value)


def test_lines_nested_to_any_depth_are_told(limits, folder):
    given = [
        f'{{"words": "a.json", "speaker": {start * depth}1{end * depth}}}'
        for depth in range(900, 1_000)
        for start, end in (("[", "]"), ('{"a":', "}"))
    ]
    (folder / "manifest.jsonl").write_text(lines(*given))
    with pytest.raises(InvalidInputError, match="200 lines of the manifest"):
        read_manifest(folder / "manifest.jsonl", limits, lambda _done, _total: None)


def test_a_file_that_cannot_be_looked_up_is_missing(limits, folder):
    (folder / "manifest.jsonl").write_text(lines({"sound": "a" * 5_000}))
    with pytest.raises(InvalidInputError) as caught:
        read_manifest(folder / "manifest.jsonl", limits, lambda _done, _total: None)
    [problem] = (caught.value.body.detail or {})["lines"]
    assert (problem["code"], problem["field"]) == ("file_missing", "sound")
    assert len(str(caught.value)) < 2_000


def test_a_service_tells_every_hostile_line(desk):
    given = [line for line, _told in HOSTILE.values()]
    files = list(FILES.items())
    answer = batch(desk, *given, files=files)
    assert answer.status_code == 422, answer.text
    told = answer.json()["error"]["detail"]["lines"]
    assert [each["line"] for each in told] == list(range(1, len(given) + 1))
