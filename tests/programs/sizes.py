"""The counts of every program at every level, and the table of `programs/README.md`: what `make golden` writes."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from altac.driver import DEFAULT_LEVEL, compile_source
from altac.syntax import read_source
from tests.support import PROGRAMS

GOLDEN = Path(__file__).with_name("sizes.json")
TABLE = PROGRAMS / "README.md"
LEVELS = (0, 1, 2)
COUNTS = ("hidden_units", "rules", "parameters", "nonzeros", "d_model")

# Programs whose -O0 takes seconds.
SLOW_PLAIN = {"scan_parser"}
NO_PLAIN = {"eliza"}  # has millions of plain rules: it is refused at -O0


def levels(name: str) -> tuple[int, ...]:
    """The levels at which a program compiles."""
    return LEVELS[1:] if name in NO_PLAIN else LEVELS


def names() -> list[str]:
    return sorted(path.stem for path in PROGRAMS.glob("*.alta"))


@cache
def counts(name: str, level: int) -> dict[str, int]:
    """The counts of one program at one level; nothing is kept but the numbers."""
    stats = compile_source(read_source(PROGRAMS / f"{name}.alta"), level).stats()
    return {count: stats[count] for count in COUNTS}


def golden_sizes() -> dict[str, dict[str, dict[str, int]]]:
    """By program and level, as it was written last."""
    sizes: dict[str, dict[str, dict[str, int]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return sizes


def sizes_text() -> str:
    """All counts as JSON, one line for each program and level."""
    programs = []
    for name in names():
        lines = [f'    "-O{level}": {json.dumps(counts(name, level))}' for level in levels(name)]
        programs.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(programs) + "\n}\n"


def table_text() -> str:
    """`programs/README.md`."""
    lines = [
        "# The programs",
        "",
        "Sizes are for the default level of optimisation and the maximum length that each program sets itself. The",
        "text at the head of a program explains its idea, its input and how many layers it needs. `NAME.txt` holds",
        "inputs: try `altac run programs/NAME.alta --input programs/NAME.txt`. `make golden` writes this file.",
        "",
        "| program | what it does | layers | heads | width | hidden units | parameters |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for name in names():
        compiled = compile_source(read_source(PROGRAMS / f"{name}.alta"))
        size = counts(name, DEFAULT_LEVEL)
        cells = [
            f"[`{name}`]({name}.alta)", idea(header(name)), layers(header(name)), f"{len(compiled.program.heads)}",
            f"{size['d_model']:,}", f"{size['hidden_units']:,}", f"{size['parameters']:,}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def header(name: str) -> str:
    """The text that a program begins with."""
    text = (PROGRAMS / f"{name}.alta").read_text(encoding="utf-8")
    found = re.match(r'"""(.*?)"""', text, re.DOTALL)
    assert found, f"{name} begins without a description"
    return found[1]


def idea(text: str) -> str:
    """The first sentence of a header."""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.?])\s", paragraph)[0].rstrip(":").replace("|", "\\|")


def layers(text: str) -> str:
    """What a header says after `Layers:`, in that sentence."""
    found = re.search(r"Layers:\s+(.*?)(\n\n|\Z)", text, re.DOTALL)
    assert found, "the header does not say how many layers there are"
    return re.split(r"\.\s", " ".join(found[1].split()))[0].rstrip(".").replace("|", "\\|")


def regenerate() -> list[Path]:
    """Write both files; returns those that changed."""
    changed = []
    for path, text in ((GOLDEN, sizes_text()), (TABLE, table_text())):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
