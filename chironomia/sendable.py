"""What a caller gives, as a request can hold it: refused before anything is sent."""

from urllib.parse import quote, urlsplit

from chironomia.errors import UnsendableError


def header_of(name: str, text: str) -> str:
    """The text as it may stand in a header; what it is stays untold, it may be secret."""
    if not text:
        raise UnsendableError(f"{name} must be printable ASCII, found none at all")
    wrong = [place for place, each in enumerate(text, 1) if not " " <= each <= "~"]
    wrong += [place for place in (1, len(text)) if text[place - 1] == " "]
    if wrong:
        raise UnsendableError(
            f"{name} must be printable ASCII without blanks around it; character {wrong[0]} of "
            f"{len(text)} is not: look for line ends, quotes and letters of other alphabets"
        )
    return text


def segment_of(name: str, text: str) -> str:
    """An id as one segment of a path; dots alone would lead to another one."""
    if not text.strip("."):
        raise UnsendableError(f"{name} must be the id that the service gave, found {text!r}")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise UnsendableError(
            f"{name} must be the id that the service gave, found {text!r}"
        ) from None


def address_of(name: str, url: str) -> str:
    """The address of a service, without slashes at its end; a password in it stays untold."""
    shown = "***" + url[url.rindex("@") :] if "@" in url else url
    try:
        parts = urlsplit(url)
        found = parts.scheme, parts.hostname, parts.port
    except ValueError:
        # what is wrong may quote a password
        raise UnsendableError(f"{name} cannot be read as an address, found {shown!r}") from None
    scheme, host, _ = found
    if scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        advice = "" if "//" in url else f"; write http://{shown} or https://{shown}"
        raise UnsendableError(
            f"{name} must begin with http:// or https://, found {shown!r}{advice}"
        )
    return url.rstrip("/")
