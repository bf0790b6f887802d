"""Work spread over processes, with results in the order of the tasks. Knows nothing of what the work is."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")


def spread(
    begin: Callable[[], Callable[[Task], Result]],
    here: Callable[[Task], Result],
    tasks: Iterable[Task],
    processes: int,
) -> Generator[Result, None, None]:
    """The results of all tasks, in their order. Closing the iterator ends all processes at once.

    What a process cannot do, since it fails or is killed, is done here; so an exception of the work is raised here.

    Args:
        begin: called once in each process, gives the function that does the work; is pickled, as tasks and results are.
        here: the same function in this process.
    """
    numbered = enumerate(tasks)
    busy: dict[Connection, tuple[int, Task]] = {}
    idle: list[Connection] = []
    children: list[BaseProcess] = []
    done: dict[int, Result] = {}
    following = 0
    try:
        with interrupts_ignored():  # children inherit this: an interrupt is for us, who then end them
            for _ in range(processes):
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
                    done[number] = here(task)
            while following in done:
                yield done.pop(following)
                following += 1
        yield from (here(task) for _, task in numbered)  # no process is left
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
    with contextlib.suppress(Exception):
        work = connection.recv()()
        while True:
            connection.send(work(connection.recv()))


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
