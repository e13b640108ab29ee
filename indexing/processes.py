"""Work spread over processes, answered in the order of the tasks.

Imports nothing heavy, so that a new process limits its threads before numpy and torch are loaded.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_AHEAD = 2
"""Tasks a process is given before its answers are taken."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def in_order(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    jobs: int,
    lost: Callable[[Task], Answer],
) -> Iterator[Answer]:
    """The answer to every task, in the order of the tasks, from ``jobs`` processes.

    With one job all is done in this process. ``work`` and tasks are pickled; processes are spawned
    and use one thread each. A task that kills its process is answered by ``lost``.
    """
    if jobs <= 1:
        yield from map(work, tasks)
        return
    remaining = deque(tasks)
    while remaining:
        try:
            for answer in _pooled(work, tuple(remaining), jobs):
                remaining.popleft()
                yield answer
        except BrokenProcessPool:
            yield _alone(work, remaining.popleft(), lost)


def _pooled(work: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int) -> Iterator[Answer]:
    waiting: deque[Future[Answer]] = deque()
    upcoming = iter(tasks)
    pool = _pool(min(jobs, len(tasks)))
    try:
        for task in upcoming:
            waiting.append(pool.submit(work, task))
            if len(waiting) > _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(work: Callable[[Task], Answer], task: Task, lost: Callable[[Task], Answer]) -> Answer:
    """One task in a process of its own: some task near it has killed a process."""
    with _pool(1) as pool:
        try:
            return pool.submit(work, task).result()
        except BrokenProcessPool:
            return lost(task)


def _pool(jobs: int) -> ProcessPoolExecutor:
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=spawned, initializer=_begin)


def _begin() -> None:
    """One thread; the parent alone answers Ctrl-C; never outlive the parent."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_behind, args=(parent.join,), daemon=True).start()


def _leave_behind(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)
