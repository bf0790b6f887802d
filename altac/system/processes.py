"""Work spread over processes, with results in the order of the tasks. Knows nothing of what the work is."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cache
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    begin: Callable[[], Callable[[Task], Result]],
    tasks: Iterable[Task],
    processes: int,
    here: Callable[[Task], Result] | None = None,
) -> Generator[Result, None, None]:
    """The results of all tasks, in their order. Closing the iterator ends all processes at once.

    A process has one task at a time. What a process cannot do, since it fails or is killed, is done here; so an
    exception of the work is raised here, and a process that is killed costs time and nothing else.

    Args:
        begin: called once in each process, gives the function that does the work; is pickled, as tasks and results are.
        processes: at most so many; none is started for a single task, or if it is 1.
        here: the same function in this process, if it is at hand; otherwise `begin` gives it when it is needed.
    """
    work = cache(begin if here is None else lambda: here)
    tasks = iter(tasks)
    first = list(islice(tasks, processes))
    numbered = enumerate(chain(first, tasks))
    busy: dict[Connection, tuple[int, Task]] = {}
    idle: list[Connection] = []
    children: list[BaseProcess] = []
    done: dict[int, Result] = {}
    following = 0
    try:
        with interrupts_ignored():  # children inherit this: an interrupt is for us, who then end them
            for _ in first if len(first) > 1 else ():
                child, connection = start()
                children.append(child)
                idle.append(connection)
        for connection in idle:
            tell(connection, begin)
        while True:
            while idle and (given := next(numbered, None)) is not None:
                busy[idle[-1]] = given
                tell(idle.pop(), given[1])
            if not busy:
                break
            for connection in cast("list[Connection]", wait(list(busy))):
                number, task = busy.pop(connection)
                try:
                    done[number] = connection.recv()
                    idle.append(connection)
                except (EOFError, OSError):  # the process has ended
                    done[number] = work()(task)
            while following in done:
                yield done.pop(following)
                following += 1
        yield from (work()(task) for _, task in numbered)  # no process is left, or there was none
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.join()


def start() -> tuple[BaseProcess, Connection]:
    """A process that waits to be told what to do, and our end of the connection to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=serve, args=(theirs,), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def tell(connection: Connection, message: object) -> None:
    """Send a message; that the other end is closed shows when an answer is waited for."""
    with contextlib.suppress(OSError):
        connection.send(message)


def serve(connection: Connection) -> None:
    """In the process: do tasks until it is killed; end silently where one fails."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the work brings torch: processes share the cores
    with contextlib.suppress(Exception):
        work = connection.recv()()
        while True:
            connection.send(work(connection.recv()))


def end_with_parent() -> None:
    """End this process at once when the one that started it is gone, so that nothing is written behind its back."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only there is it possible, or needed
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
