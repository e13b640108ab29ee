"""Batches by command: checked first, gone on with, named by content, shared out."""

import json
import threading
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from annotations.database import Database
from service.batches.makers import Here
from service.batches.manifest import read_manifest
from service.batches.record import Line, Record, Shard
from service.batches.run import Batch
from service.cli import app
from service.errors import GestureError, InvalidInputError
from service.settings import environment_of
from service.storage import sha256_of
from tests.service.world import silence, spoken, words_json

FAST = {"sampling": {"steps": 4}}


def quiet(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def folder(tmp_path):
    for number, seconds in enumerate((2.0, 3.0)):
        (tmp_path / f"talk{number}.wav").write_bytes(spoken(seconds))
        (tmp_path / f"talk{number}.json").write_bytes(words_json(seconds))
    (tmp_path / "silent.wav").write_bytes(silence())
    return tmp_path


def manifest(folder, *lines: dict | str):
    path = folder / "manifest.jsonl"
    path.write_text(
        "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    )
    return path


def good(number: int = 0, **more: object) -> dict:
    talk = {"sound": f"talk{number}.wav", "words": f"talk{number}.json", "options": FAST}
    return talk | {"formats": ["npz"]} | more


def record_of(out) -> list[dict]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def run(settings, *command: object, **environment: str):
    given = environment_of(settings) | environment
    return CliRunner().invoke(app, ["batch", *map(str, command)], env=given)


def test_every_bad_line_is_named_before_anything_is_done(settings, folder):
    (folder / "text.wav").write_bytes(b"no sound at all")
    path = manifest(
        folder,
        good(),
        "{not json",
        good(speaker=99, id="b"),
        {"sound": "nowhere.wav"},
        good(sampling={}),
        good(options={"sampling": {"steps": 1}}, id="c"),
        {"sound": "text.wav"},
        {"speaker": 0},
        good(id="talk0"),
        good(formats="npz", id="d"),
    )
    with pytest.raises(InvalidInputError) as caught:
        read_manifest(path, settings, quiet)
    told = str(caught.value)
    assert "9 lines" in told
    for expected in (
        "line 2: a line must be one JSON object",
        "line 3: speaker 99 is unknown",
        "line 4: there is no file",
        "line 5: sampling must be one of the fields id, sound",
        "line 6: options.sampling.steps: must be within 2..1000",
        "line 7: sound:",
        "line 8: there is no speech",
        "line 9: the id 'talk0' stands on line 1 already",
        "line 10: formats must be a list",
    ):
        assert expected in told, expected
    assert run(settings, path, folder / "out").exit_code != 0
    assert not (folder / "out").exists()


def test_names_come_from_content_and_choices_alone(settings, folder):
    (folder / "again.wav").write_bytes((folder / "talk0.wav").read_bytes())
    path = manifest(
        folder,
        good(),
        good(sound="again.wav", id="other"),
        good(options={"sampling": {"steps": 5}}, id="steps"),
        good(1),
    )
    one, other, steps, talk = read_manifest(path, settings, quiet)
    assert one.key("w", 1) == other.key("w", 1)
    assert (
        len(
            {one.key("w", 1), one.key("w", 2), one.key("v", 1), steps.key("w", 1), talk.key("w", 1)}
        )
        == 5
    )


def test_shards_take_every_entry_once():
    digests = [f"{number:064x}" for number in range(100)]
    taken = [digest for number in (1, 2, 3) for digest in digests if Shard(number, 3).takes(digest)]
    assert sorted(taken) == digests
    for wrong in ("0/3", "4/3", "3", "a/b", "1/"):
        with pytest.raises(InvalidInputError, match="no part"):
            Shard.parse(wrong)


def test_a_torn_last_line_is_cut_and_the_others_count(tmp_path):
    with Record(tmp_path, Shard()) as record:
        record.add(Line("a", "k", "failed", error={"code": "x"}))
        record.add(Line("a", "k", "succeeded", tries=2))
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id": "b", "ke')
    with Record(tmp_path, Shard()) as record:
        record.add(Line("c", "k", "succeeded"))
        assert record.of("a", "k").tries == 2
        assert record.of("b", "k") is None
    assert [each["id"] for each in record_of(tmp_path)] == ["a", "a", "c"]


def test_a_name_may_hold_what_ends_a_line_elsewhere(tmp_path):
    name = "a\u2028b\u2029c\x85d"
    with Record(tmp_path, Shard()) as record:
        record.add(Line(name, "k", "succeeded"))
    with Record(tmp_path, Shard()) as record:
        assert record.of(name, "k") is not None


def test_the_command_makes_all_fails_one_and_goes_on_where_it_ended(settings, folder):
    out = folder / "out"
    path = manifest(
        folder, good(), good(1), {"sound": "silent.wav", "options": FAST}, good(id="twin")
    )
    first = run(settings, path, out)
    lines = {each["id"]: each for each in record_of(out)}

    assert first.exit_code == 1, first.output
    assert "3 done, 0 done before, 1 failed, of 4" in first.output
    assert lines["silent"]["error"]["code"] == "sound_silent"
    assert lines["twin"]["key"] == lines["talk0"]["key"]
    for line in (lines["talk0"], lines["talk1"]):
        for name, digest in line["files"].items():
            assert sha256_of(out / line["folder"] / name) == digest
        assert line["key"] in line["folder"]
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")}
    assert len(made) == 2

    again = run(settings, path, out)
    assert "0 done, 3 done before, 1 failed, of 4" in again.output
    assert len(record_of(out)) == 4, "what was known was written again"
    retried = run(settings, path, out, "--retry-failed")
    assert retried.exit_code == 1
    assert record_of(out)[-1]["tries"] == 2
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")} == made


@pytest.fixture(scope="module")
def here(settings):
    """A maker in this process."""
    with Database.open(settings.database) as database:
        yield Here.open(settings, database)


def test_several_at_once_give_the_bytes_of_each_alone(settings, folder, here):
    entries = read_manifest(
        manifest(folder, good(), good(1), good(options={}, id="c")), settings, quiet
    )
    found = []
    for at_once in (1, 3):
        out = folder / f"out{at_once}"
        with Record(out, Shard()) as record:
            counts = Batch(out, record, here, at_once).run(entries, lambda _counts: None)
        assert (counts.done, counts.failed) == (3, 0)
        found.append({each["id"]: each["key"] for each in record_of(out)})
    assert found[0] == found[1]


class Breaking:
    """A maker that counts what runs at once, and breaks on what it is told to."""

    weights_id, index_version = "w", 1

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.running, self.most, self.made = error, 0, 0, 0
        self._lock = threading.Lock()

    def make(self, entry, key, folder, stop):
        del key, stop
        with self._lock:
            self.running += 1
            self.made += 1
            self.most = max(self.most, self.running)
        time.sleep(0.002)
        with self._lock:
            self.running -= 1
        if self.error is not None and entry.line % 2:
            raise self.error
        (folder / "motion.npz").write_bytes(b"x")
        return {"seconds": 1.0}


def many(settings, folder, count: int):
    [entry] = read_manifest(manifest(folder, good()), settings, quiet)
    sounds = (replace(entry.sound, sha256=f"{n:064x}") for n in range(count))
    return [replace(entry, line=n, id=str(n), sound=each) for n, each in enumerate(sounds)]


def test_a_thousand_entries_run_so_many_at_once(settings, folder):
    maker, entries = Breaking(GestureError("odd", "odd lines fail")), many(settings, folder, 1000)
    seen = []
    with Record(folder / "out", Shard()) as record:
        counts = Batch(folder / "out", record, maker, 8).run(entries, seen.append)
    assert (counts.done, counts.failed, maker.made) == (500, 500, 1000)
    assert 2 <= maker.most <= 8
    assert len(record_of(folder / "out")) == 1000
    assert len(seen) == 1001


def test_a_full_disk_ends_the_batch_and_is_no_failure_of_an_entry(settings, folder):
    maker, entries = Breaking(OSError(28, "No space left on device")), many(settings, folder, 50)
    with Record(folder / "out", Shard()) as record, pytest.raises(OSError, match="No space"):
        Batch(folder / "out", record, maker, 4).run(entries, lambda _counts: None)
    assert maker.made < 50
    assert all(each["state"] == "succeeded" for each in record_of(folder / "out"))
