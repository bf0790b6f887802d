"""Work that is stopped in the same process."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from altac.system.alarm import TimeUp, stopped_after


def test_work_is_stopped_where_it_stands() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeUp), stopped_after(0.05):
        threading.Event().wait()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_work_that_ends_in_time_is_left_alone() -> None:
    with stopped_after(60):
        done = sum(range(100))
    assert done == 4950
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_in_another_thread_work_takes_the_time_that_it_needs() -> None:
    done: list[str] = []

    def work() -> None:
        with stopped_after(0.001):
            time.sleep(0.05)
            done.append("all of it")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["all of it"]
