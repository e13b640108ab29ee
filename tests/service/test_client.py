"""The Python client against the real service."""

import asyncio
import json
from dataclasses import fields

import httpx
import pytest

from chironomia import (
    AsyncClient,
    Client,
    Info,
    InvalidInputError,
    Job,
    JobEndedError,
    Limits,
    NotFoundError,
    Options,
    OutputOptions,
    Problem,
    Progress,
    RetrievalOptions,
    Retry,
    SamplingOptions,
    Speech,
    Word,
)
from chironomia.downloads import sha256_of
from chironomia.records import Dropped, GestureResult, Match, Term
from motion.export.options import FORMATS
from service.options import OptionsBody
from tests.chironomia.nasty import DROP, Nasty, Say, Seen, nasty
from tests.service.world import spoken, words_json

FAST = Options(sampling=SamplingOptions(steps=4, seed=7))
TIMED = [Word("because", 0.2, 0.6), Word("huge", 0.8, 1.2)]


@pytest.fixture
def url(service) -> str:
    return str(service.base_url)


def test_a_talk_becomes_files_with_progress(url, tmp_path):
    (tmp_path / "talk.wav").write_bytes(spoken(6.0))
    (tmp_path / "talk.json").write_bytes(words_json(6.0))
    options = Options(sampling=FAST.sampling, output=OutputOptions(formats=FORMATS, fps=24))
    stages = []
    with Client(url) as client:
        job = client.generate(
            Speech(tmp_path / "talk.wav", tmp_path / "talk.json"),
            tmp_path / "out",
            options=options,
            on_progress=lambda step: stages.append(step.stage),
        )
        again = client.job(job.id)

    assert (job.state, job.seed, again) == ("succeeded", 7, job)
    assert job.finished_at > job.started_at >= job.created_at
    assert {path.name: sha256_of(path) for path in (tmp_path / "out").iterdir()} == job.files
    assert set(job.files) == {f"motion.{kind}" for kind in FORMATS}
    found = job.gestures
    assert found.seconds == pytest.approx(6.0, abs=0.05)
    assert all(match.reason and match.terms for match in found.matches)
    assert stages, "no progress was told"


def test_both_clients_are_told_where_a_motion_came_from(url, done):
    async def asked():
        async with AsyncClient(url) as client:
            return await client.provenance(done["id"])

    with Client(url) as client:
        told = client.provenance(client.job(done["id"]))
    assert told == asyncio.run(asked()) == done["result"]
    assert told["matches"]


def test_both_clients_read_the_same(url, done, tmp_path):
    async def asked() -> tuple[Info, Job, bytes]:
        async with AsyncClient(url) as client:
            job = await client.wait(done["id"], timeout=100)
            path = await client.download(job, "npz", tmp_path / "async.npz")
            return await client.info(), job, path.read_bytes()

    info, job, content = asyncio.run(asked())
    with Client(url) as client:
        assert (client.info(), client.wait(done["id"])) == (info, job)
        assert client.download(job, "npz", tmp_path / "sync.npz").read_bytes() == content
        assert client.problems() == ()
    assert len(job.gestures.matches) == len(done["result"]["matches"])


def test_both_clients_list_the_jobs_of_an_index_version(url, done):
    async def listed(version: int | str) -> list[str]:
        async with AsyncClient(url) as client:
            return [job.id async for job in client.jobs(index_version=version)]

    for version in (done["index_version"], 0, "live"):
        with Client(url) as client:
            ids = [job.id for job in client.jobs(index_version=version)]
        assert asyncio.run(listed(version)) == ids
        assert version == "live" or (done["id"] in ids) == (version != 0)


def test_an_answer_that_is_lost_does_not_make_a_second_job(url):
    answered = []

    def forwarded(_server: Nasty, seen: Seen) -> Say:
        """The service's answer, of which the first gets lost."""
        headers = {name: seen.headers[name] for name in ("content-type", "idempotency-key")}
        answer = httpx.post(url + seen.path, content=seen.body, headers=headers)
        answered.append(answer.json()["id"])
        return DROP if len(answered) == 1 else Say(answer.status_code, answer.content)

    with (
        nasty(answer=forwarded) as between,
        Client(between.url, retry=Retry(first_seconds=0.01)) as client,
    ):
        job = client.submit(Speech(words=TIMED), options=FAST)

    assert answered == [job.id, job.id]
    with Client(url) as client:
        client.wait(job)


def test_a_job_is_canceled_and_refusals_are_typed(url):
    with Client(url) as client:
        job = client.submit(Speech(words=words_json(150.0)), options={"sampling": {"mode": "none"}})
        assert client.cancel(job).state == "canceled"
        with pytest.raises(JobEndedError, match="canceled"):
            client.wait(job)
        with pytest.raises(NotFoundError) as unknown:
            client.job("nobody")
        assert (unknown.value.code, unknown.value.field) == ("job_unknown", "job")
        with pytest.raises(InvalidInputError) as refused:
            client.submit(Speech(words=TIMED), options={"sampling": {"steps": 1}})
        assert refused.value.field == "options.sampling.steps"
        assert refused.value.limit == "2..1000"
        with pytest.raises(ValueError, match="it canceled"):
            client.download(client.job(job.id), "glb", "never.glb")


def properties(schema: dict, name: str) -> set[str]:
    return set(schema["components"]["schemas"][name]["properties"])


def names(record: type) -> set[str]:
    return {each.name for each in fields(record)}


def test_the_records_have_the_fields_of_the_schema(service, done):
    schema = service.get("/openapi.json").json()
    for record, name in (
        (Job, "JobBody"),
        (Progress, "ProgressBody"),
        (Problem, "ErrorDetail"),
        (Info, "InfoBody"),
        (Limits, "Limits"),
    ):
        assert names(record) == properties(schema, name), record
    match = done["result"]["matches"][0]
    assert names(Match) == set(match)
    assert names(Term) == set(match["terms"][0])
    assert names(Dropped) >= set().union(*done["result"]["dropped"])
    ours = {"job", "sound"}
    assert names(GestureResult) == set(done["result"]) - ours


def test_the_options_have_the_fields_of_the_schema():
    schema = OptionsBody.model_json_schema()
    for record, group in (
        (RetrievalOptions, "retrieval"),
        (SamplingOptions, "sampling"),
        (OutputOptions, "output"),
    ):
        place = schema["properties"][group]["$ref"].rpartition("/")[2]
        assert names(record) == set(schema["$defs"][place]["properties"]), group
    assert set(json.loads(json.dumps(FAST.as_json()))) == {"sampling"}
