"""The screenshots of the documentation, taken anew: `python -m tests.browser.screenshots`, or `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from altac.cli.main import run
from tests.browser.find import MISSING, browser
from tests.browser.test_play import cell, ready, replace
from tests.docs.pages import ROOT
from tests.play.serving import address, served

FOLDER = ROOT / "docs"


def why(page: Page) -> None:
    """A cell of `parity`, and why it is what it is."""
    page.locator("#c8-2").click()


def refused(page: Page) -> None:
    """What a head selects, and the positions that it refuses."""
    page.get_by_text("Refused positions").click()


def error(page: Page) -> None:
    """A name that is misspelt, in the editor of `altac play`."""
    replace(page, "output parity at last", "output party at last")
    page.keyboard.press("Escape")  # what is offered to complete the last word
    page.get_by_text("1 error").wait_for()


def why_of_run(page: Page) -> None:
    """A value of a run, and the line that gave it."""
    cell(page, "parity", 2, 2).click()
    page.locator(".cm-why").wait_for()


def phone(page: Page) -> None:
    """The run, further down the page."""
    page.locator("form").scroll_into_view_if_needed()
    page.locator("iframe").scroll_into_view_if_needed()
    cell(page, "parity", 4, 4).wait_for()


SHOTS = {
    "view-why.png": ("parity", "1 1 1", why, "light"),
    "view-head.png": ("double_histogram", "a b b c a d", refused, "dark"),
}
PLAY_SHOTS = {
    "play-error.png": (error, "light", 1240, 700),
    "play-why.png": (why_of_run, "dark", 1240, 760),
    "play-phone.png": (phone, "light", 360, 740),
}


def main() -> int:
    path = browser()
    if path is None:
        sys.stdout.write(f"{MISSING}\n")
        return 1
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        chromium = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, (program, text, act, scheme) in SHOTS.items():
            file = Path(folder) / f"{program}.html"
            run(["view", str(ROOT / "programs" / f"{program}.alta"), text, "--no-open", "-o", str(file)])
            page = chromium.new_page(viewport={"width": 1040, "height": 640}, color_scheme=scheme)
            page.goto(file.as_uri())
            act(page)
            page.screenshot(path=FOLDER / name)
        shoot_play(chromium)
        chromium.close()
    return 0


def shoot_play(chromium: Browser) -> None:
    with served() as play:
        for name, (act, scheme, width, height) in PLAY_SHOTS.items():
            page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(address(play))
            ready(page, "1")
            act(page)
            page.screenshot(path=FOLDER / name)


if __name__ == "__main__":
    sys.exit(main())
