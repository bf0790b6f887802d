"""Work in processes gives what it gives here, in the order of the tasks, whatever happens to a process."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

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
    assert list(spread(begin, range(9), 2)) == [number * number for number in range(9)]
    assert multiprocessing.active_children() == []


def test_what_a_process_cannot_do_is_done_here() -> None:
    done = list(spread(begin_doomed, range(8), 2))
    assert [number for number, _ in done] == list(range(8))
    assert done[3][1] == os.getpid()
    assert os.getpid() not in {process for number, process in done if number < 3}
    assert list(spread(never_begins, range(4), 2, square)) == [0, 1, 4, 9]


@pytest.mark.parametrize(("tasks", "processes"), [([], 4), ([3], 4), ([3, 4], 1)])
def test_no_process_is_started_that_would_have_nothing_to_share(tasks: list[int], processes: int) -> None:
    done = spread(begin_doomed, tasks, processes)
    assert list(done) == [(number, os.getpid()) for number in tasks]


def test_there_are_no_more_processes_than_tasks() -> None:
    results = spread(begin, iter([5, 6, 7]), 8)
    assert next(results) == 25
    assert len(multiprocessing.active_children()) == 3
    results.close()


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """Also in the middle of a task, and although nothing is left that could end them."""
    script = tmp_path / "starts.py"
    script.write_text(
        "import os, signal, time\nfrom functools import partial\nfrom multiprocessing import active_children\n"
        "from altac.system.processes import spread\n"
        "def work(number):\n    return number if number < 2 else time.sleep(60)\n"
        "def begin():\n    return work\n"
        "if __name__ == '__main__':\n"
        "    results = spread(begin, range(4), 2)\n"
        "    next(results), next(results)\n"
        "    print(*(child.pid for child in active_children()), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    children = [int(pid) for pid in done.stdout.split()]
    assert len(children) == 2
    while any(is_running(child) for child in children):
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def divide(number: int) -> float:
    return 1 / number


def begin_divide() -> "partial[float]":
    return partial(divide)


def test_an_exception_of_the_work_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(begin_divide, [1, 0], 2))
    assert multiprocessing.active_children() == []


def test_closing_ends_the_processes_at_once() -> None:
    results = spread(begin, iter(range(1_000_000)), 2)
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
    thread = threading.Thread(target=lambda: found.extend(spread(begin, range(3), 2)))
    thread.start()
    thread.join()
    assert found == [0, 1, 4]
