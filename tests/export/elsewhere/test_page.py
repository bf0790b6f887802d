"""The sessions of docs/export.md, in the tools that they are about."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import ROOT, blocks, working_folder
from tests.export.elsewhere.environments import NEW, run
from tests.support import nonempty

PAGE = ROOT / "docs" / "export.md"
SESSION = ("pycon", "elsewhere")


def sessions() -> list[tuple[str, str]]:
    """The blocks that run elsewhere, as they stand on the page, and with what they really print."""
    shown = [block for block in blocks(PAGE.read_text(encoding="utf-8")) if block.words == SESSION]
    with working_folder() as session:
        for block in blocks(PAGE.read_text(encoding="utf-8")):
            if block.words == ("console",):
                session.run(block)
        Path("session").write_text("\0".join(block.body for block in shown), encoding="utf-8")
        found = run(NEW, "run_session.py", "session").split("\0")[: len(shown)]
    return [(block.body, text) for block, text in zip(shown, found, strict=True)]


def test_the_sessions_print_what_the_page_says() -> None:
    for shown, found in nonempty(sessions()):
        assert found == shown


def regenerate() -> None:
    """Write what the sessions really print."""
    text = PAGE.read_text(encoding="utf-8")
    for shown, found in sessions():
        text = text.replace(shown, found)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    regenerate()
