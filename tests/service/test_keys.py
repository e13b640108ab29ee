"""Keys: who is let in, and that nobody else is."""

import socket

import pytest
from pydantic import SecretStr
from starlette.routing import Route

from annotations.database import Database
from service.app import create_app
from service.errors import GestureError, InvalidInputError, NotFoundError
from service.keys import ALL_SCOPES, Caller, KeyDesk, Origin, Scope, scopes_opening, sent_key
from service.settings import Settings
from tests.service.serving import served
from tests.service.world import send, words_json

HERE = Origin(peer="127.0.0.1", host="127.0.0.1:8000", page=None)
OPEN = {"/healthz", "/readyz"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A service with one key for each scope, and a client without any."""
    settings = Settings(home=tmp_path_factory.mktemp("locked"), weights="/nowhere")
    with Database.open(settings.database) as database:
        desk = KeyDesk(database)
        keys = {scope: desk.add(f"{scope} only", frozenset({scope})) for scope in Scope}
    with served(settings) as client:
        yield client, keys


@pytest.fixture
def two_callers(tmp_path):
    """A service with a key each for callers whose names begin alike."""
    settings = Settings(home=tmp_path, weights="/nowhere")
    with Database.open(settings.database) as database:
        desk = KeyDesk(database)
        keys = {name: desk.add(name, frozenset({Scope.GENERATE})) for name in ("team", "team/x")}
    with served(settings) as client:
        yield client, keys


@pytest.fixture
def desk(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'keys.db'}") as database:
        yield KeyDesk(database)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def flat(listed):
    """Routes, also those of included routers, which newer releases of the framework keep apart."""
    for route in listed:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else flat(included.routes)


def routes(folder) -> list[tuple[str, str]]:
    """Method and address of everything that the application answers."""
    with Database.open(f"sqlite:///{folder / 'routes.db'}") as database:
        app = create_app(Settings(home=folder), database)
    walked = []
    for route in flat(app.routes):
        assert isinstance(route, Route), f"{route} needs a way to be walked by this test"
        address = route.path.replace("{kind}", "npz")
        for name in route.param_convertors:
            address = address.replace(f"{{{name}}}", "1")
        walked += [(method, address) for method in sorted(route.methods or ())]
    assert len(walked) > 8
    return walked


def test_every_route_but_the_health_routes_asks_for_a_key(locked, tmp_path):
    client, _ = locked
    # the page's own files are public, see test_page_files: nothing else at or below / is
    others = [("GET", "/nothing/here"), ("POST", "/"), ("GET", "/assets/nothing.js")]
    for method, address in [*routes(tmp_path), *others]:
        answer = client.request(method, address)
        if address in OPEN:
            assert answer.status_code in {200, 503}, address
            continue
        assert answer.status_code == 401, f"{method} {address}"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        if method != "HEAD":
            error = answer.json()["error"]
            assert (error["type"], error["code"]) == ("unauthenticated", "key_missing")
            assert "chironomia keys add" in error["remedy"]


def test_every_route_refuses_a_key_without_its_scope(locked, tmp_path):
    client, keys = locked
    for method, address in routes(tmp_path):
        opening = scopes_opening(address)
        assert Scope.ADMIN in opening
        for scope in ALL_SCOPES - opening:
            answer = client.request(method, address, headers=bearer(keys[scope]))
            assert answer.status_code in ({200, 503} if address in OPEN else {403}), address
            if answer.status_code == 403 and method != "HEAD":
                error = answer.json()["error"]
                assert error["code"] == "scope_missing"
                assert error["found"] == scope
                assert "--scope" in error["remedy"]


def test_a_key_with_the_scope_is_let_in(locked):
    client, keys = locked
    for scope in (Scope.GENERATE, Scope.ADMIN):
        answer = client.get("/v1/jobs/none", headers=bearer(keys[scope]))
        assert answer.json()["error"]["code"] == "job_unknown"
    for key in keys.values():
        assert client.get("/v1/info", headers=bearer(key)).status_code == 200
        assert "/v1/gestures" in client.get("/openapi.json", headers=bearer(key)).json()["paths"]
        assert "openapi.json" in client.get("/docs", headers=bearer(key)).text


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic {}", "{}", "Bearer {}x"])
def test_anything_but_the_whole_key_is_refused(locked, header):
    client, keys = locked
    sent = {"Authorization": header.format(keys[Scope.ADMIN])}
    assert client.get("/v1/info", headers=sent).status_code == 401


def test_a_request_without_a_key_is_refused_before_its_body_is_read(locked):
    client, _ = locked
    place = client.base_url
    with socket.create_connection((place.host, place.port), timeout=20) as connection:
        connection.sendall(
            b"POST /v1/gestures HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_routes_and_methods_that_are_not_there_are_told_in_our_form(locked):
    client, keys = locked
    admin = bearer(keys[Scope.ADMIN])
    missing = client.get("/v1/nothing", headers=admin)
    wrong = client.delete("/v1/info", headers=admin)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "route_unknown")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_unknown")
    assert "GET" in wrong.headers["Allow"]


def test_a_revoked_key_ends_with_the_next_request_and_leaves_the_door_shut(tmp_path):
    settings = Settings(home=tmp_path, weights="/nowhere")
    with Database.open(settings.database) as database, served(settings) as client:
        desk = KeyDesk(database)
        assert client.get("/v1/info").status_code == 200
        key = desk.add("ada", frozenset({Scope.CURATE}))
        assert client.get("/v1/info").status_code == 401
        assert client.get("/v1/info", headers=bearer(key)).status_code == 200
        desk.revoke("ada")
        refused = client.get("/v1/info", headers=bearer(key))
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "key_unknown")
        assert client.get("/v1/info").status_code == 401
        assert client.get("/healthz").status_code == 200


def test_without_keys_a_web_page_cannot_borrow_the_browser_of_this_machine(desk):
    assert desk.caller(None, HERE).name == "anonymous"
    pages = {"http://localhost:5173": True, "https://evil.example": False, "null": False}
    for page, trusted in pages.items():
        given = Origin("127.0.0.1", "localhost:8000", page)
        assert given.on_this_machine is trusted
    for host in ("evil.example", "evil.example:8000", "", "127.0.0.1.evil.example"):
        with pytest.raises(GestureError) as caught:
            desk.caller(None, Origin("127.0.0.1", host, None))
        assert caught.value.status_code == 401
    for peer in ("192.168.0.7", "not an address", None):
        with pytest.raises(GestureError):
            desk.caller(None, Origin(peer, "localhost", None))
    assert desk.caller(None, Origin("::1", "[::1]:8000", None)).scopes == ALL_SCOPES


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For"])
def test_without_keys_nobody_comes_in_through_a_proxy_of_this_machine(tmp_path, name):
    settings = Settings(home=tmp_path, weights="/nowhere")
    sent = {name: "for=127.0.0.1" if name == "Forwarded" else "127.0.0.1"}
    with Database.open(settings.database) as database, served(settings) as client:
        assert client.get("/v1/info").status_code == 200
        refused = client.get("/v1/info", headers=sent)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (401, "proxy_without_keys")
        assert "chironomia keys add" in error["remedy"]
        assert client.get("/healthz", headers=sent).status_code == 200
        key = KeyDesk(database).add("ada", frozenset({Scope.GENERATE}))
        assert client.get("/v1/info", headers=sent | bearer(key)).status_code == 200


def test_only_the_sha256_of_a_key_is_stored(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'keys.db'}") as database:
        key = KeyDesk(database).add("ada", frozenset({Scope.CURATE}))
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"ada" in stored
    assert key.encode() not in stored
    assert len(key) > 43


def test_a_name_belongs_to_one_key_in_use(desk):
    first = desk.add("ada", frozenset({Scope.CURATE}))
    with pytest.raises(InvalidInputError, match="in use"):
        desk.add("ada", frozenset({Scope.ADMIN}))
    desk.revoke("ada")
    assert desk.add("ada", frozenset({Scope.CURATE})) != first
    assert [key.revoked_at is None for key in desk.listed()] == [False, True]


@pytest.mark.parametrize("name", ["", "anonymous", "chironomia", "operator", "a\nb", "x" * 81])
def test_a_key_cannot_pose_as_somebody_else(desk, name):
    with pytest.raises(InvalidInputError, match="cannot be named"):
        desk.add(name, frozenset({Scope.CURATE}))


def test_idempotency_keys_of_two_callers_never_meet():
    sent = ["1", "x/1", "y/x/1", "/1", "/", "//"]
    names = ["team", "team/x", "team/x/y", "team/", "/", "/team"]
    own = {(name, key): Caller(name, ALL_SCOPES).own_key(key) for name in names for key in sent}
    assert len(set(own.values())) == len(own)
    assert all(sent_key(text) == key for (_, key), text in own.items())
    # as it is stored by releases before
    assert own["team", "x/1"] == "team/x/1"


def test_a_caller_is_not_answered_with_the_job_of_one_whose_name_begins_alike(two_callers):
    client, keys = two_callers
    team, other = (bearer(keys[name]) for name in ("team", "team/x"))
    first = send(client, headers=team | {"Idempotency-Key": "x/1"}, words=words_json())
    second = send(client, headers=other | {"Idempotency-Key": "1"}, words=words_json())
    again = send(client, headers=other | {"Idempotency-Key": "1"}, words=words_json())
    reused = send(client, headers=other | {"Idempotency-Key": "1"}, words=words_json(4.0))
    assert (first.status_code, second.status_code, again.status_code) == (202, 202, 200)
    assert first.json()["id"] != second.json()["id"] == again.json()["id"]
    assert (reused.status_code, reused.json()["error"]["found"]) == (409, "1")


def test_a_key_that_is_not_there_cannot_be_revoked(desk):
    with pytest.raises(NotFoundError, match="'ada'"):
        desk.revoke("ada")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.x"])
def test_a_server_without_keys_does_not_listen_beyond_its_machine(desk, host):
    with pytest.raises(InvalidInputError, match="no key is in use") as caught:
        desk.prepare(host, None)
    assert "chironomia keys add" in caught.value.body.remedy
    desk.add("ada", frozenset({Scope.CURATE}))
    desk.prepare(host, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.0.1"])
def test_a_loopback_server_needs_no_key(desk, host):
    desk.prepare(host, None)


def test_the_key_of_the_settings_opens_everything_and_replaces_the_one_before(desk):
    with pytest.raises(InvalidInputError, match="too short"):
        desk.prepare("0.0.0.0", SecretStr("secret"))
    desk.prepare("0.0.0.0", SecretStr("a" * 32))
    desk.prepare("0.0.0.0", SecretStr("a" * 32))
    assert desk.caller("a" * 32, HERE).scopes == {Scope.ADMIN}
    desk.prepare("0.0.0.0", SecretStr("b" * 32))
    assert desk.caller("b" * 32, HERE).name == "operator"
    with pytest.raises(GestureError):
        desk.caller("a" * 32, HERE)
