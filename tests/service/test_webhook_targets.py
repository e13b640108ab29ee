"""Webhooks never reach a private place."""

import socket

import pytest

from service.webhooks.desk import WebhookDesk
from service.webhooks.targets import TargetError, checked_url, is_public
from tests.service.receiver import receiving
from tests.service.webhook_world import (
    EVERYTHING,
    database,
    deliverer,
    deliveries,
    ended_job,
    registered,
    sqlite,
)

__all__ = ["database", "sqlite"]


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
