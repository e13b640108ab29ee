"""How training tells what it is doing: a callback, so that loops stay free of terminals."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what the last step said)."""


def silent(done: int, total: int, message: str) -> None:
    """Tell nobody."""
    del done, total, message
