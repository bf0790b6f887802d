"""Work in a process of its own, which ends at once when nobody waits for it any more.

So typing never waits for a check, and the check of a text that has changed since costs nothing more.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
PRELOADED = ["altac.cli.main", "altac.editing", "altac.lsp.examples"]  # by the process that others are forked from


class Lost(Exception):
    """The process ended without an answer: it was stopped, or there was not enough memory."""


def context() -> BaseContext:
    """How processes are started: forked from a small one where the system can, else anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(PRELOADED)
    return found


class Job:
    """One call of a function in a process."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.call = function, arguments
        self.lock = Lock()
        self.process: Any = None
        self.is_stopped = False

    def answer(self) -> Any:
        """Start the process and wait for its answer.

        Raises:
            Lost: if there is none.
        """
        start = context()
        receiver, sender = start.Pipe(duplex=False)
        with receiver:
            with self.lock, sender:
                if self.is_stopped:
                    raise Lost
                self.process = start.Process(target=_answer, args=(sender, *self.call), daemon=True)  # type: ignore[attr-defined]
                self.process.start()
            try:
                return receiver.recv()
            except (EOFError, OSError):
                raise Lost from None
            finally:
                self.process.join()

    def stop(self) -> None:
        with self.lock:
            self.is_stopped = True
            if self.process is not None:
                self.process.kill()


async def elsewhere(function: Callable[..., T], *arguments: Any, limit: float) -> T:
    """What a function of some module returns, from a process that is stopped when the caller is cancelled.

    Args:
        limit: seconds after which it is stopped.

    Raises:
        Lost: if the process ended without an answer.
        TimeoutError: after the limit.
    """
    job = Job(function, arguments)
    try:
        waiting = asyncio.get_running_loop().run_in_executor(None, job.answer)
        return await asyncio.wait_for(waiting, limit)
    finally:
        job.stop()


def _answer(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    sender.send(function(*arguments))
