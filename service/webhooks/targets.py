"""Which addresses a webhook may reach, and that it reaches no other.

A name is resolved once for each attempt; every address it means must be public, and the
connection is made to the very address that was looked at.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 2000
_CARRYING_IPV4 = (
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/48"),
)
"""NAT64: the last 32 bits are an IPv4 address that a gateway would go on to."""
Address = IPv4Address | IPv6Address


class TargetError(ValueError):
    """A webhook may not, or cannot, be sent there."""


@dataclass(frozen=True)
class Target:
    """Where to connect to, and what the receiver is called."""

    address: str
    """A literal IP address: nothing resolves it again."""
    host: str
    port: int
    https: bool
    path: str
    """With its query."""

    @property
    def url(self) -> str:
        """The URL of the address itself."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.https else 'http'}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """What the receiver is asked for."""
        usual = 443 if self.https else 80
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == usual else f"{name}:{self.port}"


def checked_url(url: str, private: bool) -> SplitResult:
    """A URL that a webhook may have; ``private`` allows plain HTTP as well."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise TargetError(f"a URL has at most {LONGEST_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError(f"it cannot be read as a URL: {error}") from error
    if parts.scheme not in (("http", "https") if private else ("https",)):
        raise TargetError(f"it must begin with https://, found {parts.scheme or 'no scheme'}")
    if not parts.hostname or port == 0:
        raise TargetError("it names no host")
    if parts.username is not None or parts.password is not None:
        raise TargetError("it must not hold a name or password; deliveries are signed instead")
    return parts


async def resolved(url: str, private: bool) -> Target:
    """The address that a URL means now; refused where any of its addresses is not public."""
    parts = checked_url(url, private)
    host, https = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    addresses = await _addresses(host, port)
    for address in addresses:
        if not private and not is_public(address):
            raise TargetError(f"{host} means {address}, which is not a public address")
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(str(addresses[0]), host, port, https, path + query)


async def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"{host} has no address: {error}") from error
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses:
        raise TargetError(f"{host} has no address")
    return addresses


def is_public(address: Address) -> bool:
    """Whether an address is one of the open network, also seen through what it is wrapped in."""
    if address.is_multicast or address.is_unspecified or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return True
    if address.is_site_local:
        return False
    return all(map(is_public, _inner(address)))


def _inner(address: IPv6Address) -> list[Address]:
    """IPv4 addresses that an IPv6 address stands for."""
    found: list[Address] = [each for each in (address.ipv4_mapped, address.sixtofour) if each]
    if address.teredo:
        found += address.teredo
    if any(address in network for network in _CARRYING_IPV4):
        found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    # the deprecated ::a.b.c.d
    if int(address) >> 32 == 0:
        found.append(IPv4Address(int(address)))
    return found
