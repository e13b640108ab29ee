"""Batches of the Python client against the real service."""

import asyncio
import json

import pytest

from chironomia import (
    AsyncClient,
    BatchWaitTooLongError,
    Client,
    InvalidInputError,
    ManifestError,
)
from tests.service.world import spoken, words_json

FAST = {"sampling": {"steps": 4}}


@pytest.fixture
def manifest(tmp_path):
    """Three talks of one sound, which has to be sent once."""
    (tmp_path / "talk.wav").write_bytes(spoken(3.0))
    (tmp_path / "talk.json").write_bytes(words_json(3.0))
    said = {"sound": "talk.wav", "options": FAST, "formats": ["npz"]}
    lines = [said | {"id": "bare"}, said | {"id": "timed", "words": "talk.json"}, said]
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    return path


def test_a_manifest_becomes_jobs_and_their_files(service, manifest, tmp_path):
    counts = []
    with Client(str(service.base_url)) as client:
        sent = client.submit_batch(manifest, name="talks", idempotency_key="client-batch")
        again = client.submit_batch(manifest, name="talks", idempotency_key="client-batch")
        done = client.wait_batch(sent, lambda batch: counts.append(batch.ended), timeout=200)
        jobs = {job.batch_item: job for job in client.jobs(batch=done.id)}
        made = client.download(jobs["timed"], "npz", tmp_path / "motion.npz")

    assert (sent.name, sent.total, again.id) == ("talks", 3, sent.id)
    assert done.done
    assert (done.ended, done.states["succeeded"], done.failures) == (3, 3, ())
    assert counts == sorted(counts)
    assert counts[-1] == 3
    assert len(jobs) == 3
    assert made.stat().st_size > 0


def test_both_clients_cancel_and_are_told_what_is_wrong(desk, manifest, tmp_path):
    talk = {"sound": str(tmp_path / "talk.wav")}

    async def begun():
        async with AsyncClient(str(desk.base_url)) as client:
            sent = await client.submit_batch([talk])
            with pytest.raises(BatchWaitTooLongError, match="0 of 1 jobs have; it goes on"):
                await client.wait_batch(sent, timeout=0)
            ended = await client.cancel_batch(sent)
            assert await client.batch(sent.id) == ended
            return ended

    ended = asyncio.run(begun())
    with Client(str(desk.base_url)) as client:
        with pytest.raises(ManifestError, match=r"1 of the files .* first .*nowhere\.wav"):
            client.submit_batch([talk, {"sound": str(tmp_path / "nowhere.wav")}])
        with pytest.raises(InvalidInputError) as refused:
            client.submit_batch([talk, talk | {"speaker": 99}])
        manifest.write_text('{"sound": "talk.wav"}\n["talk.wav"]')
        with pytest.raises(ManifestError, match="line 2 must be a JSON object"):
            client.submit_batch(manifest)

    assert (ended.done, ended.states["canceled"]) == (True, 1)
    assert refused.value.problem.detail["lines"]
