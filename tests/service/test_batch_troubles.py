"""What a batch by command does not blame an entry for, and what it makes only once."""

import json

import pytest

from chironomia import Client, Retry
from service.batches.makers import Elsewhere
from service.batches.manifest import read_manifest
from service.batches.record import Record, Shard
from service.batches.run import Batch
from tests.chironomia.nasty import JOB, Say, nasty, refused, said
from tests.service.test_batch import Breaking, good, manifest, quiet, record_of, run
from tests.service.test_batch_elsewhere import INFO
from tests.service.world import spoken, words_json

SUBMITTED = said(JOB, 202)
TROUBLES = {
    "a service that stays unavailable": (refused(503, "unavailable", "database_missing", True),),
    "a key that is not known": (refused(401, "unauthenticated", "key_unknown"),),
    "a key that may not": (refused(403, "forbidden", "scope_missing"),),
    "an answer of a proxy": (Say(502, b"<html>Bad Gateway</html>"),),
    "an answer that is no JSON": (Say(200, b"<html>Welcome</html>"),),
    "a key that is taken away while a job runs": (
        *(SUBMITTED, refused(401, "unauthenticated", "key_unknown")),
    ),
    "a file that comes damaged": (
        *(SUBMITTED, said(JOB | {"state": "succeeded", "result": {"files": {"motion.npz": "0"}}})),
        Say(200, b"other bytes", {"ETag": '"0"'}),
    ),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "talk0.wav").write_bytes(spoken(2.0))
    (tmp_path / "talk0.json").write_bytes(words_json(2.0))
    return tmp_path


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_of_the_service_ends_the_batch_and_is_no_failure_of_an_entry(
    settings, folder, trouble
):
    entries = read_manifest(manifest(folder, good()), settings, quiet)
    with (
        nasty(said(INFO), *TROUBLES[trouble]) as server,
        Client(server.url, retry=Retry(2, first_seconds=0.001)) as client,
        Record(folder / "out", Shard()) as record,
        pytest.raises(ConnectionError, match="talk0"),
    ):
        Batch(folder / "out", record, Elsewhere(client), 1).run(entries, lambda _counts: None)
    assert record_of(folder / "out") == []


def test_lines_of_the_same_content_that_run_together_are_made_once(settings, folder):
    lines = [good(id=str(n)) for n in range(8)]
    entries = read_manifest(manifest(folder, *lines), settings, quiet)
    maker = Breaking()
    with Record(folder / "out", Shard()) as record:
        counts = Batch(folder / "out", record, maker, 8).run(entries, lambda _counts: None)
    assert (counts.done, counts.failed) == (8, 0)
    assert maker.made == 1
    assert len({each["key"] for each in record_of(folder / "out")}) == 1


def test_a_text_too_dense_for_the_text_model_is_refused_as_the_service_does(settings, folder):
    long = "-".join("haha" * 10)
    timed = [{"word": long, "start": n / 8, "end": (n + 1) / 8} for n in range(16)]
    (folder / "dense.json").write_text(json.dumps(timed))
    path = manifest(folder, good(words="dense.json", id="dense"), good())
    ran = run(settings, path, folder / "out")

    assert ran.exit_code == 1
    lines = {each["id"]: each for each in record_of(folder / "out")}
    error = lines["dense"]["error"]
    assert (error["type"], error["code"], error["retryable"]) == (
        *("invalid_input", "words_too_dense", False),
    )
    assert error["message"].startswith("16 words make ")
    assert error["remedy"]
    assert lines["talk0"]["state"] == "succeeded"


def test_a_bug_of_ours_is_told_by_its_name(settings, folder):
    entries = read_manifest(manifest(folder, good()), settings, quiet)
    with Record(folder / "out", Shard()) as record:
        Batch(folder / "out", record, Breaking(KeyError("joint")), 1).run(entries, lambda _: None)
    [line] = record_of(folder / "out")
    assert line["error"]["code"] == "unexpected"
    assert line["error"]["message"] == "KeyError: 'joint'"
