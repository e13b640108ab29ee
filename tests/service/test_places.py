"""Folders and addresses that a command cannot use: told before it does any work."""

import socket

import pytest

from service.settings import environment_of
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
