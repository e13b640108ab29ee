"""A text alone: spoken, gestured to, and the sound comes back."""

import io
import json
import sys
import wave

import pytest
from sqlalchemy.exc import OperationalError

from annotations.database import Database
from service.errors import GestureError
from service.settings import Settings, environment_of
from service.speaking import spoken
from service.storage import Storage
from service.worker import Worker
from speech.espeak import library
from tests.service.serving import served
from tests.service.test_batch import FAST, manifest, record_of, run
from tests.service.world import copied_world, send

TEXT = "We stayed inside because it rained, but the huge river rose."
SAY = """
import sys, wave
words = sys.stdin.read().split()
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(bytes(range(256)) * 10 * len(words))
"""

NEVER_THE_SAME = """
import os, random, sys, wave
with open(sys.argv[2], "a") as calls:
    calls.write("spoken ")
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(1); file.setframerate(8000)
    file.writeframes(os.urandom(8000 * 45 + random.randrange(8000)))
"""


@pytest.fixture(params=["script", "espeak-ng"])
def voice(request, tmp_path) -> str:
    if request.param == "espeak-ng":
        if library() is None:
            pytest.skip("espeak-ng is not installed")
        return request.param
    path = tmp_path / "say.py"
    path.write_text(SAY)
    return f"{sys.executable} {path} {{wav}}"


def test_a_text_alone_is_refused_at_once_where_nobody_speaks(desk):
    answer = send(desk, text=TEXT)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("voice_missing", "text")
    assert "CHIRONOMIA_TTS" in error["remedy"]


def test_a_text_alone_becomes_sound_and_gesture(settings, voice, tmp_path):
    speaking = settings.model_copy(update={"tts": voice, "home": tmp_path / "home"})
    index = speaking.home / "index"
    index.parent.mkdir()
    index.symlink_to(settings.index)
    speaking = speaking.model_copy(update={"database_url": settings.database})
    with served(speaking) as client:
        sent = send(client, text=TEXT, options=FAST)
        assert sent.status_code == 202, sent.text
        job_id = sent.json()["id"]
        with Database.open(settings.database) as database:
            Worker(speaking, database).run_job(job_id)
        job = client.get(f"/v1/jobs/{job_id}").json()
        assert job["state"] == "succeeded", job["error"]
        sound = client.get(job["links"]["wav"])
        motion = client.get(job["links"]["json"]).json()

    assert sound.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.content)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert job["result"]["seconds"] == pytest.approx(seconds, abs=0.05)
    assert job["result"]["voice"].startswith(
        "espeak-ng" if voice == "espeak-ng" else sys.executable
    )
    words = motion["annotations"]["words"]
    assert [each["word"] for each in words] == TEXT.split()
    assert all(each["end"] <= seconds + 0.05 for each in words)
    assert motion["annotations"]["word_times"] == ("given" if voice == "espeak-ng" else "estimated")


def test_a_voice_that_fails_fails_the_job_with_its_reason(settings):
    broken = settings.model_copy(update={"tts": "/nowhere/piper {wav}"})
    with pytest.raises(GestureError, match="could not be spoken") as caught:
        spoken(TEXT, broken)
    assert caught.value.body.code == "synthesizer_failed"


def test_a_batch_speaks_its_texts(settings, voice, tmp_path):
    path = manifest(tmp_path, {"text": TEXT, "options": FAST, "id": "a"})
    told = run(settings.model_copy(update={"tts": voice}), path, tmp_path / "out")
    assert told.exit_code == 0, told.output
    [line] = record_of(tmp_path / "out")
    assert "speech.wav" in line["files"]
    provenance = tmp_path / "out" / line["folder"] / "provenance.json"
    assert json.loads(provenance.read_text())["voice"]
    assert environment_of(Settings(tts=voice))["CHIRONOMIA_TTS"] == voice


class Breaking:
    """Durable steps, of which the second finds no database."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, work) -> None:
        self.steps += 1
        if self.steps == 2:
            raise OperationalError("SELECT 1", {}, ConnectionError("the database is away"))
        work()


def test_a_talk_that_changes_hands_goes_on_with_the_sound_it_had(settings, tmp_path):
    script, calls = tmp_path / "say.py", tmp_path / "calls"
    script.write_text(NEVER_THE_SAME)
    voice = f"{sys.executable} {script} {{wav}} {calls}"
    apart = copied_world(settings, tmp_path / "home", tts=voice, step_windows=2)
    windows = Storage(apart.home).windows
    with served(apart) as client, Database.open(apart.database) as database:
        job_id = send(client, text=TEXT, options=FAST).json()["id"]
        with pytest.raises(OperationalError):
            Worker(apart, database).run_job(job_id, Breaking())
        [kept] = windows(job_id).glob("*/*.safetensors")
        before = kept.stat()
        seen = []

        def once(work) -> None:
            work()
            seen.append({path.parent.name for path in windows(job_id).glob("*/*.safetensors")})

        Worker(apart, database).run_job(job_id, once)
        job = client.get(f"/v1/jobs/{job_id}").json()

    assert job["state"] == "succeeded", job["error"]
    assert before.st_size
    assert seen[-1] == {kept.parent.name}, "windows of two sounds"
    assert calls.read_text().split() == ["spoken"]
    assert not windows(job_id).exists()
