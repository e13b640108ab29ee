"""Webhooks are registered, listed, tested, rotated and removed over REST."""

import json

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from annotations.database import Database
from service.settings import Settings
from tests.service.receiver import receiving
from tests.service.serving import served
from tests.service.webhook_world import deliverer
from tests.service.world import send, words_json


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API alone, which may tell addresses of this machine."""
    home = tmp_path_factory.mktemp("webhooks")
    settings = Settings(home=home, weights="/nowhere", webhook_private=True)
    with served(settings) as client:
        yield client, settings


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
