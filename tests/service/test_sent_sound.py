"""A request may name a job whose sound is meant: nothing is sent twice."""

from pathlib import Path

import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from service.keys import KeyDesk, Scope
from service.settings import Settings
from service.storage import Storage, sha256_of
from tests.service.serving import served
from tests.service.world import spoken, words_json

SOUND = spoken(3.0)
ROUTES = ("/v1/explanations", "/v1/jobs", "/v1/gestures")


class House:
    """The API alone, and jobs that are as a worker would leave them."""

    def __init__(self, client, database: Database, settings: Settings) -> None:
        self.client, self.database = client, database
        self.storage = Storage(settings.home)

    def ended(self, *, sound: bytes | None = None, text: str = "", said: bytes = b"") -> str:
        """A job that has succeeded; ``said`` is what its text was spoken as."""
        request = {
            "kind": "gestures",
            "sound": None if sound is None else self.storage.put_upload(sound),
            "untimed": text,
        }
        with self.database.session() as session:
            jobs = JobRepository(session)
            draft = JobDraft(request=request, sound_seconds=3.0, expires_at=None)
            job = jobs.submit(draft).job.id
            jobs.start(job, "a worker")
            files = {}
            if said:
                path = self.storage.result(job, "speech.wav")
                path.parent.mkdir(parents=True)
                path.write_bytes(said)
                files = {"speech.wav": sha256_of(path)}
            jobs.succeed(job, 1, JobOutcome({"files": files, "seconds": 3.0}, 0, "weights"))
        return job

    def ask(self, route: str, job: str, **more):
        """Ask with the sound of a job; whatever is queued is canceled at once."""
        files = {"words": words_json(3.0)} | more
        answer = self.client.post(route, data={"sound_of": job}, files=files)
        if answer.status_code == 202:
            self.client.post(answer.json()["links"]["cancel"]).raise_for_status()
        return answer

    def uploads(self) -> set[Path]:
        return {path for path in (self.storage.root / "uploads").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("house"), weights="/nowhere", tts="off")
    with Database.open(settings.database) as database, served(settings) as client:
        yield House(client, database, settings)


def error_of(answer, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    error: dict[str, object] = answer.json()["error"]
    return error


@pytest.mark.parametrize("route", ROUTES)
def test_the_sound_of_a_job_is_asked_about_without_being_sent(house, route):
    job = house.ended(sound=SOUND)
    before = house.uploads()
    answer = house.ask(route, job)

    assert answer.status_code == 202, answer.text
    assert house.uploads() == before
    sound = house.client.get(answer.json()["links"]["sound"]).raise_for_status()
    assert sound.content == SOUND


def test_it_is_the_same_request_as_one_with_the_sound_itself(house):
    job = house.ended(sound=SOUND)
    key = {"Idempotency-Key": "either way"}
    words = {"words": words_json(3.0)}
    fields = {"options": '{"sampling": {"seed": 7}}'}
    one = house.client.post(
        "/v1/jobs", data=fields, files={"sound": SOUND, **words}, headers=key
    ).raise_for_status()
    other = house.client.post(
        "/v1/jobs", data={"sound_of": job, **fields}, files=words, headers=key
    ).raise_for_status()
    house.client.post(one.json()["links"]["cancel"]).raise_for_status()

    assert (one.status_code, other.status_code) == (202, 200)
    assert one.json()["id"] == other.json()["id"]


def test_what_a_text_was_spoken_as_is_kept_as_if_it_had_been_sent(house):
    said = spoken(2.5)
    job = house.ended(text="we stayed inside", said=said)
    answer = house.client.post("/v1/jobs", data={"sound_of": job, "text": "we stayed inside"})
    assert answer.status_code == 202, answer.text
    house.client.post(answer.json()["links"]["cancel"])
    assert house.client.get(answer.json()["links"]["sound"]).content == said


@pytest.mark.parametrize("route", ROUTES)
def test_a_sound_that_cannot_be_had_is_refused_by_the_field_that_named_it(house, route):
    silent = house.ended()
    with house.database.session() as session:
        draft = JobDraft(
            request={"kind": "gestures", "sound": None, "untimed": "we stayed"},
            sound_seconds=3.0,
            expires_at=None,
        )
        waiting = JobRepository(session).submit(draft).job.id
    past = house.ended(sound=spoken(2.0))
    sound = house.storage.upload(house.storage.put_upload(spoken(2.0)))
    sound.unlink()

    for job, status, code in (
        ("", 422, "sound_of_empty"),
        ("none", 404, "job_unknown"),
        (silent, 404, "sound_unknown"),
        (waiting, 409, "result_not_ready"),
        (past, 410, "sound_expired"),
    ):
        error = error_of(house.ask(route, job), status)
        assert (error["code"], error["field"]) == (code, "sound_of")
        assert error["remedy"] == (
            "send the sound itself, as `sound`" if job else "name the job, or leave the field out"
        )
    twice = error_of(house.ask(route, house.ended(sound=SOUND), sound=SOUND), 422)
    assert (twice["code"], twice["field"]) == ("sound_twice", "sound_of")
    house.client.post(f"/v1/jobs/{waiting}/cancel").raise_for_status()


def test_the_words_are_compared_with_the_sound_as_ever(house):
    answer = house.ask("/v1/jobs", house.ended(sound=spoken(1.0)))
    assert error_of(answer, 422)["code"] == "words_longer_than_sound"


def test_a_key_reaches_no_sound_of_jobs_that_it_cannot_see(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere", tts="off")
    with Database.open(settings.database) as database:
        key = KeyDesk(database).add("ada", frozenset({Scope.CURATE}))
        with served(settings) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            house = House(client, database, settings)
            answer = house.ask("/v1/explanations", house.ended(sound=SOUND))
    assert error_of(answer, 403)["field"] == "sound_of"
