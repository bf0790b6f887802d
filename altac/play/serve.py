"""Serving the page on the loopback address, until the process is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from altac.diagnostics import AltacError
from altac.diagnostics.play_errors import CannotListen
from altac.play.app import MEMORY, Play
from altac.play.starters import starters
from altac.syntax import read_source
from altac.system.extras import require
from altac.system.files import reason_of
from altac.system.limited import Limits

ADDRESS = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket that only this machine reaches.

    Args:
        port: 0 for one that is free.

    Raises:
        AltacError: if it cannot be had.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((ADDRESS, port))
        found.listen()
    except (OSError, OverflowError) as error:
        found.close()
        reason = reason_of(error) if isinstance(error, OSError) else "there is no such port"
        raise AltacError([CannotListen(None, ADDRESS, port, reason)]) from None
    return found


def serve(file: Path | None, port: int, seconds: float, ready: Callable[[str], None]) -> None:
    """Serve the page.

    Args:
        file: the program that it begins with.
        seconds: what a run may take.
        ready: called with the address when it can be opened.

    Raises:
        AltacError: if the file cannot be read, or the port cannot be had.
    """
    if file is not None:
        read_source(file)
    with listen(port) as found:
        port = found.getsockname()[1]
        play = Play(starters(file), port, Limits(seconds, MEMORY))
        uvicorn = require("uvicorn", "play")
        config = uvicorn.Config(play.app(), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        ready(f"http://{ADDRESS}:{port}/")
        uvicorn.Server(config).run(sockets=[found])
