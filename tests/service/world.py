"""A small world for the service: real classes made tiny, and what is sent to them."""

import io
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import soundfile

from annotations.annotate import Annotator
from annotations.corpus import Corpus
from annotations.database import Database
from diffusion.pipeline import GesturePipeline
from indexing.build import IndexTools, build_index
from service.loading import Loader
from service.settings import Settings
from speech.features import encoder_from_config
from speech.transcript import SAMPLE_RATE
from tests.indexing.tiny_corpus import write_corpus
from tests.service.serving import wait_until
from tests.speech.sounds import babble

SAID = ["we", "stayed", "inside", "because", "it", "rained", "but", "the", "huge", "river", "rose"]
KEYS = ("betas", "poses", "expressions", "trans", "model", "gender", "mocap_frame_rate")
"""Arrays of a BEAT2 motion file."""
FAST = {"sampling": {"steps": 4}}


def make_world(root: Path, **changed) -> Settings:
    """Corpus, weights and index of a tiny world, and the settings that name them."""
    settings = Settings(
        home=root / "home",
        weights=str(root / "weights"),
        corpus=write_corpus(root / "corpus"),
        device="cpu",
        max_seconds=200.0,
        max_words=500,
        tts="off",
        **({"queue_jobs": 4} | changed),
    )
    GesturePipeline.tiny(encoder_from_config({"kind": "default"})).save_pretrained(root / "weights")
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        tools = IndexTools(loader.embedder, loader.pipeline, Annotator())
        build_index(Corpus.open(settings.corpus), database, settings.index, tools)
    return settings


def sound_file(samples, container: str = "WAV", subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format=container, subtype=subtype)
    return file.getvalue()


def spoken(seconds: float = 3.0) -> bytes:
    return sound_file(babble(seconds))


def silence(seconds: float = 2.0) -> bytes:
    return sound_file(np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32))


def words_json(seconds: float = 3.0) -> bytes:
    """Half a second a word."""
    count = int(seconds / 0.5)
    timed = [
        {"word": SAID[i % len(SAID)], "start": i * 0.5, "end": i * 0.5 + 0.4} for i in range(count)
    ]
    return json.dumps(timed).encode()


def send(client, *, sound=None, words=None, options=None, headers=None, **fields):
    """Post a request; ``options`` is given as a dictionary or as raw text."""
    files = {}
    if sound is not None:
        files["sound"] = ("talk.wav", sound)
    if words is not None:
        files["words"] = ("talk.json", words)
    chosen = FAST if options is None else options
    fields["options"] = chosen if isinstance(chosen, str) else json.dumps(chosen)
    return client.post("/v1/gestures", files=files or None, data=fields, headers=headers)


def long_request(client, seconds: float = 150.0):
    """A request that keeps the worker busy for a while: words alone, every step."""
    return send(client, words=words_json(seconds), options={"sampling": {"mode": "none"}})


def finished(client, job: str):
    """The job once it has ended."""
    wait_until(lambda: client.get(f"/v1/jobs/{job}").json()["state"] not in {"queued", "running"})
    return client.get(f"/v1/jobs/{job}").json()


def arrays(client, job) -> dict[str, np.ndarray]:
    content = client.get(job["links"]["npz"]).raise_for_status().content
    with np.load(io.BytesIO(content)) as file:
        return {name: file[name] for name in file.files}


def copied_world(settings: Settings, home: Path, **changed) -> Settings:
    """The same corpus, weights and index in a home of its own, which no other process uses."""
    shutil.copytree(settings.home / "index", home / "index")
    with (
        sqlite3.connect(settings.home / "chironomia.db") as here,
        sqlite3.connect(home / "chironomia.db") as there,
    ):
        here.backup(there)
        for table in ("job_events", "jobs", "workers"):
            there.execute(f"DELETE FROM {table}")
    return settings.model_copy(update={"home": home} | changed)
