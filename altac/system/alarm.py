"""Work that is stopped where it stands when its time is up, in the same process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeUp(BaseException):
    """Raised in the midst of work; no handler of errors takes it for one of them."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` inside the block after some time, unless it has ended.

    Only the main thread of a system with such timers can be stopped; elsewhere the block takes the time that it needs.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
