"""A kind of head or a target that is forgotten somewhere is an error of the type checker, at every listed place."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import nonempty

ROOT = Path(__file__).parents[1]
ERROR = re.compile(r'(altac/\S+\.py):(\d+): error: Argument 1 to "assert_never" has incompatible type')
EDITS = {
    "To add an aggregate": [
        ("altac/ir/heads.py", "Aggregate = Select |", "class Another: ...\n\n\nAggregate = Another | Select |"),
        ("altac/syntax/tree.py", '"select", "first",', '"another", "select", "first",'),
    ],
    "To add a target": [("altac/targets/target.py", "    CHECKPOINT =", '    ANOTHER = "one more"\n    CHECKPOINT =')],
}


def listed(heading: str) -> set[tuple[str, str]]:
    """The places that docs/architecture.md lists under a heading."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(altac/\S+)` \| `(\w+)` \|", section, re.MULTILINE))


def enclosing(path: Path, line: int) -> str:
    """The function that a line stands in."""
    functions = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    return next(node.name for node in functions if node.lineno <= line <= (node.end_lineno or 0))


@pytest.mark.slow
@pytest.mark.parametrize("heading", EDITS)
def test_every_place_that_must_know_a_new_member_is_an_error_of_types(heading: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "altac", tmp_path / "altac", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, old, new in nonempty(EDITS[heading]):
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has no `{old}`"
        path.write_text(text.replace(old, new), encoding="utf-8")
    environment = {**os.environ, "MYPYPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    found = {(name, enclosing(tmp_path / name, int(line))) for name, line in ERROR.findall(done.stdout)}
    others = [line for line in done.stdout.splitlines() if "error:" in line and not ERROR.match(line)]
    assert found == listed(heading) != set()
    assert others == [], done.stdout
