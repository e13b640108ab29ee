"""Log lines of serve and worker: set up once when a process starts, never at import."""

import logging
import sys

import structlog
from structlog.typing import Processor

from service.settings import Settings

_QUIET = ("dbos", "alembic", "uvicorn.error", "httpx")
"""Loggers of libraries that tell their routine; only their warnings are shown."""


def configure_logs(settings: Settings) -> None:
    """Write our lines and the libraries' warnings to stderr, in the format of the settings."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
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
