"""The end of a process that serves: it takes no new work, and those who wait are let go."""

import threading

from service.errors import UnavailableError


class Drain:
    """Begins once, and never ends but with the process; safe among threads."""

    def __init__(self) -> None:
        self._begun = threading.Event()

    @property
    def begun(self) -> bool:
        """Whether this process is about to leave."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Take no new work from here on."""
        self._begun.set()

    def check(self) -> None:
        """Refuse new work once it has begun."""
        if self.begun:
            raise UnavailableError(
                "draining",
                "this server is about to stop and takes no new work",
                remedy="send it again after the time in Retry-After: another server, or this one "
                "restarted, will take it",
            )
