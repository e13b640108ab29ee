"""The language model's labels, from a real local server that misbehaves."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from annotations import llm
from annotations.gesture_types import LEAST_APART_SECONDS, annotate_gesture_types
from annotations.llm import Labelled, LLMLabeller
from annotations.types import GestureType, Prominence, Source
from tests.annotations.chat_server import (
    Server,
    dripping,
    hanging_up,
    labels,
    says,
    silent,
    status,
    torn,
)
from tests.annotations.spoken import spoken

KEY = "very-secret-key"
TEXT = "the garden was full of roses and my father planted them here"
ROSES = {"labels": [{"first": 5, "last": 5, "type": "metaphoric"}]}


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(llm, "FIRST_WAIT_SECONDS", 0.01)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


def asked(server: Server, text: str = TEXT, taken=frozenset(), **options) -> Labelled:
    words = spoken(text)
    prominences = [Prominence(w.text, w.interval, 1.5) for w in words]
    built_in = annotate_gesture_types(words, prominences, taken=taken)
    labeller = LLMLabeller(server.url, "small", **{"timeout_seconds": 5.0, **options})
    return labeller(words, prominences, built_in, taken)


def built_in(text: str = TEXT):
    words = spoken(text)
    return annotate_gesture_types(words, [Prominence(w.text, w.interval, 1.5) for w in words])


def strong(labelled: Labelled) -> list[tuple[str, str, Source]]:
    return [
        (x.type.value, x.word, x.source) for x in labelled.labels if x.type is not GestureType.BEAT
    ]


def test_a_good_answer_becomes_labels_with_beats_around_them(server):
    server.replies = [labels((5, 5, "metaphoric"), (11, 11, "deictic"))]
    found = asked(server, key=KEY)
    assert found.note is None
    assert strong(found) == [
        ("metaphoric", "roses", Source.LLM),
        ("deictic", "here", Source.LLM),
    ]
    assert [x.tokens for x in found.labels if x.source is Source.LLM] == [(5,), (11,)]
    assert all(0.0 < x.probability <= 1.0 for x in found.labels)
    assert any(x.type is GestureType.BEAT for x in found.labels)
    assert server.keys == [f"Bearer {KEY}"]
    assert server.paths == ["/v1/chat/completions"]
    body = server.requests[0]
    assert body["messages"][1]["content"].startswith("0:the 1:garden 2:was")
    enum = body["response_format"]["json_schema"]["schema"]["properties"]["labels"]["items"]
    assert enum["properties"]["type"]["enum"] == [kind.value for kind in GestureType]


@pytest.mark.parametrize(
    "reply",
    [
        status(500),
        status(503, Retry_After="0"),
        status(429, Retry_After="0"),
        status(429, Retry_After=formatdate(0, usegmt=True)),
        status(429, Retry_After="soon"),
        says("I would gesture on roses."),
        says('{"labels": [{"first": 5, "last": 5, "type": "emblem"}]}'),
        says('{"labels": [{"first": "5", "last": 5, "type": "iconic"}]}'),
        says('{"labels": [], "why": "none"}'),
        says("[" * 100_000),
        labels((5, 12, "iconic")),
        labels((-1, 0, "iconic")),
        labels((6, 5, "iconic")),
        labels((0, 1, "iconic"), (1, 2, "beat")),
        labels((0, 0, "iconic"), (5, 5, "iconic"), (9, 9, "deictic")),
        status(200, b"<html>"),
        status(200, b'{"choices": []}'),
        status(200, b'{"choices": [{"message": {"content": null}}]}'),
        status(200, b"\xff\xfe\x00"),
        hanging_up,
        torn,
    ],
)
def test_after_a_bad_answer_it_asks_again_and_else_the_built_in_labeller_answers(server, reply):
    server.replies = [reply, says(json.dumps(ROSES))]
    again = asked(server)
    assert strong(again) == [("metaphoric", "roses", Source.LLM)]
    assert again.note is None

    server.requests.clear()
    server.replies = [reply]
    never = asked(server)
    assert never.labels == built_in()
    assert "the built-in labeller answered" in never.note
    assert len(server.requests) == 3


@pytest.mark.parametrize("reply", [silent, dripping])
def test_a_slow_server_is_left_in_time(server, reply):
    server.replies = [reply]
    begun = time.monotonic()
    found = asked(server, timeout_seconds=0.3)
    assert time.monotonic() - begun < 2.0
    assert found.labels == built_in()
    assert "no answer within 0.3 s" in found.note


def test_a_wait_that_is_asked_for_is_kept(server):
    server.replies = [status(429, Retry_After="1"), says(json.dumps(ROSES))]
    begun = time.monotonic()
    assert asked(server).note is None
    assert time.monotonic() - begun >= 1.0


def test_a_wait_beyond_the_time_limit_is_not_begun(server):
    server.replies = [status(429, Retry_After="3600")]
    begun = time.monotonic()
    assert "HTTP status 429" in asked(server).note
    assert time.monotonic() - begun < 2.0
    assert len(server.requests) == 1


def test_a_refused_key_is_not_tried_again_and_not_shown(server, caplog):
    server.replies = [status(401, f"wrong key {KEY}".encode())]
    with caplog.at_level(logging.DEBUG):
        found = asked(server, text=f"{TEXT} " * 6, key=KEY)
    assert len(server.requests) == 1
    assert "HTTP status 401" in found.note
    assert KEY not in found.note
    assert KEY not in caplog.text
    assert KEY not in repr(LLMLabeller(server.url, "small", KEY))


def test_an_endpoint_that_knows_no_schema_is_asked_without(server):
    server.replies = [status(400), says(f"```json\n{json.dumps(ROSES)}\n```")]
    assert strong(asked(server)) == [("metaphoric", "roses", Source.LLM)]
    assert ["response_format" in body for body in server.requests] == [True, False]


def test_an_endless_answer_is_cut_off(server):
    server.replies = [status(200, b" " * (llm.MOST_ANSWER_BYTES + 1))]
    assert "bytes" in asked(server, retries=0).note


def test_no_server_at_all_is_no_crash(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    labeller = LLMLabeller("http://127.0.0.1:9/v1", "small", retries=0)
    words = spoken(TEXT)
    prominences = [Prominence(w.text, w.interval, 1.5) for w in words]
    found = labeller(words, prominences, built_in())
    assert found.labels == built_in()
    assert "connection failed" in found.note


def test_long_talks_are_sent_ten_seconds_at_a_time_and_one_may_fail(server):
    text = f"{TEXT} " * 6
    server.replies = [labels((5, 5, "iconic")), status(500), labels((5, 5, "iconic"))]
    found = asked(server, text=text, retries=0)
    assert len(server.requests) == 3
    assert "1 of 3 stretches" in found.note
    assert all(body["messages"][1]["content"].count(":") <= 25 for body in server.requests)
    sources = {label.source for label in found.labels}
    assert sources == {Source.LLM, Source.RULES}
    spans = [x.interval for x in found.labels if x.type is not GestureType.BEAT]
    for first, second in zip(spans, spans[1:], strict=False):
        assert second.start - first.end >= LEAST_APART_SECONDS - 1e-9


def test_a_dead_server_is_not_asked_for_every_window(server):
    server.replies = [status(500)]
    found = asked(server, text=f"{TEXT} " * 30, retries=0)
    assert len(server.requests) == llm.MOST_FAILURES
    assert found.labels == built_in(f"{TEXT} " * 30)


def test_connectives_get_no_label_of_the_model(server):
    server.replies = [says(json.dumps(ROSES))]
    assert strong(asked(server, taken=frozenset({5}))) == []


def test_beats_of_the_model_are_beats(server):
    server.replies = [labels((1, 1, "beat"))]
    found = asked(server)
    assert ("beat", (1,), Source.LLM) in [(x.type.value, x.tokens, x.source) for x in found.labels]


def test_no_words_ask_nothing(server):
    assert LLMLabeller(server.url, "small")((), (), ()) == Labelled(())
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "options", "problem"),
    [
        ("localhost:8080", {}, "scheme"),
        ("ftp://host/v1", {}, "scheme"),
        ("http://user:word@host/v1", {}, "user name"),
        ("http://host/v1?key=word", {}, "query"),
        ("http://host/v1", {"key": "se cret\n"}, "LLM key"),
        ("http://host/v1", {"timeout_seconds": 0.0}, "timeout_seconds"),
        ("http://host/v1", {"retries": -1}, "retries"),
    ],
)
def test_what_cannot_work_is_refused_without_showing_secrets(url, options, problem):
    with pytest.raises(ValueError, match=problem) as found:
        LLMLabeller(url, "small", **options)
    assert "word" not in str(found.value)
    assert "se cret" not in str(found.value)
