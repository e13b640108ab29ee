"""What goes wrong in a running service: the job says what it was, the next one succeeds."""

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from service.settings import environment_of
from service.storage import Storage
from tests.service.faulty_worker import FAULT
from tests.service.serving import served, wait_until
from tests.service.world import copied_world, finished, send, spoken, words_json

HUGE = {"sampling": {"steps": 4, "mode": "none"}, "output": {"formats": ["json"]}}
FULL_BYTES = 16_384


class Faulty:
    """A service whose worker has the fault that it is told to have."""

    def __init__(self, settings, client):
        self.settings, self.client = settings, client
        self.storage = Storage(settings.home)
        self.killed = set()
        self.process = self._started()
        wait_until(lambda: self.ready)

    @property
    def ready(self) -> bool:
        """Whether it can serve; fails where its worker never will."""
        assert self.process.poll() is None, "the worker has left"
        return self.client.get("/readyz").status_code == 200

    def _started(self):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.service.faulty_worker"],
            env=os.environ | environment_of(self.settings),
        )

    def restart_once_dead(self):
        self.process.wait()
        self.process = self._started()

    @contextmanager
    def having(self, fault: str):
        told = self.settings.home / FAULT
        told.write_text(fault)
        try:
            yield
        finally:
            told.unlink(missing_ok=True)

    def asked(self, **given) -> str:
        answer = send(self.client, **(given or {"words": words_json()}))
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def error_of(self, **given):
        """How a job fails now."""
        ended = finished(self.client, self.asked(**given))
        assert ended["state"] == "failed", ended
        for each in ("type", "code", "message", "retryable", "remedy"):
            assert each in ended["error"], each
        return ended["error"]

    def check_well(self):
        """It calls itself ready, the next job succeeds, and nothing half lies about."""
        assert self.client.get("/readyz").status_code == 200
        ended = finished(self.client, self.asked())
        assert ended["state"] == "succeeded", ended
        result = self.client.get(ended["links"]["npz"])
        assert hashlib.sha256(result.content).hexdigest() == result.headers["etag"].strip('"')
        half = [path.name for path in (self.settings.home / "results").glob(".*")]
        assert [name for name in half if name.split(".")[1] not in self.killed] == []


@pytest.fixture(scope="module")
def faulty(settings, tmp_path_factory):
    apart = copied_world(settings, tmp_path_factory.mktemp("faulty"), queue_jobs=8)
    with served(apart) as client:
        service = Faulty(apart, client)
        yield service
        service.process.kill()
        service.process.wait()


@pytest.mark.parametrize(
    ("fault", "kind", "code", "retryable"),
    [
        ("stage", "internal", "unexpected", True),
        ("launch", "internal", "unexpected", True),
        ("nan", "internal", "not_finite", False),
        ("oom 0", "unavailable", "out_of_memory", True),
        ("memory", "unavailable", "out_of_memory", True),
    ],
)
def test_a_stage_that_fails_ends_its_job_alone(faulty, fault, kind, code, retryable):
    with faulty.having(fault):
        error = faulty.error_of()
    assert (error["type"], error["code"], error["retryable"]) == (kind, code, retryable)
    faulty.check_well()


def test_what_does_not_fit_into_memory_together_is_made_in_smaller_batches(faulty):
    with faulty.having("oom 1"):
        jobs = [faulty.asked(words=words_json(25.0)) for _ in range(3)]
        assert {finished(faulty.client, job)["state"] for job in jobs} == {"succeeded"}
    faulty.check_well()


@pytest.mark.parametrize("fault", ["kill", "device"])
def test_a_worker_that_ends_in_the_middle_loses_no_job(faulty, fault):
    with faulty.having(fault):
        job = faulty.asked()
        if fault == "kill":
            faulty.killed.add(job)
        faulty.restart_once_dead()
        ended = finished(faulty.client, job)
    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    faulty.check_well()


def test_a_result_too_large_for_the_disk_fails_alone(faulty):
    error = faulty.error_of(words=words_json(190.0), options=HUGE)
    assert (error["code"], error["retryable"]) == ("storage_full", True)
    assert str(faulty.settings.home) not in str(error)
    faulty.check_well()


@contextmanager
def in_the_way(folder):
    """A file where a folder belongs, which stops root as well."""
    aside = folder.with_name("aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)


@contextmanager
def mounted(folder, options: str):
    """A small file system of its own over the folder."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_results_that_cannot_be_written_fail_their_job_alone(faulty):
    with in_the_way(faulty.settings.home / "results"):
        assert faulty.error_of()["code"] == "storage_unusable"
    faulty.check_well()


@pytest.mark.parametrize(
    ("options", "code"), [(f"size={FULL_BYTES}", "storage_full"), ("ro", "storage_unusable")]
)
def test_a_disk_of_results_that_is_full_or_read_only(faulty, options, code):
    with mounted(faulty.settings.home / "results", options):
        assert faulty.error_of()["code"] == code
    faulty.check_well()


@pytest.mark.parametrize(
    ("options", "code"), [(f"size={FULL_BYTES}", "storage_full"), ("ro", "storage_unusable")]
)
def test_a_disk_of_uploads_that_is_full_or_read_only(faulty, options, code):
    with mounted(faulty.settings.home / "uploads", options):
        refused = send(faulty.client, sound=spoken())
    assert refused.status_code == 503
    error = refused.json()["error"]
    assert (error["type"], error["code"], error["retryable"]) == ("unavailable", code, True)
    assert int(refused.headers["Retry-After"]) > 0
    faulty.check_well()
    assert send(faulty.client, sound=spoken()).status_code == 202


def test_uploads_that_cannot_be_kept_are_refused(faulty):
    with in_the_way(faulty.settings.home / "uploads"):
        refused = send(faulty.client, sound=spoken(2.5))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage_unusable")
    faulty.check_well()


@pytest.mark.parametrize("damage", ["torn", "noise"])
def test_a_sound_that_was_damaged_after_it_was_taken(faulty, damage):
    sound = spoken(2.0 if damage == "torn" else 2.2)
    kept = faulty.storage.upload(hashlib.sha256(sound).hexdigest())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(sound[:20] if damage == "torn" else os.urandom(len(sound)))

    error = faulty.error_of(sound=sound)

    assert (error["type"], error["code"]) == ("invalid_input", "sound_unusable")
    faulty.check_well()


def test_a_sound_that_is_gone(faulty):
    sound = spoken(2.4)
    kept = faulty.storage.upload(hashlib.sha256(sound).hexdigest())
    kept.mkdir(parents=True)
    assert faulty.error_of(sound=sound)["code"] == "storage_unusable"
    faulty.check_well()
