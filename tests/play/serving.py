"""`altac play` in this process, on a port of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from altac.play.app import MEMORY, Play
from altac.play.serve import ADDRESS, listen
from altac.play.starters import starters
from altac.system.limited import Limits


@contextmanager
def served(file: Path | None = None, seconds: float = 60, memory: int = MEMORY) -> Iterator[Play]:
    """The page is served until the block ends."""
    with listen(0) as found:
        play = Play(starters(file), found.getsockname()[1], Limits(seconds, memory))
        server = uvicorn.Server(uvicorn.Config(play.app(), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [found]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield play
        finally:
            server.should_exit = True
            thread.join()


def address(play: Play) -> str:
    return f"http://{ADDRESS}:{play.port}/"
