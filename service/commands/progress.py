"""Progress bars on long work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[int, int, str], None]
"""Called with (done, total, what is going on)."""


@contextmanager
def bar(title: str) -> Iterator[Step]:
    """A bar that is moved by calling it with done, total and a message."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[message]}"),
    )
    with Progress(*columns) as progress:
        task = progress.add_task(title, total=None, message="")

        def move(done: int, total: int, message: str = "") -> None:
            progress.update(task, completed=done, total=total, message=message)

        yield move
