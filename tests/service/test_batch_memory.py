"""What a batch of long talks takes of the API's memory: that of a talk, not of all."""

import json
import tracemalloc

import pytest

from annotations.batch_repository import AT_ONCE, BatchDraft, BatchRepository
from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.json_text import JsonText
from annotations.records import JobDraft
from service.batches import drafts
from service.batches.drafts import kept_drafts
from service.settings import Settings
from tests.databases import KINDS, empty_database
from tests.service.serving import served
from tests.service.test_batches import batch
from tests.service.world import words_json

FEW, MANY = 3, 40
MOST_BYTES = 4_000_000
"""Half of what the words of so many talks take once they are read."""


@pytest.fixture(params=[1, 2**20], ids=["on disk", "in memory"])
def kept(request, monkeypatch, tmp_path):
    monkeypatch.setattr(drafts, "IN_MEMORY_BYTES", request.param)
    with kept_drafts(tmp_path) as kept:
        yield kept


def test_drafts_come_back_as_they_were_given(kept):
    given = [
        JobDraft({"words": [["one\ntwo\u2028", 0.1, 0.3]], "untimed": "é"}, body_hash="a" * 64),
        JobDraft({"words": []}, sound_seconds=1.5, seed=3, batch_item="second"),
    ]
    heads = [kept.add(draft) for draft in given]
    assert list(kept) == given == list(kept)
    assert kept.heads == heads
    assert [head.request for head in heads] == [{}, {}]


@pytest.mark.parametrize("kind", KINDS)
def test_drafts_become_jobs_with_their_requests(kept, kind, tmp_path):
    given = [
        {"words": [["é\u2028'\"\\", 0.1, n / 7]], "untimed": ""} for n in range(2 * AT_ONCE + 1)
    ]
    for number, request in enumerate(given):
        text = JsonText(json.dumps(request))
        kept.add(JobDraft(text, sound_seconds=1.0, batch_item=str(number)))
    with empty_database(kind, tmp_path) as url, Database.open(url) as database:
        with database.session() as session:
            batch = BatchRepository(session).submit(BatchDraft("talks", "ada", kept)).batch
        with database.reading() as session:
            waiting = BatchRepository(session).queued(batch.id)
            jobs = [JobRepository(session).get(job) for job in waiting]
    assert (batch.jobs, batch.sound_seconds) == (len(given), float(len(given)))
    assert [job.request for job in jobs] == given
    assert [job.batch_item for job in jobs] == [str(number) for number in range(len(given))]


def test_the_words_of_many_talks_are_never_in_memory_together(tmp_path, monkeypatch):
    monkeypatch.setattr(drafts, "IN_MEMORY_BYTES", 1)
    limits = Settings(home=tmp_path, weights="/nowhere", tts="off")

    with served(limits) as client:
        upload = client.post("/v1/uploads", files={"file": ("a", words_json(400.0))})

        def peak(talks: int) -> int:
            lines = [{"words": upload.json()["name"], "id": str(n)} for n in range(talks)]
            tracemalloc.start()
            try:
                answer = batch(client, *lines)
                taken = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert answer.status_code == 202, answer.text
            assert (answer.json()["total"], answer.json()["states"]["queued"]) == (talks, talks)
            assert answer.json()["sound_seconds"] == pytest.approx(talks * 400.4)
            return taken

        peak(FEW)
        assert peak(MANY) < MOST_BYTES
