"""The page of a run: one HTML file that needs nothing else, and asks nobody for anything.

Whatever comes from a program is data in it: the script makes text nodes of it, and a policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from html import escape
from pathlib import Path

from altac.diagnostics.words import readable
from altac.view.payload import View

FOLDER = Path(__file__).parent
SCRIPTS = ("run.js", "table.js", "panel.js", "page.js")  # in this order they are one function
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def page(view: View, framed: bool = False) -> str:
    """The HTML of a view.

    Args:
        framed: another page shows it in a frame; it tells that page what is selected, and is told by it.
    """
    style, script = style_text(), script_text()
    policy = (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(asdict(view), separators=(",", ":")).translate(ESCAPES)  # no tag can end it
    title = escape(readable(f"{view.program}: {view.input}"))
    return (
        f'<!DOCTYPE html>\n<html lang="en"{" data-framed" if framed else ""}>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        "<noscript>This page shows the run of a program, and needs JavaScript for that.</noscript>\n"
        f'<script type="application/json" id="run">{data}</script>\n<script>{script}</script>\n</body>\n</html>\n'
    )


def style_text() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def script_text() -> str:
    """The script of the page; it returns early where a run has nothing to show.

    It begins when the page has a width, which a frame that is out of sight may not have yet.
    """
    parts = (FOLDER.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    begin = 'if (innerWidth) showRun();\nelse addEventListener("resize", showRun, { once: true });\n'
    return '"use strict";\n{\nconst showRun = () => {\n' + "\n".join(parts) + "};\n" + begin + "}\n"


def digest(text: str) -> str:
    """What a policy calls a script or a style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
