"""All texts of the repository that are alta: programs, exercises, examples of the documentation, and golden files."""

from __future__ import annotations

import re

from altac.diagnostics import AltacError, Source
from altac.syntax import parse_source
from tests.test_packaging import ROOT

BLOCK = re.compile(r"^```alta[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _is_alta(name: str, text: str) -> bool:
    try:
        parse_source(Source(name, text))
    except AltacError:
        return False
    return True


def _texts() -> dict[str, str]:
    found = {}
    for folder in ("programs", "exercises", "tests"):
        for path in sorted((ROOT / folder).rglob("*.alta")):
            found[str(path.relative_to(ROOT))] = path.read_bytes().decode("utf-8", errors="replace")
    for page in sorted((ROOT / "docs").glob("*.md")):
        for place, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            found[f"docs/{page.name}#{place}"] = block
    return found


TEXTS = _texts()
ALL = {name: text for name, text in TEXTS.items() if _is_alta(name, text)}
REFUSED = {name: text for name, text in TEXTS.items() if name not in ALL}
