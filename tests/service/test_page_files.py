"""The page: public files, everything else behind the gate."""

import gzip
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

import service.page
from service.keys import Scope
from service.page import BuiltPage, page_files
from tests.service.curated import curated, key_of
from tests.service.serving import served

INDEX = b"<!doctype html><script type=module src=/assets/a-1f.js></script>"
BEHIND_THE_GATE = ("/v1/exemplars", "/docs", "/openapi.json", "/metrics")
CODE = b"console.log('chironomia');" * 40


def build(folder):
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "assets" / "a-1f.js").write_bytes(CODE)
    (folder / "assets" / "a-1f.js.gz").write_bytes(gzip.compress(CODE))
    (folder / "assets" / "a-1f.js.br").write_bytes(b"as if brotli")
    (folder / "favicon.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / ".secret").write_bytes(b"hidden")


def in_the_past(folder, seconds):
    for each in (folder / "index.html", folder / "assets"):
        os.utime(each, (time.time() - seconds,) * 2)


@contextmanager
def serving(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(service.page, "STATIC", folder)
    settings = curated(tmp_path / "home")
    key = key_of(settings, "ada", Scope.ADMIN)
    with served(settings) as client:
        yield client, key


@pytest.fixture
def page(tmp_path, monkeypatch):
    build(tmp_path / "static")
    with serving(tmp_path / "static", tmp_path, monkeypatch) as found:
        yield found


def get(client, path, accepts="identity", **headers):
    return client.get(path, headers={"Accept-Encoding": accepts} | headers)


def test_the_page_is_public_and_safe(page):
    client, _ = page
    answer = get(client, "/?label=iconic")

    assert (answer.status_code, answer.content) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(
        each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = get(client, "/", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/").status_code == 200


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("identity", None),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0", "gzip"),
    ],
)
def test_files_are_sent_in_the_form_that_was_made_for_the_caller(page, accepts, encoding):
    client, _ = page
    with client.stream("GET", "/assets/a-1f.js", headers={"Accept-Encoding": accepts}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    forms = {None: CODE, "gzip": gzip.compress(CODE), "br": b"as if brotli"}
    assert raw == forms[encoding] or gzip.decompress(raw) == CODE
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/.secret",
        "/assets/a-1f.js.gz",
        "/assets/",
        "/assets/other.js",
        "/assets/../page.py",
        "/index",
        "/exemplars",
        "/v1/exemplars",
        "/docs",
        "/openapi.json",
        "/metrics",
    ],
)
def test_nothing_but_its_files_is_public(page, path):
    client, key = page
    assert client.get(path).status_code == 401
    known = client.get(path, headers=key).status_code
    assert known == (200 if path in BEHIND_THE_GATE else 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_page_is_only_read(page, method):
    client, _ = page
    assert client.request(method, "/").status_code == 401
    assert client.request(method, "/index.html").status_code == 401


def test_a_page_that_is_not_built_says_so_and_how(tmp_path, monkeypatch):
    with serving(tmp_path / "nothing", tmp_path, monkeypatch) as (client, key):
        answer = client.get("/")
        works = client.get("/v1/exemplars", headers=key)
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert works.status_code == 200


def test_a_page_that_is_built_anew_is_shown_without_another_start(tmp_path, monkeypatch):
    folder = tmp_path / "static"
    with serving(folder, tmp_path, monkeypatch) as (client, _):
        assert client.get("/").status_code == 503
        build(folder)
        in_the_past(folder, seconds=120)
        assert client.get("/").content == INDEX
        (folder / "assets" / "a-1f.js").unlink()
        (folder / "assets" / "b-2e.js").write_bytes(b"another build")
        (folder / "index.html").write_bytes(INDEX.replace(b"a-1f", b"b-2e"))
        assert client.get("/").content == INDEX, "what is written at this moment may not be whole"
        in_the_past(folder, seconds=60)
        known = get(client, "/").headers["etag"]
        assert b"b-2e" in get(client, "/").content
        assert get(client, "/", **{"If-None-Match": known}).status_code == 304
        assert client.get("/assets/b-2e.js").content == b"another build"
        assert client.get("/assets/a-1f.js").content == CODE, "an open page still asks for it"


def test_a_file_of_a_new_build_is_found_where_another_process_sent_its_page(tmp_path):
    build(tmp_path)
    in_the_past(tmp_path, seconds=120)
    page = BuiltPage(tmp_path)
    (tmp_path / "assets" / "b-2e.js").write_bytes(b"another build")
    in_the_past(tmp_path, seconds=60)
    found = page.file("/assets/b-2e.js")
    assert found is not None
    assert found.content == b"another build"


def test_the_web_process_shows_motion_without_networks():
    code = (
        "import sys, service.app;"
        "print([name for name in ('torch', 'faiss', 'transformers') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_files_are_found_by_exact_names(tmp_path):
    assert page_files(tmp_path) == {}
    build(tmp_path / "static")
    files = page_files(tmp_path / "static")
    assert set(files) == {"/", "/index.html", "/assets/a-1f.js", "/favicon.svg"}
    assert files["/"].content == INDEX
