"""Work in a process of its own that is killed when it takes too long or too much memory. Knows nothing of the work."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, TypeVar

from altac.system.processes import interrupts_ignored, start, tell

Task = TypeVar("Task")
Result = TypeVar("Result")
PERIOD = 0.05  # seconds between two looks at whether work is to end


class Why(Enum):
    """Why work has no result."""

    TIME = "it took too long"
    MEMORY = "it took too much memory"
    STOPPED = "nobody waits for it any more"


class Unfinished(Exception):
    """Work that was ended, and its process with it where it was at work."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(why.value)


class Broken(Exception):
    """An error in the work that nobody expected, in one line."""


@dataclass(frozen=True)
class Limits:
    """What a task may take: seconds, and bytes of memory where the system can hold a process to that."""

    seconds: float
    memory: int


@dataclass(frozen=True)
class _Done(Generic[Result]):
    result: Result


class Limited(Generic[Task, Result]):
    """A process that does one task after another. It is started when it is needed, and anew after it was killed.

    Args:
        begin: called in the process, gives the function that does tasks; is pickled, as tasks and results are.
    """

    def __init__(self, begin: Callable[[], Callable[[Task], Result]], limits: Limits) -> None:
        self.limits = limits
        self._begin = partial(_begin, begin, limits.memory)
        self._turn = threading.Lock()
        self._running: tuple[BaseProcess, Connection] | None = None

    def ask(self, task: Task, stopped: threading.Event | None = None) -> Result:
        """The result of a task; those of other threads come first if they came before.

        Args:
            stopped: set by another thread where nobody waits for the result any more; the process is killed then.

        Raises:
            Unfinished: if it was ended.
            Broken: if the work failed in a way that nobody expected.
        """
        stopped = stopped or threading.Event()
        while not self._turn.acquire(timeout=PERIOD):
            if stopped.is_set():
                raise Unfinished(Why.STOPPED)
        try:
            found = self._wait(task, stopped)
        except BaseException:
            self._kill()
            raise
        finally:
            self._turn.release()
        if isinstance(found, Why):
            raise Unfinished(found)
        if isinstance(found, str):
            raise Broken(found)
        return found.result

    def close(self) -> None:
        """End the process, whatever it is doing; nothing more can be asked."""
        running = self._running
        if running is not None:
            running[0].kill()

    def _wait(self, task: Task, stopped: threading.Event) -> _Done[Result] | Why | str:
        if self._running is None:
            with interrupts_ignored():  # the process inherits this: an interrupt is for us
                self._running = start()
            tell(self._running[1], self._begin)
        connection = self._running[1]
        tell(connection, task)
        last = time.monotonic() + self.limits.seconds
        while not connection.poll(PERIOD):
            if stopped.is_set():
                raise Unfinished(Why.STOPPED)
            if time.monotonic() > last:
                raise Unfinished(Why.TIME)
        try:
            return connection.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):  # the system, or a library that got no memory, has ended it
            raise Unfinished(Why.MEMORY) from None

    def _kill(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running[0].kill()
            running[0].join()
            running[1].close()


def _begin(begin: Callable[[], Callable[[Task], Result]], memory: int) -> Callable[[Task], _Done[Result] | Why | str]:
    """In the process: what does tasks there."""
    with suppress(ImportError, OSError, ValueError):  # a system without such limits
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    return partial(_guarded, begin())


def _guarded(work: Callable[[Task], Result], task: Task) -> _Done[Result] | Why | str:
    try:
        return _Done(work(task))
    except Exception as error:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # as torch says it
            return Why.MEMORY
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = " <- ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        return f"{type(error).__name__}: {error}, at {places}"
