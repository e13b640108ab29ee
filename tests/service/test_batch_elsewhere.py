"""Batches by command that a service makes, and batches that are killed."""

import json
import os
import signal
import subprocess
import sys

import pytest

from chironomia import Client, Retry
from service.batches.makers import Elsewhere
from service.batches.manifest import read_manifest
from service.batches.record import Record, Shard
from service.batches.run import Batch
from service.settings import environment_of
from tests.chironomia.nasty import DROP, nasty, refused, said
from tests.service.serving import wait_until
from tests.service.test_batch import folder, good, manifest, quiet, record_of, run

__all__ = ["folder"]


INFO = {
    "version": "1",
    "ready": True,
    "weights_id": "w",
    "index_version": 1,
    "limits": {
        "min_seconds": 0.5,
        "max_seconds": 9.0,
        "max_upload_bytes": 9,
        "max_words": 9,
        "queue_jobs": 9,
        "queue_seconds": 9.0,
    },
    "sound_formats": [],
    "words_formats": [],
    "result_formats": [],
    "options": {},
}


def test_a_service_makes_a_batch_and_shards_share_its_folder(service, settings, folder):
    out, url = folder / "out", str(service.base_url)
    path = manifest(folder, good(), good(1), {"sound": "silent.wav"})
    parts = [run(settings, path, out, "--server", url, "--shard", f"{n}/2") for n in (1, 2)]
    files = sorted(out.glob("results*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]

    assert [part.exit_code for part in parts].count(1) == 1, [part.output for part in parts]
    assert {each["id"]: each["state"] for each in lines} == {
        "talk0": "succeeded",
        "talk1": "succeeded",
        "silent": "failed",
    }
    failed = next(each for each in lines if each["id"] == "silent")
    assert failed["error"]["code"] == "sound_silent"
    assert failed["error"]["remedy"]
    whole = run(settings, path, out, "--server", url)
    assert "0 done, 2 done before, 1 failed" in whole.output


def test_a_full_queue_is_waited_for_and_a_service_that_is_gone_ends_the_batch(settings, folder):
    entries = read_manifest(manifest(folder, good()), settings, quiet)
    info = said(INFO)
    full = [refused(429, "overloaded", "queue_full", True)] * 2
    with (
        nasty(info, *full, refused(422, "invalid_input", "speech_odd")) as server,
        Client(server.url, retry=Retry(1)) as client,
        Record(folder / "out", Shard()) as record,
    ):
        maker = Elsewhere(client, pause_seconds=0.001)
        counts = Batch(folder / "out", record, maker, 2).run(entries, lambda _counts: None)
        sent = [each.headers["idempotency-key"] for each in server.seen[1:]]
    assert counts.failed == 1
    assert [each["error"]["code"] for each in record_of(folder / "out")] == ["speech_odd"]
    assert len(sent) == 3
    assert len(set(sent)) == 1
    with (
        nasty(info, DROP) as server,
        Client(server.url, retry=Retry(1)) as client,
        Record(folder / "gone", Shard()) as record,
        pytest.raises(ConnectionError, match="POST /v1/gestures"),
    ):
        Batch(folder / "gone", record, Elsewhere(client), 2).run(entries, lambda _counts: None)
    assert record_of(folder / "gone") == []


def test_a_killed_batch_goes_on_where_it_was(settings, folder):
    out = folder / "out"
    lines = [
        good(n % 2, id=str(n), options={"sampling": {"steps": 4, "seed": n}}) for n in range(12)
    ]
    path = manifest(folder, *lines)
    environment = os.environ | environment_of(settings)
    command = [sys.executable, "-m", "service", "batch", str(path), str(out), "--jobs", "2"]
    record = out / "results.jsonl"
    batch = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    wait_until(lambda: record.exists() and record.read_text().count("\n") >= 2)
    batch.send_signal(signal.SIGKILL)
    batch.wait()
    before = record_of(out)
    assert len(before) < 12

    rest = run(settings, path, out)

    assert rest.exit_code == 0, rest.output
    assert f"{12 - len(before)} done, {len(before)} done before" in rest.output
    assert {each["id"] for each in record_of(out)} == {str(n) for n in range(12)}
