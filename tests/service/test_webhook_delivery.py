"""Webhooks are delivered at least once, signed, by one worker at a time, and given up at last."""

import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from annotations.job_repository import JobRepository
from annotations.records import JobDraft
from annotations.webhook_repository import WebhookRepository
from annotations.webhook_tables import DeliveryRow, WebhookRow
from service.webhooks import sending as webhook_sending
from service.webhooks.delivery import ATTEMPTS, DISABLED_AFTER, JITTER, wait_after
from service.webhooks.signing import new_secret
from tests.service.receiver import receiving
from tests.service.serving import wait_until
from tests.service.webhook_world import (
    database,
    deliverer,
    deliveries,
    ended_job,
    registered,
    sqlite,
)

__all__ = ["database", "sqlite"]


def cancel_and_lose(database, job: str) -> None:
    with database.session() as session:
        JobRepository(session).cancel(job)
        raise RuntimeError("the transaction is lost")


def verifier_of_the_docs():
    """The function that the documentation shows."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    [snippet] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(snippet, names)
    return names["verified"]


def make_due(database) -> None:
    now = datetime.now(UTC)
    with database.session() as session:
        session.execute(
            update(DeliveryRow).where(DeliveryRow.ended_at.is_(None)).values(next_at=now)
        )


def test_a_delivery_that_fails_at_first_comes_again_under_the_same_id_and_signed(database):
    with receiving(500, 204) as receiver:
        webhook = registered(database, receiver.url)
        job = ended_job(database)
        delivering = deliverer(database)

        assert delivering.deliver_next()
        assert not delivering.deliver_next(), "it is not due again at once"
        [waiting] = deliveries(database)
        assert (waiting.attempt, waiting.status, waiting.delivered) == (1, 500, False)
        assert timedelta(seconds=3) < waiting.next_at - datetime.now(UTC) < timedelta(seconds=7)
        make_due(database)
        assert delivering.deliver_next()

        [taken] = deliveries(database)
        assert (taken.attempt, taken.status, taken.delivered) == (2, 204, True)
        assert taken.ended_at is not None
        assert not delivering.deliver_next()
        assert len(receiver.came) == 2
        (first, body), (second, again) = receiver.came
    assert body == again
    assert first["webhook-id"] == second["webhook-id"] == taken.id
    assert first["content-type"] == "application/json"
    assert first["host"] == f"localhost:{receiver.port}", "the receiver is asked for by its name"
    assert receiver.paths == ["/hook?for=tests"] * 2
    content = Verifier(webhook.secret).verify(body, second)
    assert content["type"] == "job.succeeded"
    assert content["data"]["id"] == job
    assert content["data"]["request_id"] == "request-1"
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook.secret).verify(body.replace(b"succeeded", b"failed"), first)
    with pytest.raises(WebhookVerificationError):
        Verifier(new_secret()).verify(body, first)
    documented = verifier_of_the_docs()
    assert documented(webhook.secret, second, body) == content
    for secret, sent in ((new_secret(), body), (webhook.secret, body + b" ")):
        with pytest.raises(ValueError, match="not signed"):
            documented(secret, second, sent)
    exposed = delivering.metrics.exposed().decode()
    assert 'chironomia_webhook_deliveries_total{outcome="failed"} 1.0' in exposed
    assert 'chironomia_webhook_deliveries_total{outcome="delivered"} 1.0' in exposed


def test_a_delivery_is_made_with_the_end_of_the_job_or_not_at_all(database):
    registered(database, "https://example.org/hook")
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({})).job.id
    assert deliveries(database) == []
    with pytest.raises(RuntimeError, match="lost"):
        cancel_and_lose(database, job)
    assert deliveries(database) == []
    with database.session() as session:
        JobRepository(session).cancel(job)
        JobRepository(session).cancel(job)
    assert [(each.event, each.job_id) for each in deliveries(database)] == [("job.canceled", job)]


def test_only_the_events_that_were_asked_for_are_told(sqlite):
    some = registered(sqlite, "https://a.example/", ["job.failed"])
    registered(sqlite, "https://b.example/", ["job.succeeded", "job.canceled"])
    for end in ("succeed", "fail", "cancel"):
        ended_job(sqlite, end)
    told = [(each.webhook_id == some.id, each.event) for each in deliveries(sqlite)]
    assert sorted(told) == [
        *((False, "job.canceled"), (False, "job.succeeded")),
        (True, "job.failed"),
    ]


def test_two_workers_never_send_one_delivery_at_the_same_time(database):
    with receiving(204) as receiver:
        registered(database, receiver.url)
        for _ in range(6):
            ended_job(database)
        receiver.hold = threading.Event()
        threads = [
            threading.Thread(target=deliverer(database).deliver_next, daemon=True) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(receiver.came) == 4)
        receiver.hold.set()
        for thread in threads:
            thread.join(20)
        while deliverer(database).deliver_next():
            pass
    ids = [headers["webhook-id"] for headers, _ in receiver.came]
    assert len(ids) == len(set(ids)) == 6


def test_a_delivery_whose_worker_died_is_taken_by_another_which_then_has_the_say(sqlite):
    with receiving(204) as receiver:
        registered(sqlite, receiver.url)
        ended_job(sqlite)
        past = datetime.now(UTC) - timedelta(hours=1)
        with sqlite.session() as session:
            session.execute(update(DeliveryRow).values(next_at=past))
        with sqlite.session() as session:
            dead = WebhookRepository(session).claim(past, past + timedelta(minutes=1))
        assert deliverer(sqlite).deliver_next()
    with sqlite.session() as session:
        late = webhook_sending.Attempt(None, "too late")
        assert not WebhookRepository(session).settle(dead, late, datetime.now(UTC), None)
    [row] = deliveries(sqlite)
    assert (row.attempt, row.delivered) == (2, True)


def test_waits_grow_to_about_a_day_and_are_scattered():
    waits = [wait_after(attempt).total_seconds() for attempt in range(1, ATTEMPTS)]
    assert 4 <= waits[0] <= 6
    assert all(later > 1.5 * before for before, later in zip(waits[:6], waits[1:7], strict=True))
    assert 18 * 3600 < sum(waits) < 30 * 3600
    drawn = {wait_after(9) for _ in range(20)}
    assert len(drawn) > 1
    assert max(drawn) <= (1 + JITTER) / (1 - JITTER) * min(drawn)


def test_the_last_attempt_gives_up_and_long_failure_disables_the_address(sqlite):
    with receiving(503) as receiver:
        webhook = registered(sqlite, receiver.url)
        ended_job(sqlite)
        ended_job(sqlite, "fail")
        long_ago = datetime.now(UTC) - DISABLED_AFTER - timedelta(minutes=1)
        with sqlite.session() as session:
            first = session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at)).first()
            first.attempt = ATTEMPTS - 1
            session.get(WebhookRow, webhook.id).failing_since = long_ago
        assert deliverer(sqlite).deliver_next()
        ended_job(sqlite)
    given_up, dropped = deliveries(sqlite)
    assert (given_up.attempt, given_up.delivered, given_up.ended_at is None) == (12, False, False)
    assert dropped.ended_at is not None
    assert "disabled" in dropped.problem
    with sqlite.session() as session:
        webhooks = WebhookRepository(session)
        assert "no attempt succeeded since" in webhooks.get(webhook.id).disabled_why
        assert webhooks.enable(webhook.id).disabled_at is None
    ended_job(sqlite)
    assert len(deliveries(sqlite)) == 3


def test_an_address_that_answers_gone_is_told_no_more(sqlite):
    with receiving(410) as receiver:
        webhook = registered(sqlite, receiver.url)
        ended_job(sqlite)
        deliverer(sqlite).deliver_next()
    with sqlite.session() as session:
        assert "410" in WebhookRepository(session).get(webhook.id).disabled_why
    ended_job(sqlite)
    assert [each.ended_at is not None for each in deliveries(sqlite)] == [True]


def test_a_success_ends_the_count_of_failing(sqlite):
    with receiving(500, 204) as receiver:
        webhook = registered(sqlite, receiver.url)
        ended_job(sqlite)
        for failing in (True, False):
            make_due(sqlite)
            deliverer(sqlite).deliver_next()
            with sqlite.reading() as session:
                found = WebhookRepository(session).get(webhook.id)
            assert (found.failing_since is not None) is failing


def test_redirects_are_not_followed(sqlite):
    with receiving(302) as receiver:
        registered(sqlite, receiver.url)
        ended_job(sqlite)
        deliverer(sqlite).deliver_next()
    assert receiver.paths == ["/hook?for=tests"]
    assert "redirects are not followed" in deliveries(sqlite)[0].problem


def test_a_receiver_that_never_answers_is_left_after_a_time(sqlite, monkeypatch):
    monkeypatch.setattr(webhook_sending, "SEND_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        registered(sqlite, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        ended_job(sqlite)
        deliverer(sqlite).deliver_next()
    assert "no answer within 0.3 s" in deliveries(sqlite)[0].problem


def test_a_receiver_that_drips_or_floods_is_left_as_well(sqlite, monkeypatch):
    monkeypatch.setattr(webhook_sending, "SEND_SECONDS", 1.0)
    sent = []

    def talk(server, header: bytes, piece: bytes):
        with server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(header)
            try:
                while len(sent) < 10_000:
                    connection.sendall(piece)
                    sent.append(len(piece))
                    stop.wait(0.0 if len(piece) > 1 else 0.05)
            except OSError:
                return

    ends = []
    for header, piece in (
        (b"HTTP/1.1 200 OK\r\nx: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 65536),
    ):
        sent.clear()
        stop = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=talk, args=(server, header, piece), daemon=True)
            thread.start()
            registered(sqlite, f"http://127.0.0.1:{server.getsockname()[1]}/")
            ended_job(sqlite)
            while deliverer(sqlite).deliver_next():
                pass
            stop.set()
            thread.join(10)
        ends.append(sum(sent))
        with sqlite.session() as session:
            for each in WebhookRepository(session).listed():
                WebhookRepository(session).remove(each.id)
    assert ends[0] < 100, "it read a drop at a time for ever"
    assert ends[1] < 10_000_000, "it read all that was sent"
