"""Files that exported folders bring along: scripts of `shipped`, and modules of altac that need no other."""

from __future__ import annotations

import re
from importlib.resources import files

SHAPES = re.compile(r"^if TYPE_CHECKING:.*?\n\n", re.MULTILINE | re.DOTALL)


def template(name: str) -> str:
    """The text of a file that is shipped."""
    return (files("altac.export") / "shipped" / f"{name}.py.in").read_text(encoding="utf-8")


def shipped_module(package: str, name: str) -> str:
    """The text of a module of altac, to stand beside others.

    Transformers imports what a file imports before it opens it, also what only type checkers read.
    """
    text = (files(package) / f"{name}.py").read_text(encoding="utf-8")
    without = SHAPES.sub("# Shapes stand in the types, which nothing evaluates; they are for readers.\n\n", text)
    return without.replace("from altac.model.", "from .")
