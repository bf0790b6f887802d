"""The screenshots of `docs/view.md`, taken anew: `python -m tests.browser.screenshots`, or `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from altac.cli.main import run
from tests.browser.find import MISSING, browser
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs"


def why(page: Page) -> None:
    """A cell of `parity`, and why it is what it is."""
    page.locator("#c8-2").click()


def refused(page: Page) -> None:
    """What a head selects, and the positions that it refuses."""
    page.get_by_text("Refused positions").click()


SHOTS = {
    "view-why.png": ("parity", "1 1 1", why, "light"),
    "view-head.png": ("double_histogram", "a b b c a d", refused, "dark"),
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
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
