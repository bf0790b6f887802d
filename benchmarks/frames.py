"""How smoothly the page of a large run scrolls: `python -m benchmarks.frames`, or `make bench-view`.

A run of 60 positions and 200 layers is scrolled from top to bottom and back, a number of pixels in each frame; the
times between frames say whether one is late: without a stall there is one every 16.7 ms. On a machine that does other
work, the time that the page itself takes for a frame says more.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, sync_playwright

from altac.cli.main import run
from tests.browser.find import MISSING, browser
from tests.browser.long import PROGRAM

FRAMES, PIXELS = 400, 90
SCROLL = """async ([frames, pixels]) => {
  const grid = document.querySelector("[role=grid]"), times = [];
  grid.scrollTop = 0;
  let before = await new Promise(requestAnimationFrame), step = pixels;
  for (let frame = 0; frame < frames; frame++) {
    grid.scrollTop += step;
    if (grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1) step = -pixels;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - before);
    before = now;
  }
  return times;
}"""


def busy(session: CDPSession) -> float:
    """For how many seconds the page has run its script, found styles and laid itself out."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(sum(metrics[name] for name in ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")))


def main() -> int:
    path = browser()
    if path is None:
        sys.stdout.write(f"{MISSING}\n")
        return 1
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        program, file = Path(folder) / "long.alta", Path(folder) / "long.html"
        program.write_text(PROGRAM, encoding="utf-8")
        run(["view", str(program), "1 0 1 " * 20, "--no-open", "-o", str(file)])
        chromium = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.goto(file.as_uri())
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        before = busy(session)
        times = np.array(page.evaluate(SCROLL, [FRAMES, PIXELS]))
        work = 1000 * (busy(session) - before) / FRAMES
        chromium.close()
        size = file.stat().st_size
    middle, most = np.percentile(times, [50, 95])
    sys.stdout.write(
        f"60 positions, 200 layers, {size / 1e6:.1f} MB: {len(times)} frames, median {middle:.1f} ms, "
        f"95 % within {most:.1f} ms, longest {times.max():.1f} ms; "
        f"{work:.1f} ms of script, style and layout in each\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
