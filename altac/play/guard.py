"""Who may ask: the page that this server gave out, and nobody else. An ASGI application around another.

Other pages in the same browser can send requests to a loopback address. They cannot choose `Host` and `Origin`, and
cannot read the token that the page holds, since no answer lets another origin read it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from altac.diagnostics import diagnostic_record
from altac.diagnostics.play_errors import NotFromThisPage, TooLargeToPlay, WrongHost, WrongOrigin, WrongToken

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

TOKEN_HEADER = "x-altac-token"
MOST_BYTES = 4_000_000  # of a request
NAMES = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD")
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Guard:
    """Refuses what does not come from the page.

    Attributes:
        port: where the server listens.
        token: what the page holds, and sends with everything that asks for work.
    """

    app: Application
    port: int
    token: str

    @property
    def hosts(self) -> list[str]:
        return [f"{name}:{self.port}" for name in NAMES]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing else is served, and a connection that is not accepted is closed

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *more]}
            await send(message)

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        problem = self.problem(scope["method"], headers)
        if problem is not None:
            await refuse(problem, 403, answer)
        elif (found := await whole_body(scope["method"], headers, receive)) is None:
            await refuse(TooLargeToPlay(None, MOST_BYTES), 413, answer)
        else:
            await self.app(scope, found, answer)

    def problem(self, method: str, headers: Mapping[str, str]) -> NotFromThisPage | None:
        """Why a request is refused by its headers; None if it is not."""
        address = f"http://{self.hosts[0]}"
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return WrongHost(None, ", ".join(self.hosts), host, address)
        if origin is not None and origin != f"http://{host}":
            return WrongOrigin(None, origin, address)
        token = headers.get(TOKEN_HEADER, "")
        if method not in READING and not secrets.compare_digest(token.encode(), self.token.encode()):
            return WrongToken(None)
        return None


async def whole_body(method: str, headers: Mapping[str, str], receive: Receive) -> Receive | None:
    """What gives the body, which is read here, and then what follows it; None if it is too large."""
    if method in READING:
        return receive
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        more = message.get("more_body", False)  # there is none where the client has gone
    waiting = [b"".join(parts)]

    async def again() -> Message:
        return {"type": "http.request", "body": waiting.pop(), "more_body": False} if waiting else await receive()

    return again


async def refuse(problem: NotFromThisPage | TooLargeToPlay, status: int, send: Send) -> None:
    """Answer that a request is refused, and why."""
    body = json.dumps({"problems": [diagnostic_record(problem)]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
