"""Folders and addresses that a command cannot use: told before it does any work."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from service.commands.serve import keep_workers
from service.errors import UnavailableError
from service.metrics.registry import Metrics
from service.settings import Settings, environment_of
from service.worker_status import WorkerStatus
from tests.service.test_commands import run


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_generate_finds_out_that_it_cannot_write_before_it_loads(
    folder, settings, tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").touch()
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    asked = ("generate", str(tmp_path / "none.wav"), "--out", str(tmp_path / folder))

    assert run(monkeypatch, *asked) == 2

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"error: nothing can be written to {tmp_path / folder}: ")
    assert "  remedy: name a folder that you may write to" in lines


def test_generate_makes_no_database_in_a_home_that_is_not_there(tmp_path, monkeypatch, capsys):
    home, out = tmp_path / "mistyped", tmp_path / "out"

    asked = ("generate", "none.wav", "--home", str(home), "--out", str(out))
    assert run(monkeypatch, *asked) == 2

    assert f"error: there is no folder {home}" in capsys.readouterr().err
    assert not home.exists()
    assert not out.exists()


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", ("error: cannot listen on 127.0.0.1 port ", "  remedy: end what listens")),
        ("192.0.2.1", ("error: cannot listen on 192.0.2.1 port ", "  remedy: name an address")),
        ("a..b", ("error: cannot listen on a..b port ", "  remedy: name an address")),
    ],
)
def test_serve_names_an_address_that_it_cannot_have_before_it_starts_a_worker(
    host, told, tmp_path, monkeypatch, capsys
):
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        asked = ("serve", "--home", str(home), "--host", host, "--port", port)
        assert run(monkeypatch, *asked) == 2

    shown = capsys.readouterr().err
    for each in told:
        assert each in shown
    assert port in shown
    assert not home.exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_names_a_metrics_port_that_it_cannot_have(tmp_path, workers):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = (sys.executable, "-m", "service", "worker", "--home", str(tmp_path))
        ran = subprocess.run(
            [*command, "--workers", workers],
            env=os.environ | {"CHIRONOMIA_METRICS_PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )

    assert ran.returncode == 2, ran.stderr
    lines = ran.stderr.splitlines()
    assert lines[-4:] == [
        f"error: the worker cannot tell its metrics on 127.0.0.1:{port}: Address already in use",
        "  field: CHIRONOMIA_METRICS_PORT",
        f"  found: {port}",
        "  remedy: end what listens there, or name another port",
    ]
    assert "Traceback" not in ran.stderr


def test_no_worker_is_started_beside_a_metrics_port_that_cannot_be_had(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr("subprocess.Popen", lambda *given, **_: started.append(given))
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = Settings(home=tmp_path, workers=2, metrics_port=taken)
        with pytest.raises(UnavailableError, match="Address already in use"):
            keep_workers(settings, threading.Event())
    assert started == []


def test_an_address_for_metrics_that_is_none_of_this_machine_is_named(tmp_path):
    settings = Settings(home=tmp_path, metrics_host="192.0.2.1", metrics_port=9464)
    with pytest.raises(UnavailableError, match=r"on 192\.0\.2\.1:9464") as caught:
        WorkerStatus(settings, Metrics(), lambda: True)
    assert caught.value.body.field == "CHIRONOMIA_METRICS_HOST"
    assert caught.value.body.remedy == "name an address of this machine"
