"""The browser that the tests click in: `python -m tests.browser.find` installs Debian's where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
MISSING = """There is no browser here to run tests/browser in. Install Chromium or Chrome, as on Debian with
    sudo apt-get install chromium
or name one: ALTAC_BROWSER=/path/to/chromium make test-browser"""


def browser() -> str | None:
    """The path of a browser of the Chromium family; None if there is none."""
    named = os.environ.get("ALTAC_BROWSER")
    found = [shutil.which(name) for name in ((named,) if named else NAMES)]
    return next((path for path in found if path is not None), None)


def install() -> None:
    """Debian's Chromium, where this process may install it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([*INSTALL[:1], "update", "--quiet"], INSTALL):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    if browser() is None:
        install()
    found = browser()
    sys.stdout.write(f"{MISSING if found is None else found}\n")
    return int(found is None)


if __name__ == "__main__":
    sys.exit(main())
