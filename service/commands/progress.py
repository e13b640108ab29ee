"""Progress bars on long work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Step = Callable[[int, int, str], None]
"""Called with (done, total, what is going on)."""
StageStep = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@contextmanager
def bar(title: str) -> Iterator[Step]:
    """A bar that is moved by calling it with done, total and a message."""
    with _bars() as progress:
        task = progress.add_task(title, total=None, message="")

        def move(done: int, total: int, message: str = "") -> None:
            progress.update(task, completed=done, total=total, message=message)

        yield move


@contextmanager
def stage_bars(stages: dict[str, str]) -> Iterator[StageStep]:
    """A bar for each stage, with the time it still takes, moved by stage, done and total.

    ``stages`` gives the title of each stage; a bar appears when its stage begins.
    """
    with _bars() as progress:
        tasks = {
            stage: progress.add_task(title, total=None, message="", start=False, visible=False)
            for stage, title in stages.items()
        }

        def move(stage: str, done: int, total: int) -> None:
            task = tasks[stage]
            if not progress.tasks[task].started:
                progress.start_task(task)
            progress.update(task, completed=done, total=total, visible=True)
            if done >= total:
                progress.stop_task(task)

        yield move


def _bars() -> "Progress":
    """Bars with counts, time spent and time still needed."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[message]}"),
    )
