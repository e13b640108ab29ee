"""Log lines of serve and worker: set up once when a process starts, never at import.

What is bound with `bound` stands in every line until it is left: the id of a request, and for
its job, in the worker, the same id again.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from service.settings import Settings

_QUIET = ("dbos", "alembic", "uvicorn.error", "httpx")
"""Loggers of libraries that tell their routine; only their warnings are shown."""
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_TEXTS = frozenset({"event", "exception", "stack"})
"""Of a line: what keeps its line ends."""
_KEYS = re.compile(r"(chironomia_|whsec_)[A-Za-z0-9_+/=-]{32,}")
"""Keys of callers and secrets of webhooks, by how they begin."""
_FEWEST_CHARACTERS = 12
"""Of a setting that is cut out by its value; a shorter one would take common words with it."""


def current_request_id() -> str | None:
    """The id of the request that is being answered, if one is."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return None if found is None else str(found)


@contextmanager
def bound(**known: object) -> Iterator[None]:
    """Put values into every line of this thread; those that are ``None`` are left out."""
    given = {name: value for name, value in known.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**given):
        yield


def configure_logs(settings: Settings) -> None:
    """Write our lines and the libraries' warnings to stderr, in the format of the settings."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _last_steps(settings)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.log_level]),
        # a line and its end in one piece: processes that share a log write between two
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    lines.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _last_steps(settings: Settings) -> list[Processor]:
    """Tracebacks become text before the secrets are cut out, and nothing is added behind that.

    They never tell local variables: those hold keys, sounds and texts of callers.
    """
    secrets = Secrets.of(settings)
    if settings.log_format == "json":
        traceback = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [traceback, secrets, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [ExceptionRenderer(), secrets, _visible, console]


@dataclass(frozen=True)
class _Quoted:
    """Text that is shown as Python writes it."""

    text: str

    def __repr__(self) -> str:
        return repr(self.text)


def _visible(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """The line without characters that would steer a terminal; callers choose paths and names."""
    return {name: _escaped(name, value) for name, value in line.items()}


def _escaped(name: str, value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    if name in _TEXTS:
        kept = (c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in value)
        return "".join(kept)
    return _Quoted(value)


@dataclass(frozen=True)
class Secrets:
    """What no line may tell: keys by how they begin, and the secrets of the settings themselves."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The secrets of these settings, longest first: one may hold another."""
        keys = (settings.admin_key, settings.llm_key, settings.tts_key)
        found = {key.get_secret_value() for key in keys if key is not None}
        password = urlsplit(settings.database).password
        if password is not None:
            found |= {password, unquote(password)}
        long = (value for value in found if len(value) >= _FEWEST_CHARACTERS)
        return cls(tuple(sorted(long, key=len, reverse=True)))

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        """The line with every secret in it cut out, however deep it lies."""
        return {name: self._shown(value) for name, value in line.items()}

    def _shown(self, value: object) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self._cut(value)
            case Mapping():
                return {self._cut(str(name)): self._shown(each) for name, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._shown(each) for each in value]
            case _:
                # as the renderers would show it
                return self._cut(repr(value))

    def _cut(self, text: str) -> str:
        for value in self.values:
            text = text.replace(value, "***")
        return _KEYS.sub(r"\1***", text)
