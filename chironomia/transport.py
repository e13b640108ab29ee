"""A step's request as httpx takes it: the same for both clients."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx

from chironomia.errors import UnsendableError
from chironomia.operations import Address
from chironomia.steps import Call, Reply, Upload

CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Wire:
    """Where requests go and how long they may take."""

    address: Address
    timeout_seconds: float = 60.0

    @property
    def settings(self) -> dict[str, Any]:
        """Of an httpx client."""
        headers = {"User-Agent": f"chironomia/{_version()}"}
        if self.address.key is not None:
            headers["Authorization"] = f"Bearer {self.address.key}"
        return {
            "base_url": self.address.url,
            "headers": headers,
            # a proxy of the environment must not come between programs of one machine
            "trust_env": not _is_loopback(self.address.url),
            "follow_redirects": False,
        }

    @contextmanager
    def opened(self, call: Call) -> Iterator[dict[str, Any]]:
        """A call as arguments of httpx, its files open for as long as they are read."""
        seconds = self.timeout_seconds + call.patience_seconds
        given: dict[str, Any] = {
            "method": call.method,
            "url": call.path,
            "params": dict(call.params),
            "headers": dict(call.headers),
            "timeout": httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        }
        with ExitStack() as held:
            if call.body is not None:
                given["json"] = call.body
            if call.fields:
                given["data"] = dict(call.fields)
            if call.uploads:
                given["files"] = [
                    (name, (upload.name, held.enter_context(_open(upload))))
                    for name, upload in call.uploads
                ]
            yield given


def reply_of(response: httpx.Response, content: bytes = b"") -> Reply:
    """An answer as the operations take it."""
    headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, content)


def told(error: httpx.TransportError) -> str:
    """What came between."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def unsendable(error: httpx.LocalProtocolError) -> UnsendableError:
    """Why a request was not sent, without the content that may be quoted there: it may be a key."""
    problem = re.split(r"\s*\bb['\"]", str(error))[0]
    return UnsendableError(f"the request breaks the rules of HTTP and was not sent: {problem}")


@contextmanager
def _open(upload: Upload) -> Iterator[BinaryIO]:
    source = upload.source
    match source:
        case bytes():
            yield io.BytesIO(source)
        case str() | Path():
            with Path(source).open("rb") as file:
                yield file
        case _:
            # the caller's own file: read from where it was, and left open
            place = source.tell()
            yield source
            source.seek(place)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _version() -> str:
    try:
        return version("chironomia")
    except PackageNotFoundError:
        return "0"
