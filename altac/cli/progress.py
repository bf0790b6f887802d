"""What long work has done so far, on standard error: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

LATE = 1.0  # seconds, before there is a bar
REFRESH = 0.2  # seconds between two looks at the bar
EVERY = 10.0  # seconds between two lines


class LateProgress:
    """Counts finished items; shows nothing of what takes no longer than a second on a terminal, or ten elsewhere.

    A thread shows how far the work is, so that there is a sign of life however long a single item takes.

    Args:
        what: the name of the items, or what is done if they are not counted; empty to show nothing until `stage`.
        total: how many items there are, if that is known.
    """

    def __init__(self, what: str = "", total: int | None = None) -> None:
        self.what = what
        self.total = total
        self.done = 0
        self.note = ""
        self.start = time.monotonic()
        self._ended = Event()
        self._thread = Thread(target=self._show, daemon=True)

    def __enter__(self) -> LateProgress:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def __call__(self, count: int) -> None:
        """So many more items are finished."""
        self.done += count

    def at(self, done: int, note: str) -> None:
        """So many items are finished in all, and there is something to be said about them."""
        self.done, self.note = done, note

    def stage(self, what: str, total: int | None = None) -> None:
        """Begin with something else."""
        self.what, self.total, self.done, self.note = what, total, 0, ""

    def line(self) -> str:
        """All that is known, such as `1,200 of 2,000 inputs, 20 s`."""
        counted = f"{self.done:,} of {self.total:,} " if self.total else f"{self.done:,} " if self.done else ""
        seconds = f"{time.monotonic() - self.start:.0f} s"
        return ", ".join(part for part in (counted + self.what, self.note, seconds) if part)

    def _show(self) -> None:
        with suppress(OSError, ValueError):  # nobody reads standard error any more
            if sys.stderr.isatty():
                self._show_bar()
            else:
                self._show_lines()

    def _show_lines(self) -> None:
        while not self._ended.wait(EVERY):
            if self.what:
                sys.stderr.write(f"{self.line()}\n")
                sys.stderr.flush()

    def _show_bar(self) -> None:
        if self._ended.wait(LATE):
            return
        with self._bar() as bar:
            task = bar.add_task(self.what, total=self.total)
            while True:
                text = f"{self.what}  {self.note}" if self.note else self.what
                bar.update(task, description=text, total=self.total, completed=self.done, visible=bool(self.what))
                if self._ended.wait(REFRESH):
                    return

    def _bar(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        return Progress(*columns, console=Console(stderr=True), transient=True)
