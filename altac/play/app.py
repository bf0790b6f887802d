"""The application that serves the page and does what it asks for. Knows nothing of sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from altac.diagnostics import AltacError, Diagnostic, diagnostic_record
from altac.diagnostics.play_errors import TookTooLong, TookTooMuchMemory
from altac.play.document import Check, Run, Task
from altac.play.guard import TOKEN_HEADER, Guard
from altac.play.requests import read_task
from altac.play.starters import Starter, groups
from altac.play.work import Answer, Questions, Worker
from altac.syntax.scan import words
from altac.system.extras import require
from altac.system.limited import Broken, Limited, Limits, Unfinished, Why
from altac.view.page import digest, script_text, style_text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

STATIC = Path(__file__).with_name("static")
CLOSED = 499  # what servers log where the client has gone
MEMORY = 3_000_000_000  # bytes
FIRST = "programs/parity"  # where no file is named


class Play:
    """The programs that the page offers, and the processes that work for it: one for checks, one for runs.

    Args:
        starters: the programs.
        port: where the page will be served.
    """

    def __init__(self, starters: Mapping[str, Starter], port: int, limits: Limits) -> None:
        self.starters = starters
        self.port = port
        self.token = secrets.token_urlsafe(32)
        self.limits = limits
        self.typing, self.running = Limited(Worker, limits), Limited(Worker, limits)
        self.questions = Questions()
        self.folders = {name: one.path.resolve().parent for name, one in starters.items()}
        self.responses = require("starlette.responses", "play")

    def app(self) -> Guard:
        """The application, behind its guard."""
        routing, files = require("starlette.routing", "play"), require("starlette.staticfiles", "play")

        @asynccontextmanager
        async def lifespan(_: object) -> AsyncIterator[None]:
            yield
            self.typing.close()
            self.running.close()

        routes = [
            routing.Route("/", self.page),
            routing.Route("/programs/{name:path}", self.program),
            routing.Route("/do/{kind}", self.do, methods=["POST"]),
            routing.Mount("/static", files.StaticFiles(directory=STATIC)),
        ]
        made = require("starlette.applications", "play").Starlette(routes=routes, lifespan=lifespan)
        return Guard(made, self.port, self.token)

    async def page(self, _: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        config = {
            "token": self.token,
            "header": TOKEN_HEADER,
            "nonce": nonce,
            "words": list(words()),
            "programs": groups(self.starters),
            "first": next(iter(self.starters)) if "file" in self.starters else FIRST,
        }
        text = (STATIC / "index.html").read_text(encoding="utf-8").replace("{{config}}", escape(json.dumps(config)))
        policy = (
            f"default-src 'none'; script-src 'self' '{digest(script_text())}'; "
            f"style-src 'self' 'nonce-{nonce}' '{digest(style_text())}'; "
            "style-src-attr 'unsafe-inline'; "  # browsers write such attributes where a selection is typed over
            "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return self._response("HTMLResponse", text, headers={"content-security-policy": policy})

    async def program(self, request: Request) -> Response:
        """A program that the page offers, as it stands in its file now."""
        starter = self.starters.get(request.path_params["name"])
        if starter is None:
            return self._response("Response", status_code=404)
        try:
            return self._json(await asyncio.to_thread(starter.record))
        except AltacError as error:
            return self._problems(*error.diagnostics)

    async def do(self, request: Request) -> Response:
        """Do a task."""
        try:
            task = read_task(request.path_params["kind"], await request.body(), self.folders)
        except AltacError as error:
            return self._problems(*error.diagnostics, status=400)
        try:
            if isinstance(task, Run):
                return self._json(await until_gone(request, self.running, task))
            if isinstance(task, Check):
                answer = await asyncio.to_thread(self.typing.ask, task)
                return self._json(self.questions.learn(task.document, answer))
            return self._json(await asyncio.to_thread(self.questions, task))
        except Unfinished as unfinished:
            match unfinished.why:
                case Why.TIME:
                    return self._problems(TookTooLong(None, self.limits.seconds))
                case Why.MEMORY:
                    return self._problems(TookTooMuchMemory(None, self.limits.memory // 1_000_000))
                case Why.STOPPED:
                    return self._response("Response", status_code=CLOSED)
        except Broken as broken:
            logging.getLogger("uvicorn.error").error("internal error: %s", broken)
            return self._response("PlainTextResponse", str(broken), status_code=500)

    def _problems(self, *found: Diagnostic, status: int = 200) -> Response:
        return self._json({"problems": [diagnostic_record(one) for one in found]}, status)

    def _json(self, record: Answer, status: int = 200) -> Response:
        return self._response("JSONResponse", record, status_code=status)

    def _response(self, kind: str, *arguments: Any, **options: Any) -> Response:
        made: Response = getattr(self.responses, kind)(*arguments, **options)
        return made


async def until_gone(request: Request, limited: Limited[Task, Answer], task: Task) -> Answer:
    """What a task gives; it is stopped when whoever asked has gone."""
    stopped = threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        stopped.set()

    watching = asyncio.create_task(watch())
    try:
        return await asyncio.to_thread(limited.ask, task, stopped)
    finally:
        watching.cancel()
