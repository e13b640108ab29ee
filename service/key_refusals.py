"""Why somebody is not let in, and what to do about it."""

from service.errors import UnauthenticatedError


def no_key() -> UnauthenticatedError:
    """The request came without a key."""
    return UnauthenticatedError(
        "key_missing",
        "this service asks for a key",
        field="Authorization",
        found="no key",
        remedy="send `Authorization: Bearer KEY`; `chironomia keys add` makes one",
    )


def behind_proxy() -> UnauthenticatedError:
    """A proxy sent the request on, so that nobody can tell whose it is."""
    return UnauthenticatedError(
        "proxy_without_keys",
        "a proxy sent this request on, and no key was ever made: everybody whom the proxy lets "
        "through could do everything here",
        field="Authorization",
        limit="without keys, requests of this machine alone",
        found="a request with Forwarded or X-Forwarded-For",
        remedy="make a key with `chironomia keys add NAME --scope admin`, and send it as "
        "`Authorization: Bearer KEY`",
    )


def unknown_key() -> UnauthenticatedError:
    """The key is none that is in use."""
    return UnauthenticatedError(
        "key_unknown",
        "the key is not known, or was revoked",
        field="Authorization",
        found="a key that is not in use",
        remedy="check that the whole key was sent, or ask for another one",
    )
