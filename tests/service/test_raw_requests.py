"""Requests that are refused by what they are made of: size, form, fields, methods."""

import json
import socket
from urllib.parse import quote_plus, urlsplit

import pytest

from tests.service.test_rest import submit, submitted

__all__ = ["submitted"]


def first_lines(client, head: str, body: bytes = b"") -> tuple[int, dict]:
    """Status and error of a request of which no more than this is ever sent."""
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        head = head.replace("\n", f"\nHost: {address.netloc}\n", 1)
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
            piece = connection.recv(65536)
            assert piece, answer
            answer += piece
    return int(answer.split()[1]), json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


FORM = "Content-Type: multipart/form-data; boundary=b"


def test_a_full_queue_refuses_before_it_reads_the_body(desk, submitted):
    for _ in range(3):
        submitted()
    for route in ("gestures", "jobs", "recordings", "explanations"):
        head = f"POST /v1/{route} HTTP/1.1\n{FORM}\nContent-Length: 100000000"
        status, error = first_lines(desk, head)
        assert (status, error["type"], error["limit"]) == (429, "overloaded", "3 jobs")


def test_a_body_over_the_limit_is_refused_before_it_is_read(desk):
    limit = desk.get("/v1/info").json()["limits"]["max_body_bytes"]
    head = f"POST /v1/jobs HTTP/1.1\n{FORM}\nContent-Length: {limit + 1}"
    status, error = first_lines(desk, head)
    assert (status, error["field"], error["limit"]) == (413, "body", f"{limit} bytes")


def test_a_body_of_unknown_length_is_refused_where_it_passes_the_limit(desk):
    limit = desk.get("/v1/info").json()["limits"]["max_plain_body_bytes"]
    piece = b"a" * 2**20
    pieces = (piece for _ in range(limit // len(piece) + 1))
    kind = {"Content-Type": "application/json"}
    answer = desk.post("/v1/exemplars/bulk", content=pieces, headers=kind)
    assert (answer.status_code, answer.json()["error"]["limit"]) == (413, f"{limit} bytes")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/jobs", "GET, POST"),
        ("PATCH", "/v1/exemplars/bulk", "POST"),
        ("OPTIONS", "/v1/versions/promote", "POST"),
    ],
)
def test_a_method_that_a_route_does_not_know_is_told_those_that_it_knows(
    desk, method, path, allowed
):
    answer = desk.request(method, path, json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["error"]["limit"] == allowed


BROKEN = {
    "no boundary": ("multipart/form-data", b"--b\r\n\r\n", 400),
    "no end": ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data", 422),
    "no form at all": ("multipart/form-data; boundary=b", b"\x00\xff" * 50, 400),
    "JSON": ("application/json", b"{}", 415),
    "half a character": ("application/x-www-form-urlencoded", b"text=%ed%a0%80", 422),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_body_that_is_broken_is_refused_by_name(desk, case):
    kind, body, status = BROKEN[case]
    answer = desk.post("/v1/jobs", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["field"]
    assert error["remedy"]
    assert error["type"] in {"invalid_input", "unsupported_media"}


PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


@pytest.mark.parametrize("field", ["text", "options", "ünknown"])
@pytest.mark.parametrize("form", ["multipart", "urlencoded"])
def test_a_text_that_is_too_long_for_a_field_is_refused_by_the_name_of_the_field(desk, form, field):
    long = b"a" * (2**20 + 1)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"speaker=1&" + quote_plus(field).encode() + b"=" + long
    if form == "multipart":
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        body = PART % (b"speaker", b"1") + PART % (field.encode(), long) + b"--b--"
    answer = desk.post("/v1/jobs", content=body, headers=kind)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["field"]) == (413, "too_large", field)
    assert error["limit"] == "1 MiB"


def test_every_limit_is_published(desk):
    limits = desk.get("/v1/info").json()["limits"]
    assert None not in [value for name, value in limits.items() if name != "speakers"]
    assert (limits["queue_jobs"], limits["max_wait_seconds"]) == (3, 120.0)
    refused = desk.get("/v1/jobs", params={"limit": limits["max_listed_jobs"] + 1})
    assert refused.status_code == 422
    key = {"Idempotency-Key": "k" * (limits["max_idempotency_key"] + 1)}
    assert submit(desk, headers=key).status_code == 422
