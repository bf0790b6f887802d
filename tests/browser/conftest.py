"""A real browser without a network, and pages of runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.explain import Explainer
from altac.passes.rule_text import print_rules
from altac.play.app import Play
from altac.view import page as html_of
from altac.view import view_of
from tests.browser.find import MISSING, browser
from tests.play.serving import address, served

Open = Callable[..., Page]


PATIENCE = 60_000  # milliseconds that an expectation waits: it says what is shown, not how soon on a busy machine


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browser()
    if path is None:
        pytest.fail(MISSING)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        # a sandboxed frame in a process of its own is now and then never seen by the driver
        found = started.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-features=IsolateSandboxedIframes"]
        )
        yield found
        found.close()


@pytest.fixture
def open_run(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a run; afterwards nothing was asked of a network, and nothing went wrong in it."""
    wrong: list[str] = []
    contexts = []

    def check(request: Request) -> None:
        if not request.url.startswith("file:///"):
            wrong.append(request.url)

    def call(one: Compiled, text: str, **options: Any) -> Page:
        explainer = Explainer(one.program, trace_text(one.interpreter, text))
        file = tmp_path / f"run{len(contexts)}.html"
        view = view_of(explainer, text, one(text), print_rules(one.rules), ["sizes"])
        file.write_text(html_of(view), encoding="utf-8")
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", check)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(file.as_uri())
        return page

    yield call
    for context in contexts:
        context.close()
    assert contexts
    assert wrong == []


@pytest.fixture(scope="session")
def play() -> Iterator[Play]:
    with served() as found:
        yield found


@pytest.fixture
def open_play(chromium: Browser, play: Play) -> Iterator[Open]:
    """Opens the page of `altac play`; afterwards nothing was asked of another server, and nothing went wrong in it."""
    wrong: list[str] = []
    contexts = []
    own = ("data:", "about:", address(play))

    def call(place: str = "", **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address(play) + place)
        return page

    yield call
    for context in contexts:
        context.close()
    assert contexts
    assert wrong == []
