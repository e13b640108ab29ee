"""The API's server, which on a signal first lets the work end and then leaves."""

import threading
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from service.drain import Drain

CLOSE_SECONDS = 5
"""How long answers that are being sent may take once the work has ended."""

_log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """Answers on while the worker finishes: only new work is refused."""

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self.drain = drain
        self.finish: Callable[[], None] = lambda: None
        """Ends the work that runs; returns when that is done."""

    def stop(self) -> None:
        """Close the door and end, at once."""
        self.drain.begin()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the end, the second one ends at once."""
        if self.drain.begun:
            super().handle_exit(sig, frame)
            return
        self.drain.begin()
        threading.Thread(target=self._leave, daemon=True).start()

    def _leave(self) -> None:
        _log.info("draining; a second signal ends at once")
        self.finish()
        self.should_exit = True
