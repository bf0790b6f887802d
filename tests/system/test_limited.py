"""Work in a process of its own: its results, and how it is ended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from altac.system.limited import Broken, Limited, Limits, Unfinished, Why

MEMORY = 500_000_000


def begin() -> Callable[[str], object]:
    """Does what a task says, and counts tasks."""
    done = 0

    def work(task: str) -> object:
        nonlocal done
        done += 1
        match task:
            case "wait":
                time.sleep(1000)
            case "fill":
                return len(bytearray(2 * MEMORY))
            case "die":
                os._exit(1)
            case "fail":
                raise ValueError("no such task")
        return done

    return work


@pytest.fixture
def limited() -> Iterator[Limited[str, object]]:
    found = Limited(begin, Limits(60, MEMORY))
    yield found
    found.close()


def test_one_process_does_all_tasks(limited: Limited[str, object]) -> None:
    assert [limited.ask("count") for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("task", "why", "then"),
    [("wait", Why.TIME, 1), ("fill", Why.MEMORY, 2), ("die", Why.MEMORY, 1)],
)
def test_work_that_takes_too_much_is_ended(limited: Limited[str, object], task: str, why: Why, then: int) -> None:
    """Where the process had to be killed, the next task starts another one."""
    assert limited.ask("count") == 1
    limited.limits = Limits(0.3 if task == "wait" else 60, MEMORY)
    with pytest.raises(Unfinished) as caught:
        limited.ask(task)
    assert caught.value.why is why
    limited.limits = Limits(60, MEMORY)
    assert limited.ask("count") == then + (task == "fill")


def test_an_error_in_the_work_is_told_in_one_line(limited: Limited[str, object]) -> None:
    with pytest.raises(Broken, match=r"^ValueError: no such task, at test_limited\.py:\d+ <- .*$"):
        limited.ask("fail")
    assert limited.ask("count") == 2


def test_nobody_waits_any_more(limited: Limited[str, object]) -> None:
    """Both for work that has begun and for what has not had its turn."""
    first, second = threading.Event(), threading.Event()
    found: list[Why] = []

    def ask(stopped: threading.Event) -> None:
        try:
            limited.ask("wait", stopped)
        except Unfinished as unfinished:
            found.append(unfinished.why)

    threads = [threading.Thread(target=ask, args=(event,)) for event in (first, second)]
    threads[0].start()
    while limited._running is None:
        time.sleep(0.01)
    threads[1].start()
    second.set()
    threads[1].join()
    assert (found, threads[0].is_alive()) == ([Why.STOPPED], True)
    first.set()
    threads[0].join()
    assert found == [Why.STOPPED, Why.STOPPED]
    assert limited.ask("count") == 1
