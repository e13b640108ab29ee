"""Folders and addresses that a command is given, looked at before it does any work."""

import errno
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import InvalidInputError

if TYPE_CHECKING:
    from service.settings import Settings

_REMEDIES = {
    errno.EADDRINUSE: "end what listens there, or name another port: --port",
    errno.EACCES: "name a port from 1024 on: --port",
}
"""What to do about a port that cannot be had."""


def prepare_folder(folder: Path) -> None:
    """Make a folder for results; `InvalidInputError` where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidInputError(
            "out_unusable",
            f"nothing can be written to {folder}: {error.strerror or error}",
            field="--out",
            found=str(folder),
            remedy="name a folder that you may write to",
        ) from error


def check_home(
    settings: "Settings", wanted: str = "index", making: str = "chironomia index build"
) -> None:
    """Refuse a home that nobody ever filled, where a command only uses what it holds.

    ``wanted`` is what the command looks for there, ``making`` the command that makes it.
    """
    from annotations.database import schema_state, without_password

    if schema_state(settings.database).found is not None:
        return
    own = settings.database_url is None
    place = str(settings.home) if own else without_password(settings.database)
    problem = "there is no folder" if own and not settings.home.is_dir() else "no database lies at"
    raise InvalidInputError(
        "home_missing",
        f"{problem} {place}",
        field="CHIRONOMIA_HOME" if own else "CHIRONOMIA_DATABASE_URL",
        found=place,
        remedy=f"name the one that has your {wanted} (--home), or make one: `{making}`",
    )


def check_address(host: str, port: int) -> None:
    """Refuse an address that nothing can listen on, e.g. since something else does."""
    found: list[OSError | None] = []
    try:
        for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            found.append(_why_not_bound(family, address))
    except socket.gaierror as error:
        found.append(error)
    except UnicodeError:
        found.append(OSError(0, "that is no name of a machine"))
    problems = [each for each in found if each is not None]
    taken = [each for each in problems if each.errno in _REMEDIES]
    # a name may stand for addresses that this machine lacks, as long as it has one of them
    if taken or len(problems) == len(found):
        first = (taken or problems)[0]
        raise InvalidInputError(
            "address_unusable",
            f"cannot listen on {host} port {port}: {first.strerror or first}",
            field="CHIRONOMIA_PORT" if taken else "CHIRONOMIA_HOST",
            found=str(port) if taken else host,
            remedy=_REMEDIES.get(first.errno or 0, "name an address of this machine: --host"),
        ) from first


def _why_not_bound(family: int, address: tuple[Any, ...]) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            # as the server does: what is left of an earlier one does not count
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            tried.bind(address)
    except OSError as error:
        return error
    return None
