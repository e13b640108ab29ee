"""Log lines of serve and worker: set up once when a process starts, never at import.

What is bound with `bound` stands in every line until it is left: the id of a request, and for
its job, in the worker, the same id again.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.settings import Settings

_QUIET = ("dbos", "alembic", "uvicorn.error", "httpx")
"""Loggers of libraries that tell their routine; only their warnings are shown."""
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_SECRETS = re.compile(r"(chironomia_|whsec_)[A-Za-z0-9_+/=-]{32,}")
"""Keys of callers and secrets of webhooks, by how they begin."""


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
        without_secrets,
    ]
    if settings.log_format == "json":
        last: list[Processor] = [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.log_level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
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


def without_secrets(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """The line with every key or secret in its texts cut down to how it begins."""
    return {name: _shown(value) for name, value in line.items()}


def _shown(value: object) -> object:
    return _SECRETS.sub(r"\1***", value) if isinstance(value, str) else value
