"""Metrics: what is counted, under labels that callers cannot invent."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from annotations.tables import JobRow
from annotations.worker_repository import LiveWorker, WorkerRepository
from diffusion.counters import EngineCounters
from service.errors import UnavailableError
from service.metrics.engine import EngineWatch
from service.metrics.files import share_metrics
from service.metrics.queue import QueueMetrics
from service.metrics.registry import OTHER, Metrics
from service.reporting import StageClock
from service.settings import Settings
from service.worker_status import WorkerStatus
from tests.databases import KINDS, empty_database
from tests.service.world import send, words_json


def samples(text: bytes | str) -> dict[tuple[str, ...], float]:
    """Name and label values of every sample; refuses what Prometheus could not read."""
    content = text if isinstance(text, str) else text.decode()
    found = {}
    for family in text_string_to_metric_families(content):
        assert family.documentation, family.name
        for sample in family.samples:
            key = (sample.name, *(sample.labels[name] for name in sorted(sample.labels)))
            assert key not in found
            found[key] = sample.value
    return found


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


def test_a_job_leaves_the_time_of_every_stage(service, done):
    del done
    send(service, words=words_json(), headers={"Prefer": "wait=100"})
    found = samples(service.get("/metrics").text)
    assert found["chironomia_database_up",] == 1
    assert found["chironomia_workers_ready",] >= 1
    assert found["chironomia_jobs_submitted_total", "gestures"] >= 1
    assert found["chironomia_http_requests_total", "POST", "/v1/gestures", "200"] >= 1
    assert found["chironomia_queue_jobs", "gestures", "queued"] == 0


def test_the_queue_is_counted_by_state_and_kind_and_tells_its_age(database):
    with database.session() as session:
        jobs = JobRepository(session)
        for kind, seconds in (("gestures", 10.0), ("gestures", 5.0), ("recording", 0.0)):
            made = jobs.submit(JobDraft({}, kind=kind, sound_seconds=seconds)).job
            row = session.get(JobRow, made.id)
            row.created_at = datetime.now(UTC) - timedelta(seconds=60 if seconds == 5.0 else 1)
        running = jobs.submit(JobDraft({}, sound_seconds=7.0)).job
        jobs.start(running.id, "w")
        WorkerRepository(session).beat(LiveWorker("w", "weights", 1, "cpu"))
        WorkerRepository(session).beat(LiveWorker("leaving", "weights", 1, "cpu", draining=True))

    found = samples(Metrics().exposed([QueueMetrics(database)]))

    assert found["chironomia_queue_jobs", "gestures", "queued"] == 2
    assert found["chironomia_queue_jobs", "recording", "queued"] == 1
    assert found["chironomia_queue_jobs", "gestures", "running"] == 1
    assert found["chironomia_queue_jobs", "explanation", "running"] == 0
    assert found["chironomia_queue_sound_seconds", "gestures", "queued"] == 15
    assert 60 <= found["chironomia_queue_oldest_seconds",] < 90
    assert found["chironomia_workers_ready",] == 1, "one that is about to leave takes nothing"


def test_without_a_database_the_metrics_say_so_and_are_there(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'gone' / 'x.db'}") as database:
        pass
    for file in (tmp_path / "gone").iterdir():
        file.unlink()
    (tmp_path / "gone").rmdir()
    found = samples(Metrics().exposed([QueueMetrics(database)]))
    assert found["chironomia_database_up",] == 0
    assert ("chironomia_queue_oldest_seconds",) not in found


def test_stages_are_timed_one_after_the_other_and_decoding_begins_behind_the_last_step():
    metrics = Metrics()
    clock = StageClock(metrics)
    for stage, done, total in (
        ("speak", 0, 1),
        *(("annotate", 0, 1), ("retrieve", 0, 1), ("place", 0, 1)),
        *(("denoise", 1, 4), ("denoise", 4, 4), ("denoise", 4, 4), ("export", 0, 1)),
        ("a stage that nobody listed", 0, 1),
    ):
        clock.see(stage, done, total)
    clock.end()
    clock.end()
    found = samples(metrics.exposed())
    for stage in ("speak", "annotate", "retrieve", "place", "denoise", "decode", "export", OTHER):
        assert found["chironomia_stage_seconds_count", stage] == 1, stage
    assert ("chironomia_stage_seconds_count", "a stage that nobody listed") not in found


def test_what_the_engine_did_is_counted_once():
    metrics = Metrics()
    watch = EngineWatch(metrics)
    first = EngineCounters(ticks=3, windows=2, batches=(2, 1), waiting_seconds=0.5)
    for counters in (first, first, replace(first, ticks=4, batches=(2, 2), windows=3)):
        watch.look(counters)
    found = samples(metrics.exposed())
    assert found["chironomia_engine_batch_windows_count",] == 4
    assert found["chironomia_engine_batch_windows_sum",] == 6
    assert found["chironomia_engine_windows_total",] == 3
    assert found["chironomia_engine_wait_seconds_total",] == 0.5


COUNT = """
import sys
from pathlib import Path
from service.metrics.files import share_metrics
share_metrics(Path(sys.argv[1]))
from service.metrics.registry import Metrics
metrics = Metrics()
metrics.submitted.labels("gestures").inc(int(sys.argv[2]))
metrics.running.inc()
print(metrics.exposed().decode())
input()
"""


def counting(home, count: int) -> subprocess.Popen:
    command = [sys.executable, "-c", COUNT, str(home), str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process) -> dict[tuple[str, ...], float]:
    lines = []
    while not (lines and lines[-1].startswith("chironomia_webhook") and "total" in lines[-1]):
        lines.append(process.stdout.readline())
        if lines[-1] == "\n":
            break
    return samples("".join(lines))


def test_processes_of_one_machine_add_up_and_the_dead_are_forgotten_at_the_next_start(tmp_path):
    with counting(tmp_path, 2) as first:
        assert told(first)["chironomia_jobs_submitted_total", "gestures"] == 2
        with counting(tmp_path, 3) as second:
            both = told(second)
            second.communicate("\n", timeout=60)
        assert both["chironomia_jobs_submitted_total", "gestures"] == 5
        assert both["chironomia_worker_jobs_running",] == 2
        with counting(tmp_path, 0) as third:
            after = told(third)
            third.communicate("\n", timeout=60)
        assert after["chironomia_jobs_submitted_total", "gestures"] == 2
        assert after["chironomia_worker_jobs_running",] == 2
        first.communicate("\n", timeout=60)


def test_only_files_of_dead_processes_are_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    folder = share_metrics(tmp_path)
    names = {f"counter_{os.getppid()}.db": True, f"counter_{os.getpid()}.db": False}
    names |= {"counter_999999999.db": False, "gauge_livesum_x.db": False, "notes.txt": True}
    for name in names:
        (folder / name).write_bytes(b"")
    assert share_metrics(tmp_path) == folder
    assert {name: (folder / name).exists() for name in names} == names


def test_a_worker_of_its_own_tells_its_metrics_and_its_health(tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(home=tmp_path, metrics_port=taken.getsockname()[1])
        with pytest.raises(UnavailableError, match="cannot tell its metrics") as caught:
            WorkerStatus(settings, Metrics(), lambda: True)
        assert caught.value.body.remedy
    ready, metrics = [], Metrics()
    metrics.submitted.labels("gestures").inc()
    with WorkerStatus(settings, metrics, lambda: bool(ready)) as status:
        url = f"http://127.0.0.1:{status.port}"
        assert httpx.get(f"{url}/readyz").status_code == 503
        ready.append(True)
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert httpx.get(f"{url}/else").status_code == 404
        found = samples(httpx.get(f"{url}/metrics").text)
    assert found["chironomia_jobs_submitted_total", "gestures"] == 1
    with WorkerStatus(Settings(home=tmp_path), metrics, lambda: True) as silent:
        assert silent.port is None
