"""Who may call: keys, their scopes, and which scope each route asks for.

A key is 256 random bits, so that its plain sha256 is safe to store: there is nothing to guess.
As long as no key was ever made, the service is for its own machine only: the server binds a
loopback address and callers from that machine, named ``anonymous``, may do everything.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from annotations.database import Database
from annotations.key_repository import KeyNameTakenError, KeyRepository, StoredKey
from service.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from service.key_refusals import behind_proxy, no_key, unknown_key

PREFIX = "chironomia_"
"""Start of every key, so that one left in a file can be searched for."""
ANONYMOUS = "anonymous"
OPERATOR = "operator"
"""Name of the key that comes with the settings."""
RESERVED_NAMES = frozenset({ANONYMOUS, OPERATOR, "chironomia"})
"""Actors of edits that no key may pose as; ``chironomia`` is the indexing pipeline."""
LONGEST_NAME = 80
_BEHIND_NAME = "\n"
"""Between a caller and an idempotency key; neither a name nor a header may hold it."""
FEWEST_CHARACTERS = 32
"""Of a key that the operator brings along instead of having one made."""


class Scope(StrEnum):
    """What a key allows; ``admin`` allows everything."""

    GENERATE = "generate"
    CURATE = "curate"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)

OPEN_ROUTES = frozenset({"/healthz", "/readyz"})
"""The only routes that answer without a key.

The files of the page do too: `service.page` sends them before the gate, as they hold no data.
"""
SCOPES_OF_ROUTES: dict[str, frozenset[Scope]] = {
    "/v1/gestures": frozenset({Scope.GENERATE}),
    "/v1/batches": frozenset({Scope.GENERATE}),
    "/v1/uploads": frozenset({Scope.GENERATE}),
    # jobs of either; `service.routes.jobs` tells them apart
    "/v1/jobs": frozenset({Scope.GENERATE, Scope.CURATE}),
    "/v1/exemplars": frozenset({Scope.CURATE}),
    "/v1/annotations": frozenset({Scope.CURATE}),
    "/v1/recordings": frozenset({Scope.CURATE}),
    "/v1/explanations": frozenset({Scope.CURATE}),
    "/v1/versions": frozenset({Scope.CURATE}),
    "/v1/tags": frozenset({Scope.CURATE}),
    "/v1/info": ALL_SCOPES,
    "/metrics": ALL_SCOPES,
    "/openapi.json": ALL_SCOPES,
    "/docs": ALL_SCOPES,
}
"""Which scopes open a route, by its first segments; one that is not named here asks for admin."""


@dataclass(frozen=True)
class Caller:
    """Who sent a request; the name is the actor of its edits."""

    name: str
    scopes: frozenset[Scope]

    def check(self, path: str) -> None:
        """Refuse a route that none of the caller's scopes opens."""
        self.ask_for(scopes_opening(path), "the route")

    def own_key(self, key: str | None) -> str | None:
        """An idempotency key apart from every one of another caller.

        A slash is enough behind a name without any, and stored keys have it there.
        """
        if key is None:
            return None
        return f"{self.name}{_BEHIND_NAME if '/' in self.name else '/'}{key}"

    def ask_for(self, opening: frozenset[Scope], what: str) -> None:
        """Refuse what none of the caller's scopes opens."""
        if self.scopes & (opening | {Scope.ADMIN}):
            return
        asked = " or ".join(sorted(opening - {Scope.ADMIN}) or [Scope.ADMIN])
        raise ForbiddenError(
            "scope_missing",
            f"the key {self.name!r} does not allow this: {what} asks for the scope {asked}",
            field="Authorization",
            limit=asked,
            found=", ".join(sorted(self.scopes)),
            remedy=f"have a key made with `chironomia keys add NAME --scope {asked.split()[0]}`",
        )


@dataclass(frozen=True)
class Origin:
    """Where a request came from, as far as it can be told."""

    peer: str | None
    """Address of the other end of the connection."""
    host: str
    """The Host header: what the caller believes to talk to."""
    page: str | None
    """The Origin header: which web page made a browser send it."""
    forwarded: bool = False
    """Whether a proxy sent it on, so that the peer says nothing of who asks."""

    @property
    def on_this_machine(self) -> bool:
        """Whether a program of this machine sent it, not a web page that misuses its browser."""
        named = urlsplit(f"//{self.host}").hostname
        page = None if self.page is None else urlsplit(self.page).hostname
        return (
            is_loopback(self.peer)
            and is_loopback(named)
            and (self.page is None or is_loopback(page))
        )


def sent_key(own_key: str) -> str:
    """An idempotency key as its caller sent it."""
    behind = _BEHIND_NAME if _BEHIND_NAME in own_key else "/"
    return own_key.partition(behind)[2]


def scopes_opening(path: str) -> frozenset[Scope]:
    """Scopes that open the route of that path, ``admin`` always among them."""
    named = (
        scopes
        for start, scopes in SCOPES_OF_ROUTES.items()
        if path == start or path.startswith(f"{start}/")
    )
    return next(named, frozenset[Scope]()) | {Scope.ADMIN}


def is_loopback(host: str | None) -> bool:
    """Whether a name or address means this machine, and only this machine can reach it."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def sha256_of_key(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class KeyDesk:
    """Makes, lists, revokes and recognises keys."""

    database: Database

    def add(self, name: str, scopes: frozenset[Scope]) -> str:
        """Make a key; it is told this once and never again."""
        key = PREFIX + secrets.token_urlsafe(32)
        self._store(checked_name(name), key, scopes)
        return key

    def prepare(self, host: str, admin_key: SecretStr | None) -> None:
        """Before a server listens: take the operator's key, refuse an open door."""
        if admin_key is not None:
            self._bring(OPERATOR, admin_key.get_secret_value())
        self.check_host(host)

    def _bring(self, name: str, key: str) -> None:
        """Accept a key that the operator chose, in place of the one that had its name."""
        if len(key) < FEWEST_CHARACTERS:
            raise InvalidInputError(
                "key_too_short",
                "the key is too short to be safe",
                field="CHIRONOMIA_ADMIN_KEY",
                limit=f"at least {FEWEST_CHARACTERS} characters",
                found=f"{len(key)} characters",
                remedy="make one with `openssl rand -hex 32`",
            )
        with self.database.session() as session:
            keys = KeyRepository(session)
            if keys.under(sha256_of_key(key)) is None:
                keys.revoke(name)
                keys.add(name, sha256_of_key(key), (Scope.ADMIN,))

    def listed(self) -> tuple[StoredKey, ...]:
        """All keys, oldest first."""
        with self.database.reading() as session:
            return KeyRepository(session).listed()

    def revoke(self, name: str) -> StoredKey:
        """Make a key useless from the next request on."""
        with self.database.session() as session:
            revoked = KeyRepository(session).revoke(name)
        if revoked is None:
            raise NotFoundError(
                "key_unknown",
                f"there is no key named {name!r} in use",
                field="name",
                found=name,
                remedy="`chironomia keys list` names all keys",
            )
        return revoked

    def caller(self, key: str | None, origin: Origin) -> Caller:
        """Who holds the key; without any key ever made, anybody on this machine."""
        with self.database.reading() as session:
            keys = KeyRepository(session)
            known = None if key is None else keys.under(sha256_of_key(key))
            locked = known is not None or keys.any_ever()
        if known is not None:
            return Caller(known.name, frozenset(Scope(scope) for scope in known.scopes))
        if key is not None:
            raise unknown_key()
        if locked or not origin.on_this_machine:
            raise no_key()
        if origin.forwarded:
            raise behind_proxy()
        return Caller(ANONYMOUS, ALL_SCOPES)

    def check_host(self, host: str) -> None:
        """Refuse to listen beyond this machine while nobody holds a key."""
        if is_loopback(host):
            return
        with self.database.reading() as session:
            if KeyRepository(session).any_in_use():
                return
        raise InvalidInputError(
            "keys_missing",
            f"the service would listen on {host} for everybody: no key is in use",
            field="CHIRONOMIA_HOST",
            limit="a loopback address such as 127.0.0.1, as long as there is no key",
            found=host,
            remedy="make a key with `chironomia keys add NAME --scope generate`, or set "
            "CHIRONOMIA_ADMIN_KEY",
        )

    def _store(self, name: str, key: str, scopes: frozenset[Scope]) -> None:
        try:
            with self.database.session() as session:
                KeyRepository(session).add(name, sha256_of_key(key), tuple(sorted(scopes)))
        except KeyNameTakenError as error:
            raise InvalidInputError(
                "key_name_taken",
                str(error),
                field="name",
                found=name,
                remedy=f"`chironomia keys revoke {name}`, or take another name",
            ) from error


def checked_name(name: str) -> str:
    """A name that edits may be signed with."""
    if name in RESERVED_NAMES or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInputError(
            "key_name_invalid",
            f"a key cannot be named {name[:LONGEST_NAME]!r}",
            field="name",
            limit=f"1 to {LONGEST_NAME} printable characters, not {sorted(RESERVED_NAMES)}",
            found=name[:LONGEST_NAME],
            remedy="name the person or the program that will hold the key",
        )
    return name
