"""Webhooks: registered over REST, signed, delivered at least once, and never to a private place."""

import json
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from annotations.webhook_records import WebhookDraft
from annotations.webhook_repository import WebhookRepository
from annotations.webhook_tables import DeliveryRow, WebhookRow
from service.metrics.registry import Metrics
from service.settings import Settings
from service.webhooks import sending as webhook_sending
from service.webhooks.delivery import ATTEMPTS, DISABLED_AFTER, JITTER, Deliverer, wait_after
from service.webhooks.desk import WebhookDesk
from service.webhooks.signing import new_secret
from service.webhooks.targets import TargetError, checked_url, is_public
from tests.databases import KINDS, empty_database
from tests.service.receiver import receiving
from tests.service.serving import served, wait_until
from tests.service.world import send, words_json

EVERYTHING = ("job.succeeded", "job.failed", "job.canceled", "job.expired")


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def sqlite(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'webhooks.db'}") as database:
        yield database


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API alone, which may tell addresses of this machine."""
    home = tmp_path_factory.mktemp("webhooks")
    settings = Settings(home=home, weights="/nowhere", webhook_private=True)
    with served(settings) as client:
        yield client, settings


def registered(database, url: str, events=EVERYTHING):
    with database.session() as session:
        draft = WebhookDraft(url, tuple(events), new_secret(), "ada")
        return WebhookRepository(session).add(draft, datetime.now(UTC))


def ended_job(database, end: str = "succeed") -> str:
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({"words": []}, request_id="request-1")).job.id
        jobs.start(job, "w")
        match end:
            case "succeed":
                jobs.succeed(job, 1, JobOutcome({}))
            case "fail":
                jobs.fail(job, {"type": "internal", "code": "unexpected", "message": "x"})
            case "cancel":
                jobs.cancel(job)
    return job


def cancel_and_lose(database, job: str) -> None:
    with database.session() as session:
        JobRepository(session).cancel(job)
        raise RuntimeError("the transaction is lost")


def deliverer(database, private: bool = True) -> Deliverer:
    return Deliverer(database, Metrics(), private)


def deliveries(database) -> list[DeliveryRow]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at)))


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


def test_the_address_that_was_looked_at_is_the_one_that_is_reached(sqlite, monkeypatch):
    """A name that means another place by the time of the connection leads nowhere new."""
    asked, truly = [], socket.getaddrinfo

    def rebound(host, port, *given, **more):
        if host != "rebound.example":
            return truly(host, port, *given, **more)
        asked.append(host)
        return truly("127.0.0.1" if len(asked) == 1 else "192.0.2.1", port, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    with receiving(204) as receiver:
        registered(sqlite, f"http://rebound.example:{receiver.port}/")
        ended_job(sqlite)
        assert deliverer(sqlite).deliver_next()
    assert asked == ["rebound.example"]
    assert receiver.came[0][0]["host"] == f"rebound.example:{receiver.port}"
    assert deliveries(sqlite)[0].delivered


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
        *("2002:7f00:1::", "2002:c0a8:101::1", "::7f00:1", "2001:0:7f00:1::"),
    ],
)
def test_addresses_that_are_not_of_the_open_network_are_refused(address):
    from ipaddress import ip_address

    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_addresses_of_the_open_network_are_not(address):
    from ipaddress import ip_address

    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "ftp://example.org/", "//example.org", "example.org", ""),
        *("https://", "https:///x", "https://ada:secret@example.org/", "https://example.org:0/"),
        *("https://example.org:99999/", "https://exa mple.org/", "https://[::1", "https://ä.org/"),
        "https://example.org/" + "x" * 2000,
    ],
)
def test_urls_that_no_webhook_may_have_are_refused(url):
    with pytest.raises(TargetError):
        checked_url(url, private=False)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://[::1]:8443/", "https://2130706433/"),
        *("https://0x7f.1/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/"),
        "https://no-such-host.invalid/",
    ],
)
def test_a_private_place_is_refused_when_registered_and_again_when_told(sqlite, url):
    from service.errors import InvalidInputError

    with pytest.raises(InvalidInputError) as caught:
        WebhookDesk(sqlite, private=False).add(url, EVERYTHING, "ada")
    assert caught.value.body.field == "url"

    # registered under another name whose address has changed since
    registered(sqlite, url)
    ended_job(sqlite)
    deliverer(sqlite, private=False).deliver_next()
    [row] = deliveries(sqlite)
    assert row.problem.startswith("not sent: ")
    assert row.status is None


def test_a_webhook_is_registered_listed_tested_rotated_and_removed(client):
    service, settings = client
    with receiving(204) as receiver, Database.open(settings.database) as database:
        made = service.post("/v1/webhooks", json={"url": receiver.url, "events": ["job.canceled"]})
        webhook = made.json()
        place = made.headers["Location"]
        assert made.status_code == 201
        assert service.get(place).json() == {n: v for n, v in webhook.items() if n != "secret"}
        assert webhook["secret"] not in service.get("/v1/webhooks").text

        tested = service.post(f"{place}/test")
        assert tested.status_code == 202
        assert deliverer(database).deliver_next()
        rotated = service.post(f"{place}/secret").json()
        service.post(f"{place}/test")
        job = send(service, words=words_json()).json()
        service.post(job["links"]["cancel"])
        while deliverer(database).deliver_next():
            pass
        told = service.get(f"{place}/deliveries").json()["deliveries"]
        assert service.delete(place).status_code == 204

    (before, body), (both, later), (_, canceled) = receiver.came
    assert Verifier(webhook["secret"]).verify(body, before)["type"] == "webhook.test"
    assert before["webhook-id"] == tested.json()["id"]
    assert rotated["secret"] != webhook["secret"]
    assert rotated["old_secret_until"] is not None
    assert len(both["webhook-signature"].split()) == 2
    for secret in (webhook["secret"], rotated["secret"]):
        Verifier(secret).verify(later, both)
    with pytest.raises(WebhookVerificationError):
        Verifier(rotated["secret"]).verify(body, before)
    assert json.loads(canceled)["data"]["id"] == job["id"]
    assert [(each["event"], each["delivered"]) for each in told] == [
        ("job.canceled", True),
        *[("webhook.test", True)] * 2,
    ]
    assert service.get(place).json()["error"]["code"] == "webhook_unknown"


@pytest.mark.parametrize(
    "asked",
    [
        *({}, {"url": 3}, {"url": "https://example.org/", "events": []}),
        {"url": "https://example.org/", "events": ["job.started"]},
        {"url": "https://example.org/", "secret": "mine"},
        {"url": "file:///etc/passwd"},
    ],
)
def test_what_cannot_be_registered_is_refused_by_field(client, asked):
    service, _ = client
    answer = service.post("/v1/webhooks", json=asked)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"]


@pytest.mark.parametrize("what", ["", "/secret", "/enable", "/test", "/deliveries"])
def test_a_webhook_that_is_not_there_is_told_so(client, what):
    service, _ = client
    method = "GET" if what in {"", "/deliveries"} else "POST"
    answer = service.request(method, f"/v1/webhooks/none{what}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "webhook_unknown")
