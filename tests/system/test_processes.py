"""Work in processes gives what it gives here, in the order of the tasks, whatever happens to a process."""

import multiprocessing
import os
import threading
import time
from functools import partial

import pytest

from altac.system.processes import serve, spread


def square(number: int) -> int:
    if number == 2:
        time.sleep(0.3)  # so that later tasks are finished earlier
    return number * number


def begin() -> "partial[int]":
    return partial(square)


def doomed(number: int) -> tuple[int, int]:
    """Ends its process, if it is not ours."""
    if multiprocessing.parent_process() is not None and number == 3:
        os._exit(1)
    return number, os.getpid()


def begin_doomed() -> "partial[tuple[int, int]]":
    return partial(doomed)


def never_begins() -> "partial[int]":
    raise RuntimeError


def test_results_are_in_the_order_of_the_tasks_and_processes_end() -> None:
    assert list(spread(begin, square, range(9), 2)) == [number * number for number in range(9)]
    assert multiprocessing.active_children() == []


def test_what_a_process_cannot_do_is_done_here() -> None:
    done = list(spread(begin_doomed, doomed, range(8), 2))
    assert [number for number, _ in done] == list(range(8))
    assert done[3][1] == os.getpid()
    assert os.getpid() not in {process for number, process in done if number < 3}
    assert list(spread(never_begins, square, range(4), 1)) == [0, 1, 4, 9]


def divide(number: int) -> float:
    return 1 / number


def begin_divide() -> "partial[float]":
    return partial(divide)


def test_an_exception_of_the_work_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(begin_divide, divide, [1, 0], 1))
    assert multiprocessing.active_children() == []


def test_closing_ends_the_processes_at_once() -> None:
    results = spread(begin, square, iter(range(1_000_000)), 2)
    assert next(results) == 0
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert multiprocessing.active_children() == []


def test_a_process_serves_until_a_task_fails() -> None:
    """What runs in a process, in a thread."""
    ours, theirs = multiprocessing.Pipe()
    server = threading.Thread(target=serve, args=(theirs,))
    server.start()
    for message in (begin_divide, 4):
        ours.send(message)
    assert ours.recv() == 0.25
    ours.send(0)
    server.join(600)  # it ends at once; this only ends a test that fails
    assert not server.is_alive()


def test_processes_start_from_any_thread() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(spread(begin, square, range(3), 1)))
    thread.start()
    thread.join()
    assert found == [0, 1, 4]
