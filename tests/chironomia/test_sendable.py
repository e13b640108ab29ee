"""Keys and ids that no request can hold: refused at once, and never told."""

import asyncio
from contextlib import suppress

import httpx
import pytest

from chironomia import AsyncClient, Client, Retry, UnexpectedAnswerError, UnsendableError
from tests.chironomia.nasty import JOB, nasty, said

QUICK = Retry(attempts=3, first_seconds=0.001)
SECRET = "the-secret-itself"
both = pytest.mark.parametrize("kind", ["sync", "async"])


def called(kind: str, url: str, key: str | None, method: str, *given: object, **named: object):
    """What a method of either client returns."""
    if kind == "sync":
        with Client(url, key, retry=QUICK) as client:
            return getattr(client, method)(*given, **named)

    async def awaited():
        async with AsyncClient(url, key, retry=QUICK) as client:
            return await getattr(client, method)(*given, **named)

    return asyncio.run(awaited())


@both
@pytest.mark.parametrize("key", [f"{SECRET}\n", f" {SECRET}\r\n", f"\t{SECRET} "])
def test_what_surrounds_a_key_is_none_of_it(kind, key, monkeypatch):
    with nasty(said(JOB)) as server:
        called(kind, server.url, key, "job", "a1")
        monkeypatch.setenv("CHIRONOMIA_KEY", key)
        called(kind, server.url, None, "job", "a1")
    assert [each.headers["authorization"] for each in server.seen] == [f"Bearer {SECRET}"] * 2


@both
@pytest.mark.parametrize("wrong", ["a\nb", "a\x00b", "schlüssel", "“a”"])
def test_a_key_that_is_no_header_is_refused_untold(kind, wrong):
    with pytest.raises(UnsendableError, match="key must be printable ASCII") as caught:
        called(kind, "http://127.0.0.1:7499", SECRET + wrong, "job", "a1")
    assert SECRET not in str(caught.value)


@both
@pytest.mark.parametrize("wrong", ["a\nb", " a", "a ", "ü", "\x7f"])
@pytest.mark.parametrize("method", ["submit", "submit_batch"])
def test_an_idempotency_key_that_is_no_header_is_refused(kind, method, wrong):
    given = b"sound" if method == "submit" else [{"text": "hello"}]
    told = pytest.raises(UnsendableError, match="idempotency_key must be printable ASCII")
    with nasty(said(JOB)) as server, told:
        called(kind, server.url, None, method, given, idempotency_key=wrong)
    assert server.seen == []


@both
def test_what_httpx_refuses_to_send_is_not_tried_again_and_tells_no_content(kind, monkeypatch):
    tried = []

    def refuse(*_: object, **__: object) -> None:
        tried.append(1)
        raise httpx.LocalProtocolError(f"Illegal header value b'Bearer {SECRET}'")

    monkeypatch.setattr(httpx.Client, "request", refuse)
    monkeypatch.setattr(httpx.AsyncClient, "request", refuse)
    with pytest.raises(UnsendableError, match="not sent: Illegal header value$") as caught:
        called(kind, "http://127.0.0.1:7499", None, "job", "a1")
    assert caught.value.__suppress_context__
    assert len(tried) == 1


@both
@pytest.mark.parametrize("method", ["job", "wait", "cancel", "provenance", "batch", "cancel_batch"])
def test_an_id_stays_one_segment_of_the_path(kind, method):
    with nasty(said({})) as server:
        with suppress(UnexpectedAnswerError):
            called(kind, server.url, None, method, "../info?a#b")
        for none in ("", ".", "..", "a\ud800"):
            with pytest.raises(UnsendableError, match="must be the id that the service gave"):
                called(kind, server.url, None, method, none)
    [asked] = server.seen
    assert asked.path.split("/")[3] == "..%2Finfo%3Fa%23b"


@both
@pytest.mark.parametrize(
    "wrong",
    ["localhost:8000", "127.0.0.1:8000", "host", "ftp://a", "http:host", "http://", "http://a b"],
)
def test_an_address_that_is_none_of_http_is_refused_at_once(kind, wrong, monkeypatch):
    told = pytest.raises(UnsendableError, match="url must begin with http:// or https://")
    with told as caught:
        called(kind, wrong, None, "job", "a1")
    assert repr(wrong) in str(caught.value)
    monkeypatch.setenv("CHIRONOMIA_URL", wrong)
    with pytest.raises(UnsendableError, match="CHIRONOMIA_URL must begin with"):
        called(kind, "", None, "job", "a1")


@both
def test_an_address_that_lacks_its_scheme_is_told_with_one(kind):
    with pytest.raises(UnsendableError, match="write http://localhost:8000 or https://"):
        called(kind, "localhost:8000", None, "job", "a1")


@both
@pytest.mark.parametrize("wrong", ["http://host:http", "http://host:99999", "http://[::1"])
def test_an_address_that_cannot_be_read_is_refused_at_once(kind, wrong):
    with pytest.raises(UnsendableError, match="url cannot be read as an address"):
        called(kind, wrong, None, "job", "a1")


@both
def test_a_password_in_an_address_is_not_told(kind):
    for wrong in (f"me:{SECRET}@host", f"http://me:{SECRET}@host:99999"):
        with pytest.raises(UnsendableError, match="url") as caught:
            called(kind, wrong, None, "job", "a1")
        assert SECRET not in str(caught.value)
        assert SECRET not in str(caught.value.__cause__)


@both
def test_blanks_and_slashes_around_an_address_are_none_of_it(kind):
    with nasty(said(JOB), said(JOB)) as server:
        called(kind, f" {server.url}/ \n", None, "job", "a1")
        called(kind, server.url.replace("http", "HTTP"), None, "job", "a1")
    assert [each.path for each in server.seen] == ["/v1/jobs/a1"] * 2
