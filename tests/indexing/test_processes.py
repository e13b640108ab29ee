"""Work over spawned processes: order, threads, and tasks that kill their process."""

import os
import signal

import pytest

from indexing.processes import in_order


def threads_and(task: int) -> tuple[int, str]:
    return task, os.environ.get("OMP_NUM_THREADS", "")


def killed_by_three(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def refused(task: int) -> int:
    raise ValueError(f"task {task}")


def lost(task: int) -> int:
    return -task


def test_one_job_works_in_this_process_without_pickling():
    seen = []
    answers = in_order(lambda task: seen.append(task) or os.getpid(), [1, 2], 1, lost)
    assert list(answers) == [os.getpid()] * 2
    assert seen == [1, 2]


def test_answers_come_in_the_order_of_tasks_from_processes_of_one_thread():
    answers = list(in_order(threads_and, range(12), 2, lost))
    assert answers == [(task, "1") for task in range(12)]


def test_a_task_that_kills_its_process_is_lost_alone():
    assert list(in_order(killed_by_three, range(6), 2, lost)) == [0, 1, 4, -3, 16, 25]


def test_an_exception_in_a_process_arrives_here():
    with pytest.raises(ValueError, match="task 0"):
        list(in_order(refused, [0, 1], 2, lost))


def test_no_tasks_start_no_process():
    assert list(in_order(refused, [], 4, lost)) == []
